"""Every fault at every step: nothing lost, nothing made twice; docs/pipeline-faults.md says what came.

Each kind of fault has a run of its own, which meets it at each step in turn.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from nova_rft import local_aws
from nova_rft.aws.session import Aws
from nova_rft.pipeline import STEPS, Run, Runs, State, decide, resume, start, stop
from tests.e2e.apart.pipelines import HELD_OUT, Piped, deployed, until
from tests.support import ROOT

pytestmark = pytest.mark.faults

PAGE = ROOT / "docs" / "pipeline-faults.md"
# The states that take a step; resting belongs to looking.
STATES = {
    **{step.capitalize(): step for step in STEPS},
    "Rest": "look",
}
FAILED = ("LambdaFunctionFailed", "TaskFailed")
# The steps that ask a service anything, once the project is unpacked.
ASKS_BEDROCK = ("submit", "look", "evaluate", "serve")
ASKS_S3 = ("validate", "submit", "evaluate")
KINDS = {
    "Killed": "the function is killed while it works",
    "Lost": "the function is killed after its work, before its answer",
    "Throttled": "Lambda refuses to run the function, three times",
    "S3": "S3 refuses until the machine's own next try",
    "Bedrock": "Bedrock refuses until the machine's own next try",
    "Models": "the models that are compared refuse until the machine's own next try",
    "Stopped": (
        "the execution is stopped when the work is done and the machine does not know (at `tell`: "
        "before it is done), and the run resumed"
    ),
}
OUTCOMES: dict[tuple[str, str], str] = {}


@pytest.fixture(scope="module")
def piped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Piped]:
    home = tmp_path_factory.mktemp("faults")
    with deployed(home, home / "project", look_every_s=2, on_deploy=False) as made:
        yield made


@pytest.fixture(autouse=True)
def _here(piped: Piped, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in piped.cloud.environment.items():
        if name.startswith(("AWS_", "NOVA_RFT_")):
            monkeypatch.setenv(name, value)
    yield
    local_aws.forget_faults(piped.endpoint)


def tries(run: Run) -> dict[str, int]:
    """How often each step failed and was tried again, over all executions of a run."""
    counts = dict.fromkeys(STEPS, 0)
    base = run.execution.split(f":{run.name}")[0]
    for number in range(run.resumed + 1):
        name = f"{run.name}.{number}" if number else run.name
        asked = Aws().client("stepfunctions").get_execution_history
        state = ""
        for event in asked(executionArn=f"{base}:{name}", maxResults=1000)["events"]:
            state = event.get("stateEnteredEventDetails", {}).get("name", state)
            if event["type"] in FAILED and state in STATES:
                counts[STATES[state]] += 1
    return counts


def once(piped: Piped, run: Run) -> None:
    """A run that has come to its end, with one job and one deployment."""
    assert (run.state, run.failure) == (State.SUCCEEDED, None)
    assert piped.jobs(run.name) == [run.name]
    assert piped.deployments(run.name) == [run.name]
    assert all(run.steps[step].state == "Done" for step in STEPS)


def to_its_end(piped: Piped, runs: Runs, name: str) -> Run:
    """Approves when it is asked, and waits for the end."""
    project, place, _ = piped.place()
    run = until(lambda: runs.get(name), lambda run: run.awaits_approval or run.state.ended, "asked")
    if run.awaits_approval:
        decide(project, place, name, approved=True)
    run = until(lambda: runs.get(name), lambda run: run.state.ended, "at its end")
    # The run has ended when its last step is done; the machine may still try that one again, and must
    # not meet what is meant for the next run.
    while _running(run.execution):
        time.sleep(0.2)
    return run


def _running(execution: str) -> bool:
    machines = Aws().client("stepfunctions")
    return bool(machines.describe_execution(executionArn=execution)["status"] == "RUNNING")


@pytest.mark.parametrize(
    ("kind", "rate", "fault"),
    [
        ("Killed", 1e-5, {"operation": "Killed"}),
        ("Lost", 2e-5, {"operation": "Lost"}),
        (
            "Throttled",
            3e-5,
            {"operation": "Invoke", "code": "TooManyRequestsException", "times": 3},
        ),
    ],
)
def test_the_function_at_every_step(
    piped: Piped, kind: str, rate: float, fault: dict[str, Any]
) -> None:
    mine = piped.variant(rate)
    for step in STEPS:
        mine.fault(step, **fault)
    project, place, runs = mine.place()
    run, _ = start(project, place)
    done = to_its_end(mine, runs, run.name)
    once(mine, done)
    failed = tries(done)
    for step in STEPS:
        assert failed[step] >= int(fault.get("times", 1)), step
        OUTCOMES[step, kind] = "tried again, done"


@pytest.mark.parametrize(
    ("kind", "rate", "service", "code", "asks"),
    [
        ("S3", 4e-5, "s3", "SlowDown", ASKS_S3),
        ("Bedrock", 4.5e-5, "bedrock", "ThrottlingException", ASKS_BEDROCK),
    ],
)
def test_a_service_at_every_step_that_asks_it(
    piped: Piped, kind: str, rate: float, service: str, code: str, asks: tuple[str, ...]
) -> None:
    mine = piped.variant(rate)
    project, place, runs = mine.place()
    name = start(project, place)[0].name
    refused = {"service": service, "operation": "*", "code": code, "seconds": 600}
    for step in STEPS:
        OUTCOMES[step, kind] = "does not ask it"
        if step not in asks:
            continue
        _to(mine, runs, name, step)
        stop(project, place, name)
        piped.forget_packs()
        before = tries(runs.get(name))[step]
        if (
            step == "look"
        ):  # Whoever resumes a run there looks at the job, and would be refused too.
            resume(project, place, name, from_step=step)
        local_aws.ask_fault(mine.endpoint, **refused)
        if step != "look":
            resume(project, place, name, from_step=step)
        _until_tried(runs, name, step, before)
        local_aws.forget_faults(mine.endpoint)
        until(lambda: runs.get(name), partial(_is_done, step=step), f"past {step}")
        OUTCOMES[step, kind] = "tried again, done"
    once(mine, to_its_end(mine, runs, name))


def test_models_that_refuse_at_the_evaluation(piped: Piped) -> None:
    """Held before it until the models refuse, since the job's own judges are among them."""
    mine = piped.variant(4.6e-5)
    refusal = {"code": "TooManyRequestsException", "times": 1000}
    mine.fault("evaluate", "Invoke", **refusal)
    project, place, runs = mine.place()
    name = start(project, place)[0].name
    _until_tried(runs, name, "evaluate", 0)
    local_aws.forget_faults(mine.endpoint)
    refused = {"operation": "*", "code": "ThrottlingException", "seconds": 600}
    local_aws.ask_fault(mine.endpoint, service="bedrock-runtime", **refused)
    before = tries(runs.get(name))["evaluate"]
    _until_tried(runs, name, "evaluate", before)
    local_aws.forget_faults(mine.endpoint)
    once(mine, to_its_end(mine, runs, name))
    answers = mine.evaluation(name, "answers.jsonl").splitlines()
    assert len({json.loads(line)["key"] for line in answers}) == len(answers) == 2 * HELD_OUT
    for step in STEPS:
        OUTCOMES[step, "Models"] = "does not ask it"
    OUTCOMES["evaluate", "Models"] = "tried again, done"


