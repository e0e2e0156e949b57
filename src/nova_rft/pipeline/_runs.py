"""The table of runs: what each step leaves behind, and what resuming goes by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nova_rft.aws.items import Items
from nova_rft.aws.session import Aws
from nova_rft.errors import NovaRftError, UsageError
from nova_rft.jobs import iso
from nova_rft.pipeline._run import DONE, REJECTED, STEPS, Run, State, StepState, item_of, run_of


class Superseded(NovaRftError):
    """An execution whose run has ended, or was resumed by another one; its steps count no more."""


class Runs:
    """The runs of one project and stage."""

    def __init__(
        self, aws: Aws, table: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Takes the table's name."""
        self._items = Items(aws, table, "name")
        self._now = now

    def find(self, name: str) -> Run | None:
        """A run, or None."""
        item = self._items.find(name)
        return run_of(item) if item else None

    def get(self, name: str) -> Run:
        """A run.

        Raises:
            UsageError: there is none of that name.
        """
        found = self.find(name)
        if found is None:
            raise UsageError(f"{name}: no such run; `nova-rft pipeline list` shows them")
        return found

    def all(self) -> list[Run]:
        """Every run, the newest first."""
        return sorted(map(run_of, self._items.all()), key=lambda run: run.created, reverse=True)

    def moment(self) -> str:
        """Now, as the table holds it."""
        return iso(self._now())

    def create(self, run: Run) -> bool:
        """Writes a run that is not there yet; False where it is."""
        return self._items.put_new(item_of(run))

    def begin(self, name: str, step: str, resumed: int, **found: Any) -> Run:
        """Notes that a step is begun, and gives the run as it is then.

        Args:
            name: The run's.
            step: The step.
            resumed: How often the run was resumed, as its execution knows it.
            **found: What is known by then, such as what was said on the model.

        Raises:
            Superseded: the run has ended, or was resumed since.
            UsageError: there is no such run.
        """
        begun = StepState("Begun", began=self.moment())
        values: dict[str, Any] = {"step": step, step: _entry(begun), "token": None, **found}
        where = {"resumed": resumed, "state": str(State.RUNNING)}
        if not self._change(name, values, where=where):
            run = self.get(name)
            raise Superseded(f"{name} is {run.state}, and was resumed {run.resumed} times")
        return self.get(name)

    def done(self, run: Run, step: str, said: str, **found: Any) -> None:
        """Notes that a step is done, and what it found."""
        began = run.steps[step].began if step in run.steps else ""
        entry = StepState(DONE, began, self.moment(), said)
        self._mine(run, {step: _entry(entry), "token": None, **found})

    def answered(self, name: str, said: str, *, approved: bool) -> dict[str, Any]:
        """What becomes of `approve` by an answer, for whatever is written next."""
        run = self.get(name)
        began = run.steps["approve"].began if "approve" in run.steps else ""
        state = DONE if approved else REJECTED
        return {"approve": _entry(StepState(state, began, self.moment(), said))}

    def wait(self, run: Run, token: str) -> None:
        """Notes by which token the task that waits is answered."""
        self._mine(run, {"token": token})

    def note(self, run: Run, **found: Any) -> None:
        """Notes something about a run that goes on."""
        self._mine(run, found)

    def fail(self, run: Run, step: str, why: str, state: State = State.FAILED) -> bool:
        """Notes where and why a run ended; False where it is known, or another execution runs it."""
        began = run.steps[step].began if step in run.steps else ""
        values: dict[str, Any] = {"state": str(state), "step": step, "failure": why, "token": None}
        if step in STEPS:
            values[step] = _entry(StepState("Failed", began, self.moment(), why))
        return self._mine(run, values)

    def withdrawn(self, run: Run) -> None:
        """Notes that the deployment for the comparison is deleted; the run may have ended by then."""
        self._change(run.name, {"trial": False}, where={"resumed": run.resumed})

    def end(self, run: Run, state: State, **found: Any) -> None:
        """Notes a run's end."""
        self._mine(run, {"state": str(state), "token": None, **found})

    def reopen(self, run: Run, step: str, execution: str) -> bool:
        """Notes that a run is resumed; False where another call was faster."""
        values = {
            "state": str(State.RUNNING),
            "step": step,
            "resumed": run.resumed + 1,
            "execution": execution,
            "failure": None,
            "token": None,
        }
        where = {"resumed": run.resumed, "state": str(run.state)}
        return self._change(run.name, values, where=where)

    def _mine(self, run: Run, values: dict[str, Any]) -> bool:
        """Changes a run that still runs, and is still this execution's."""
        where = {"resumed": run.resumed, "state": str(State.RUNNING)}
        return self._change(run.name, values, where=where)

    def _change(self, name: str, values: dict[str, Any], **conditions: Any) -> bool:
        return self._items.change(name, {**values, "updated": self.moment()}, **conditions)


def _entry(step: StepState) -> dict[str, str]:
    told = {"state": step.state, "began": step.began, "ended": step.ended, "said": step.said}
    return {name: value for name, value in told.items() if value}
