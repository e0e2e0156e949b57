"""The examples of help that deploy, and those of the pipeline, on an embedded AWS of their own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from nova_rft import local_aws
from tests.help_examples import CASES, Tried
from tests.help_project import write_projects
from tests.support import EXAMPLE, own_cloud

pytestmark = pytest.mark.deployments
_WAIT_S = 120.0


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    home = tmp_path_factory.mktemp("help")
    write_projects(home, pipeline=True)
    aws = home / "aws"
    try:
        recorded = f"recorded:{EXAMPLE / 'data' / 'rollouts.jsonl.gz'}"
        made = Tried(own_cloud(aws, recorded, enforce_iam=True), home)
        made.hold("nova-rft deploy")
        yield made
    finally:
        local_aws.down(aws)


@pytest.mark.parametrize(
    "example", [one for one, case in CASES.items() if case.where == "deployed"]
)
def test_it_runs(tried: Tried, example: str) -> None:
    if example.split()[2:3] in (["reject"], ["approve"]):
        for before in CASES[example].after:
            tried.run("mine", before)
        _until_a_model_waits(tried)
    tried.hold(example)


def _until_a_model_waits(tried: Tried) -> None:
    end = time.monotonic() + _WAIT_S
    while True:
        done = tried.cloud.run("pipeline", "status", "--json", folder=tried.home / "mine")
        run = json.loads(done.stdout)["run"]
        if (run["state"], run["step"]) == ("Running", "approve"):
            return
        assert time.monotonic() < end, run
        time.sleep(0.5)