def _to(piped: Piped, runs: Runs, name: str, step: str) -> None:
    """Lets a run go on to a step, or past it; whoever is asked on the way approves."""
    project, place, _ = piped.place()
    wanted = STEPS.index(step)
    run = until(
        lambda: runs.get(name),
        lambda run: run.awaits_approval or STEPS.index(run.step) >= wanted,
        f"at {step}",
    )
    if run.awaits_approval and wanted > STEPS.index("approve"):
        decide(project, place, name, approved=True)
        until(lambda: runs.get(name), lambda run: STEPS.index(run.step) >= wanted, f"at {step}")


def _until_tried(runs: Runs, name: str, step: str, before: int) -> None:
    end = time.monotonic() + 240
    while tries(runs.get(name))[step] == before:
        assert time.monotonic() < end, f"{step} was not tried again: {runs.get(name)}"
        time.sleep(0.5)


def _is_done(run: Run, step: str) -> bool:
    return step in run.steps and run.steps[step].state == "Done"


def test_stopped_at_every_step_and_resumed(piped: Piped) -> None:
    """A fault holds it in each state until the stop; the work is done by then, but for `tell`."""
    mine = piped.variant(4.7e-5)
    project, place, runs = mine.place()
    name = ""
    for step in STEPS:
        held = {"operation": "Lost"}
        if step == "tell":
            held = {"operation": "Invoke", "code": "TooManyRequestsException"}
        mine.fault(step, **held, times=1000)
        if not name:
            name = start(project, place)[0].name
        else:
            resume(project, place, name)
        if step == "serve":
            _to(mine, runs, name, step)
        _until_tried(runs, name, step, 0)
        assert stop(project, place, name).state is State.STOPPED
        local_aws.forget_faults(mine.endpoint)
        OUTCOMES[step, "Stopped"] = "resumed, done"
    resume(project, place, name)
    once(mine, to_its_end(mine, runs, name))


def test_the_page_says_what_came() -> None:
    """Last, since it is made of what the others found."""
    missing = [(step, kind) for step in STEPS for kind in KINDS if (step, kind) not in OUTCOMES]
    assert not missing
    PAGE.write_text(page())


def page() -> str:
    head = "| step | " + " | ".join(KINDS) + " |\n|---|" + "---|" * len(KINDS)
    rows = [
        f"| `{step}` | " + " | ".join(OUTCOMES[step, kind] for kind in KINDS) + " |"
        for step in STEPS
    ]
    kinds = "\n".join(f"- **{kind}**: {what}." for kind, what in KINDS.items())
    return f"""# Faults at each step of the pipeline

Made by `make test-faults` on the embedded AWS; do not edit. Each column is one run, which met its fault
at each step in turn, came to its end (`Succeeded`, every step `Done`), and left one job and one
deployment.

{head}
{chr(10).join(rows)}

{kinds}

"Until the machine's own next try": the client's eight tries inside the step are all refused, the step
fails, and the state machine calls it again.
"""
