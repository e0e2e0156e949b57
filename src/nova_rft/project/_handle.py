"""One job of a project, to wait for and to read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from nova_rft.errors import AwsRefused, JobFailed, NovaRftError
from nova_rft.project._patience import patiently

if TYPE_CHECKING:
    from nova_rft.jobs import Job, Live
    from nova_rft.project._jobs import Jobs
    from nova_rft.report import Summary

# How long a refusal that passes is waited out, in seconds: throttling is over by then, or never.
_PATIENCE_S: Final = 900.0


class JobHandle:
    """A job, and the project that it belongs to.

    Attributes:
        job: As it was when last looked at.
        created: Whether the call that gave this handle made the job.
    """

    def __init__(self, project: Jobs, job: Job, *, created: bool = False) -> None:
        self.job = job
        self.created = created
        self._project = project

    @property
    def name(self) -> str:
        """The job's name."""
        return self.job.name

    def refresh(self) -> Job:
        """Looks at the job again.

        Raises:
            UsageError: it is gone.
            AwsRefused: AWS refused the call.
        """
        self.job = self._project.job(self.job.arn)
        return self.job

    def looks(
        self, *, every_s: float = 30.0, told: Callable[[AwsRefused], None] = lambda _: None
    ) -> Iterator[Live]:
        """What is known of the job, again and again to its end.

        Args:
            every_s: Seconds between two looks.
            told: Told each refusal that is waited out (throttling, a service that fails).

        Raises:
            AwsRefused: AWS refused for good, or for a quarter of an hour.
            UsageError: the job is gone.
        """
        for pause in _pauses(every_s):
            look = patiently(self._look, for_s=_PATIENCE_S, look_s=every_s, told=told)
            yield look
            if look.job.status.ended:
                return
            time.sleep(pause)

    def _look(self) -> Live:
        return self._project.live(self.refresh())

    def wait(self, *, every_s: float = 30.0, timeout_s: float | None = None) -> Self:
        """Waits for the job to complete.

        Args:
            every_s: Seconds between two looks.
            timeout_s: How long to wait; None: as long as it takes.

        Raises:
            JobFailed: it ended Failed or Stopped.
            NovaRftError: it has not ended in time; it runs on.
            AwsRefused: AWS refused for good, or for a quarter of an hour.
        """
        until = None if timeout_s is None else time.monotonic() + timeout_s
        for pause in _pauses(every_s):
            if patiently(self.refresh, for_s=_PATIENCE_S, look_s=every_s).status.ended:
                break
            if until is not None and time.monotonic() > until:
                raise NovaRftError(
                    f"{self.name} is still {self.job.status} after {timeout_s:g} s; it runs on"
                )
            time.sleep(pause)
        return self.completed()

    async def wait_async(self, *, every_s: float = 30.0) -> Self:
        """Like `wait`, for a program that does other things meanwhile."""
        await asyncio.to_thread(self.wait, every_s=every_s)
        return self

    def completed(self) -> Self:
        """This handle, of a job that completed.

        Raises:
            JobFailed: it ended Failed or Stopped.
        """
        if self.job.status in ("Failed", "Stopped"):
            raise JobFailed(
                f"{self.name} ended {self.job.status}: {self.job.failure or 'no reason'}"
            )
        return self

    def live(self) -> Live:
        """What is known of the job now."""
        return self._look()

    def report(self, out: Path | None = None) -> tuple[Path, Summary]:
        """Writes the page on the job; its path and what it says."""
        return self._project.report(self.job.arn, out)

    def stop(self) -> Self:
        """Asks for the job to be stopped."""
        self.job = self._project.stop(self.job.arn)
        return self


async def wait_all(*handles: JobHandle, every_s: float = 30.0) -> list[JobHandle]:
    """Waits for many jobs of any projects: one list call a look for each project, not one for each job.

    Returns:
        The handles in their order, whatever became of the jobs: `completed()` raises where one failed.
    """
    projects = {id(handle._project): handle._project for handle in handles}
    waiting = {handle.job.arn: handle for handle in handles}
    for pause in _pauses(every_s):
        for project in projects.values():
            mine = [one for one in waiting.values() if one._project is project]
            if mine:
                await asyncio.to_thread(_look_at, project, mine, every_s)
        waiting = {arn: one for arn, one in waiting.items() if not one.job.status.ended}
        if not waiting:
            break
        await asyncio.sleep(pause)
    return list(handles)


def _pauses(every_s: float) -> Iterator[float]:
    """Seconds between looks: short ones first, for what fails at once, and then the asked ones."""
    pause = min(1.0, every_s)
    while True:
        yield pause
        pause = min(2 * pause, every_s)


def _look_at(project: Jobs, handles: list[JobHandle], every_s: float) -> None:
    for handle in project.changed(handles, every_s=every_s):
        patiently(handle.refresh, for_s=_PATIENCE_S, look_s=every_s)
