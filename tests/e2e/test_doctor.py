"""The doctor with an account: bootstrap, models, stacks."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support import EXAMPLE, Cloud


def test_what_is_deployed_is_well(cloud: Cloud) -> None:
    done = cloud.run("doctor", str(EXAMPLE / "nova-rft.yaml"), "--json")
    found = {one["name"]: one for one in json.loads(done.stdout)}
    assert done.returncode == 0, found
    for name in (
        "region",
        "credentials",
        "CDK bootstrap",
        "judge models",
        "stacks",
        "Lambda concurrency",
    ):
        assert found[name]["state"] == "good", found[name]
    assert "jobs run as arn:aws:iam::" in found["stacks"]["said"]


def test_an_account_of_another_stage_and_stacks_that_are_not_there_are_said(
    cloud: Cloud, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    for name in ("train", "validation"):
        (tmp_path / "data" / f"{name}.jsonl").symlink_to(EXAMPLE / "data" / f"{name}.jsonl")
    spec = tmp_path / "nova-rft.yaml"
    spec.write_bytes((EXAMPLE / "nova-rft.yaml").read_bytes())
    stages = tmp_path / "stages.yaml"
    stages.write_text("stages: {dev: {account: '999988887777'}, test: {}}\n")
    wrong = cloud.run("doctor", str(spec))
    assert wrong.returncode == 1
    assert "stages.yaml names 999988887777" in " ".join(wrong.stderr.split())
    other = cloud.run("--stage", "test", "doctor", str(spec), "--json")
    found = {one["name"]: one for one in json.loads(other.stdout)}
    assert (other.returncode, found["stacks"]["state"]) == (0, "warning")
    assert "nova-rft deploy" in found["stacks"]["said"]
