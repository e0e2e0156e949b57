"""The page that `make prove-iam` writes is about the rights that the templates give, each of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from nova_rft.spec import Need
from tests.e2e.apart.matrix import cells, write_project
from tests.iam.events import keyed
from tests.iam.line import write_line
from tests.iam.only_aws import asked_by_aws
from tests.iam.page import row_key
from tests.iam.pipelines import INSIDE, PIPELINES, STARTED
from tests.iam.scoring import SCORED
from tests.infra.conftest import ACCOUNT, KINDS, Make, Templates, resources
from tests.infra.plain import policies
from tests.infra.stages import CELLS

SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:"
NOTIFY = {"emails": ["a@example.com"], "slack_secret": f"{SECRET}slack-AbCdEf"}
HYPERPOD = [kind for kind in KINDS if Need.CLUSTER in KINDS[kind].needs]


@pytest.fixture(scope="module")
def proven() -> dict[str, set[str]]:
    """Rows by section, without what failed."""
    text = (Path(__file__).parents[2] / "docs" / "least-privilege.md").read_text()
    found: dict[str, set[str]] = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        rows = [line for line in body.splitlines() if re.match(r"\| (`|\*\*)", line)]
        assert not [row for row in rows if "NOTHING" in row], "nothing needs a right; take it away"
        found[title] = {" | ".join(row.strip("| ").split(" | ")[:2]) for row in rows}
    return found


# What the page calls each role that a stack makes, by the stack and the start of its logical id.
ROLES = {
    ("customization", "JobRole"): "the job's role",
    ("network", "LogRole"): "the flow log's role",
    ("pipeline", "EventsRole"): "the role of the events",
    ("pipeline", "MachineRole"): "the state machine's role",
    ("pipeline", "SlackRole"): "the role of the messenger",
    ("pipeline", "StartRole"): "the role of the start",
    ("pipeline", "StepsRole"): "the role of the steps",
    ("reward", "CodeRole"): "the role of the code's function",
    ("reward", "Role"): "the reward's role",
    ("scoring", "BatchRole"): "the batches' role",
    ("scoring", "MachineRole"): "the state machine's role",
    ("scoring", "Role"): "the function's role",
}


def known(part: str, name: str) -> str:
    """What the page calls a role, by its logical id; one that it does not know fails."""
    found = [
        role
        for (stack, start), role in ROLES.items()
        if stack == part and re.fullmatch(rf"{start}(DefaultPolicy)?[0-9A-F]{{8}}", name)
    ]
    assert found, f"the stack {part} makes {name}, which tests/iam does not try"
    return found[0]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in HYPERPOD])
def test_every_right_of_a_job_is_proven(
    proven: dict[str, set[str]], of_kind: Callable[[str], Templates], kind: str
) -> None:
    role = "key's policy" if Need.API_KEY in KINDS[kind].needs else "job's role"
    ((_, given),) = policies(of_kind(kind)["customization"])
    assert {row_key(grant) for grant in given} == proven[f"{kind}: the {role}"]


@pytest.mark.parametrize("kind", HYPERPOD)
def test_what_hyperpod_adds_is_proven_elsewhere(
    proven: dict[str, set[str]], of_kind: Callable[[str], Templates], kind: str
) -> None:
    ((_, given),) = policies(of_kind(kind)["customization"])
    same = kind.replace("hyperpod", "sagemaker-recipe")
    assert {row_key(grant) for grant in given} < proven[f"{same}: the job's role"]


def test_every_right_of_the_functions_is_proven(
    proven: dict[str, set[str]], synthesise: Callable[..., Templates]
) -> None:
    text = keyed("https://models.example/v1", f"{SECRET}model-AbCdEf")
    given = dict(policies(synthesise(text)["reward"]))
    assert len(given) == 2
    for name, grants in given.items():
        assert {row_key(grant) for grant in grants} == proven[f"rft: {known('reward', name)}"]


@pytest.mark.parametrize("kind", PIPELINES)
def test_every_right_of_a_pipeline_is_proven(
    proven: dict[str, set[str]], synthesise: Callable[..., Templates], tmp_path: Path, kind: str
) -> None:
    spec = write_line(kind, tmp_path, "https://models.example/v1", f"{SECRET}model-AbCdEf")
    stage = {"notify": NOTIFY, "pipeline": {"on_deploy": kind in STARTED}}
    made = synthesise(spec.read_text(), stage=stage, folder=tmp_path)["pipeline"]
    for name, grants in policies(made):
        role = known("pipeline", name)
        # Hearing events and calling the steps is the same for whatever is trained.
        of = (
            PIPELINES[0] if role in ("the role of the events", "the state machine's role") else kind
        )
        assert {row_key(grant) for grant in grants} == proven[f"{of}, pipeline: {role}"]


def test_every_right_of_a_pipelines_messenger_is_proven(
    proven: dict[str, set[str]], synthesise: Callable[..., Templates], tmp_path: Path
) -> None:
    spec = write_project(tmp_path, cells(*PIPELINES[1].split(" on "))[0])
    stage = {"notify": NOTIFY, "pipeline": {}, "network": {}}
    made = synthesise(spec.read_text(), stage=stage, folder=tmp_path)["pipeline"]
    given = {known("pipeline", name): grants for name, grants in policies(made)}
    role = "the role of the messenger"
    assert {row_key(grant) for grant in given[role]} == proven[f"{INSIDE}: {role}"]


def test_every_right_of_scoring_is_proven(
    proven: dict[str, set[str]], synthesise: Callable[..., Templates]
) -> None:
    given = dict(policies(synthesise(SCORED, stage={"scoring": True})["scoring"]))
    assert len(given) == 3
    for name, grants in given.items():
        assert {row_key(grant) for grant in grants} == proven[f"scoring: {known('scoring', name)}"]


@pytest.mark.parametrize("stage", ["all new", "all there"])
@pytest.mark.parametrize("cell", [*CELLS, "rich"])
def test_no_role_and_no_right_is_forgotten(
    proven: dict[str, set[str]], made: Make, cell: str, stage: str
) -> None:
    """Whatever a stage adds was tried with its role, or AWS asks for it."""
    backend = "bedrock" if cell == "rich" else KINDS[cell].backend
    for part, template in made(cell, stage).items():
        for name in resources(template, "AWS::IAM::Role"):
            known(part, name)
        for name, grants in policies(template):
            role = known(part, name)
            tried = {row for title, rows in proven.items() if title.endswith(role) for row in rows}
            who = {"network": "flow log", "scoring": "scoring"}.get(part, backend)
            forgotten = [
                one for one in grants if row_key(one) not in tried and not asked_by_aws(one, who)
            ]
            assert not forgotten, f"{role}: make prove-iam tries none of these, and no page asks"


def test_a_role_with_another_name_is_found() -> None:
    with pytest.raises(AssertionError, match="which tests/iam does not try"):
        known("pipeline", "AuditRole0A1B2C3D")
