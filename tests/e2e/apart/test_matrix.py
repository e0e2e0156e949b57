"""Every cell of the capability table, submitted to the embedded AWS and followed to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nova_rft import Project, local_aws
from nova_rft.errors import UsageError
from nova_rft.project import JobHandle, wait_all
from nova_rft.spec import CAPABILITIES, Capability
from tests.direct import deploy_directly
from tests.e2e.apart.matrix import cells, project_name, write_project
from tests.support import EXAMPLE, Cloud, own_cloud, stdout_json

KINDS = list(dict.fromkeys((one.technique, one.backend) for one in CAPABILITIES))
JOBS = [kind for kind in KINDS if kind[1] != "hyperpod"]
PLANS = [kind for kind in KINDS if kind[1] == "hyperpod"]
# Each technique and each backend once; `make test-deployments` goes through all of them.
ALWAYS = {
    ("rft", "bedrock-openai"),
    ("sft", "bedrock"),
    ("dpo", "sagemaker"),
    ("distillation", "sagemaker-recipe"),
    ("cpt", "hyperpod"),
}


def marked(kinds: list[tuple[Any, ...]]) -> list[Any]:
    """Kinds of jobs, those that are not always tried under their mark."""
    return [
        pytest.param(*kind, marks=() if kind in ALWAYS else pytest.mark.deployments)
        for kind in kinds
    ]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An embedded AWS of its own: these projects have stacks of their own."""
    home = tmp_path_factory.mktemp("matrix")
    made = own_cloud(home, f"recorded:{EXAMPLE / 'data' / 'rollouts.jsonl.gz'}")
    yield made
    local_aws.down(home)


@pytest.fixture
def here(place: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """This process's own view of it."""
    for name, value in place.environment.items():
        if name.startswith(("AWS_", "NOVA_RFT_")):
            monkeypatch.setenv(name, value)
    return place


@pytest.fixture(scope="module")
def deployed() -> set[str]:
    """The projects whose stacks are there; jobs that need the same ones share them."""
    return set()


def deploy(here: Cloud, deployed: set[str], spec: Path, cell: Capability) -> None:
    if project_name(cell) not in deployed:
        deploy_directly(here, spec)
        deployed.add(project_name(cell))


def specs_of(technique: str, backend: str, folder: Path) -> dict[Path, Capability]:
    """A spec for each cell; cells of one kind share their stacks."""
    return {write_project(folder, cell): cell for cell in cells(technique, backend)}


@pytest.mark.parametrize(("technique", "backend"), marked(JOBS))
def test_every_cell_is_submitted_and_completes(
    technique: str, backend: str, here: Cloud, deployed: set[str], tmp_path: Path
) -> None:
    specs = specs_of(technique, backend, tmp_path)
    for spec, cell in specs.items():
        deploy(here, deployed, spec, cell)
    handles = {spec: Project.load(spec).submit() for spec in specs}
    ended = asyncio.run(wait_all(*handles.values(), every_s=0.3))
    for spec, handle in zip(specs, ended, strict=True):
        _completed(handle, specs[spec])
        again = Project.load(spec).submit()
        assert (again.created, again.job.arn) == (False, handle.job.arn)


def _completed(handle: JobHandle, cell: Capability) -> None:
    """The job ended well, is named and tagged as its spec says, and measured itself."""
    job = handle.completed().job
    assert job.backend == cell.backend
    assert job.name.startswith(f"{project_name(cell)}-dev-")
    assert job.custom_model_arn, cell
    if cell.backend != "bedrock-openai":
        assert job.tags["nova-rft:technique"] == cell.technique
    live = handle.live()
    measured = {name for one in live.measures for name in one.values}
    if cell.technique == "rft":
        assert "reward" in measured, cell
        assert live.rollouts > 0
    elif cell.technique != "distillation" or cell.backend == "bedrock":
        assert "loss" in measured, cell


@pytest.mark.parametrize(("technique", "backend"), marked(PLANS))
def test_hyperpod_ends_at_a_recipe_and_a_command(
    technique: str, backend: str, here: Cloud, deployed: set[str], tmp_path: Path
) -> None:
    specs = specs_of(technique, backend, tmp_path)
    deploy(here, deployed, *next(iter(specs.items())))
    for spec, cell in specs.items():
        plan = Project.load(spec).plan()
        assert plan.command[0] == "hyperpod"
        assert f"model_type: {cell.model}" in plan.recipe.read_text()
    told = stdout_json(here.run("submit", str(spec), "--json"))
    assert told["command"] == plan.command
    with pytest.raises(UsageError, match="run on a cluster of yours"):
        Project.load(spec).jobs()


@pytest.mark.parametrize(
    ("technique", "backend", "model", "reason"),
    [
        ("cpt", "bedrock", "amazon.nova-lite-v1:0:300k", "takes CONTINUED_PRE_TRAINING"),
        ("dpo", "bedrock", "amazon.nova-lite-v1:0:300k", "Bedrock has no DPO"),
        ("dpo", "sagemaker", "amazon.nova-2-lite-v1:0:256k", "takes no DPO"),
        ("rft", "sagemaker", "amazon.nova-pro-v1:0:300k", "takes no RFT"),
        ("sft", "bedrock-openai", "openai.gpt-oss-20b", "is known for RFT alone"),
        ("cpt", "sagemaker-recipe", "amazon.nova-lite-v1:0:300k", "CPT of Nova runs on HyperPod alone"),
        ("distillation", "hyperpod", "amazon.nova-pro-v1:0:300k", "not on HyperPod"),
    ],
)  # fmt: skip
def test_a_refused_cell_says_why_and_what_works(
    technique: str, backend: str, model: str, reason: str, here: Cloud, tmp_path: Path
) -> None:
    spec = tmp_path / "nova-rft.yaml"
    spec.write_text(
        f"project: refused\ntechnique: {technique}\nbackend: {backend}\nmodel: {model}\n"
        "data: {train: train.jsonl}\n"
        + (
            "reward: {range: [0, 1], terms: [{name: a, type: match}]}\n"
            if technique == "rft"
            else ""
        )
    )
    done = here.run("submit", str(spec))
    assert done.returncode == 1
    assert reason in done.stderr
    assert "the nearest that works is" in done.stderr
