"""Looks at jobs: the list, and one with its curves and its newest rollouts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from nova_rft.project import Project
from nova_rft.ui._feed import Seen

if TYPE_CHECKING:
    from nova_rft.aws.traces import TraceTail
    from nova_rft.jobs import Live

_LISTED: Final = 50
# Characters that SageMaker and Bedrock tell of a failure at most.
_CUT_AT: Final = (1024, 2048)


def jobs_look(project: Project) -> Callable[[], Seen]:
    """The newest jobs of the project."""

    def look() -> Seen:
        found = project.jobs(limit=_LISTED)
        # Never calm: a job that was just submitted should not wait a minute for its place here.
        return Seen({"jobs": [job.as_dict() for job in found], "most": _LISTED})

    return look


class JobLook:
    """One job; what its looks remember."""

    def __init__(self, project: Project, name: str) -> None:
        self._project = project
        self._name = name
        self._tail: TraceTail | None = None

    def __call__(self) -> Seen:
        """Looks once.

        Raises:
            UsageError: there is no such job.
            AwsRefused: AWS refused.
        """
        project = self._project
        live = project.handle(self._name).live()
        job = live.job
        rows: list[dict[str, Any]] = []
        if job.reward_version:
            self._tail = self._tail or project.trace_tail(job)
            rows = self._tail.look(job.ended or datetime.now(UTC))
        from nova_rft.report import newest_rollouts

        state = {
            **live.as_dict(),
            "rewarded": bool(job.reward_version),
            "notices": list(_notices(live)),
            "rollouts_read": newest_rollouts(project.spec, rows),
        }
        return Seen(state, calm=job.status.ended)


def _marked(failure: str) -> str:
    """A reason with a mark where the service has cut it off."""
    cut = len(failure) in _CUT_AT and not failure.rstrip().endswith((".", "!", "?"))
    return f"{failure}\u2026 (cut here by the service)" if cut else failure


def _notices(live: Live) -> Iterator[str]:
    """What somebody who looks away should not miss."""
    job = live.job
    if job.failure or job.status == "Failed":
        yield f"{job.status}: {_marked(job.failure or 'no reason given')}"
    if live.shared_with:
        yield (
            f"These figures and rollouts are also those of {', '.join(live.shared_with)}: both ran on "
            "one version of the reward at the same time, and an event names no job."
        )
    if live.abstentions:
        yield f"{live.abstentions:,} of {live.rollouts:,} rollouts could not be scored."
    yield from (one.message for one in live.advice)
