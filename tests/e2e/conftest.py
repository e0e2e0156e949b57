"""The product on an embedded AWS: one server and one deployment for the whole session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from tests.support import EXAMPLE, Cloud, MakeProject, own_cloud


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Up once, deployed once; with IAM enforced, so that whatever is tried here needs its rights."""
    home = tmp_path_factory.mktemp("home")
    policy = f"recorded:{EXAMPLE / 'data' / 'rollouts.jsonl.gz'}"
    made = own_cloud(home, policy, enforce_iam=True)
    try:
        done = made.run("deploy", str(EXAMPLE / "nova-rft.yaml"))
        assert done.returncode == 0, done.stderr
        yield made
    finally:
        local_aws.down(home)


@pytest.fixture
def in_cloud(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """This process's own view of the embedded AWS."""
    for name, value in cloud.environment.items():
        if name.startswith(("AWS_", "NOVA_RFT_")):
            monkeypatch.setenv(name, value)
    return Aws()


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Writes a small variant of the example, with the same reward, into an empty folder.

    The learning rate makes it a job of its own; `records` is how many problems it trains on.
    """

    def make(learning_rate: float = 5e-5, records: int = 100, **changes: str) -> Path:
        lines = (EXAMPLE / "data" / "train.jsonl").read_bytes().splitlines(keepends=True)
        (tmp_path / "train.jsonl").write_bytes(b"".join(lines[:records]))
        text = (EXAMPLE / "nova-rft.yaml").read_text()
        text = text.replace("data/train.jsonl", "train.jsonl")
        text = text.replace("  validation: data/validation.jsonl\n", "")
        text = text.replace("learning_rate: 5e-5", f"learning_rate: {learning_rate!r}")
        for old, new in changes.items():
            key = next(line for line in text.splitlines() if line.strip().startswith(f"{old}:"))
            text = text.replace(key, key.split(":")[0] + f": {new}")
        spec = tmp_path / "nova-rft.yaml"
        spec.write_text(text)
        return spec

    return make
