"""One run of the pipeline, as the table of runs holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

# In the order that they are taken; `look` is repeated until the job has ended.
STEPS: Final = ("validate", "gate", "submit", "look", "evaluate", "approve", "serve", "tell")
# What a step's state is where later ones may go by it.
DONE: Final = "Done"
REJECTED: Final = "Rejected"


class State(StrEnum):
    """Where a run stands."""

    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    REJECTED = "Rejected"
    FAILED = "Failed"
    STOPPED = "Stopped"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen unless somebody resumes it."""
        return self is not State.RUNNING


@dataclass(frozen=True, slots=True)
class StepState:
    """What became of one step.

    Attributes:
        state: `Begun`, `Done` or `Failed`; of `approve` also `Rejected`.
        began: When it was last begun (ISO 8601, UTC).
        ended: When it was done or had failed.
        said: What it found, in a sentence.
    """

    state: str
    began: str = ""
    ended: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its name is that of the job which it makes or finds.

    Attributes:
        name: The job's name.
        project: The project.
        stage: The stage.
        state: Where it stands.
        step: The step that it takes, took last, or failed at.
        digest: Of what was packed.
        created: When it was started (ISO 8601, UTC).
        updated: When this was last written.
        execution: The ARN of the execution that takes its steps, or is about to.
        resumed: How often it was resumed.
        uncalibrated: Whether judges may train that were not calibrated, or were found unfit.
        job: The job's address, once it is submitted.
        model: What the job made.
        served: What Converse takes as the model, once it is served.
        evaluation: Where the comparison with the base is kept.
        trial: Whether the run deployed the model to have it compared, and nobody has approved it yet.
        failure: Why it failed, or was rejected.
        token: Answers the task that waits, for the job or for an approval.
        steps: What became of each step, by its name.
    """

    name: str
    project: str
    stage: str
    state: State
    step: str
    digest: str
    created: str
    updated: str
    execution: str
    resumed: int = 0
    uncalibrated: bool = False
    job: str | None = None
    model: str | None = None
    served: str | None = None
    evaluation: str | None = None
    trial: bool = False
    failure: str | None = None
    token: str | None = None
    steps: Mapping[str, StepState] = field(default_factory=dict)

    @property
    def awaits_approval(self) -> bool:
        """Whether a person has to say something."""
        return self.state is State.RUNNING and self.step == "approve" and self.token is not None

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`; without the token, which is as good as an approval."""
        told = asdict(self) | {"state": str(self.state), "awaits_approval": self.awaits_approval}
        del told["token"]
        return told


def run_of(item: Mapping[str, Any]) -> Run:
    """The run that an item holds."""
    steps = {name: StepState(**item[name]) for name in STEPS if name in item}
    plain = {name: item[name] for name in Run.__dataclass_fields__ if name in item}
    return Run(**{**plain, "state": State(item["state"]), "steps": steps})


def item_of(run: Run) -> dict[str, Any]:
    """The item of a run; its steps lie beside the rest, so that each is written alone."""
    item = asdict(run)
    steps = item.pop("steps")
    return {**item, "state": str(run.state), **steps}
