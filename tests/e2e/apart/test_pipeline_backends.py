"""The pipeline on every backend that it submits to, with rights enforced: from records to a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nova_rft import local_aws
from nova_rft.pipeline import Runs, State, place_of, start
from nova_rft.project import Project
from tests.direct import deploy_directly
from tests.e2e.apart.matrix import cells, write_project
from tests.e2e.apart.pipelines import until
from tests.support import EXAMPLE, Cloud, own_cloud

pytestmark = pytest.mark.deployments

STAGE = {
    "removal": "destroy",
    "pipeline": {"look_every_s": 1, "approval": False, "least_gain": -1.0},
    # Nothing of it is real here; the functions are configured so, and the roles have what it takes.
    "network": {},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    home = tmp_path_factory.mktemp("backends")
    recorded = f"recorded:{EXAMPLE / 'data' / 'rollouts.jsonl.gz'}"
    yield own_cloud(home, recorded, enforce_iam=True)
    local_aws.down(home)


@pytest.mark.parametrize("backend", ["sagemaker", "sagemaker-recipe", "bedrock-openai"])
def test_a_run_comes_to_its_end(
    place: Cloud, backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in place.environment.items():
        if name.startswith(("AWS_", "NOVA_RFT_")):
            monkeypatch.setenv(name, value)
    spec = write_project(tmp_path, cells("rft", backend)[0])
    (tmp_path / "stages.yaml").write_text(json.dumps({"stages": {"dev": STAGE}}))
    evaluated = backend != "bedrock-openai"
    if evaluated:
        lines = (EXAMPLE / "data" / "validation.jsonl").read_text().splitlines(keepends=True)
        (tmp_path / "held-out.jsonl").write_text("".join(lines[:4]))
        spec.write_text(f"{spec.read_text()}evaluation: {{records: held-out.jsonl}}\n")
    deploy_directly(place, spec)
    project = Project.load(spec)
    where = place_of(project.aws, project.spec)
    runs = Runs(project.aws, where.table)
    name = start(project, where)[0].name
    done = until(lambda: runs.get(name), lambda run: run.state.ended, "at its end")
    assert (done.state, done.failure) == (State.SUCCEEDED, None)
    assert done.served and not done.trial
    said = done.steps["evaluate"].said
    assert ("Cannot tell: custom" in said) is evaluated
    assert ("not compared with its base: an open-weight model" in said) is not evaluated
