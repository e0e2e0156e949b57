"""What every backend can do, whatever its service calls it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from nova_rft.jobs._job import Job, Listed, Status
from nova_rft.jobs._measures import Measure
from nova_rft.jobs.requests import Identity, Place
from nova_rft.spec import Spec


@dataclass(frozen=True, slots=True)
class Order:
    """A job that is to be made: all that a backend needs, and nothing left to decide.

    Attributes:
        spec: What was asked.
        identity: Name and token.
        place: What the stacks made, and where its files lie.
        training: The records on this machine.
        validation: Those too, where there are any.
    """

    spec: Spec
    identity: Identity
    place: Place
    training: Path
    validation: Path | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs a list is to hold.

    Attributes:
        prefix: What their names begin with.
        status: Where they stand; None: anywhere.
        after: Created after this moment (UTC).
        before: Created before this one (UTC).
    """

    prefix: str
    status: Status | None = None
    after: datetime | None = None
    before: datetime | None = None

    def holds(self, job: Listed) -> bool:
        """Whether a job is among them."""
        return (
            job.name.startswith(self.prefix)
            and self.status in (None, job.status)
            and (self.after is None or job.created > self.after)
            and (self.before is None or job.created < self.before)
        )


class Backend(Protocol):
    """One way to run jobs."""

    @property
    def name(self) -> str:
        """As the spec names it."""
        ...

    def create(self, order: Order) -> str:
        """Starts a job and returns its address; twice the same order makes one job.

        Raises:
            AwsRefused: the service does not take it.
        """
        ...

    def find(self, name_or_arn: str) -> Job | None:
        """A job, or None where there is none of that name or address."""
        ...

    def jobs(self, wanted: Wanted) -> Iterator[Listed]:
        """Jobs, the newest first; read page by page, as far as the caller reads."""
        ...

    def stop(self, job: Job) -> None:
        """Asks for a job to be stopped; it ends Stopped some time later."""
        ...

    def tag(self, job: Job, tags: Mapping[str, str]) -> None:
        """Adds tags to a job, where the service has any."""
        ...

    def measures(self, job: Job) -> list[Measure]:
        """What it measured of itself so far; empty where nothing is written yet."""
        ...
