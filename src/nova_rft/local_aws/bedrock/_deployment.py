"""One deployment of a custom model, and what it looks like as time goes by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """A model on its way into a deployment.

    Attributes:
        model: Its ARN.
        settled: When it has arrived, or has failed to.
        failure: Why it does not arrive; None where it does.
    """

    model: str
    settled: datetime
    failure: str | None

    def status(self, at: datetime) -> str:
        """Its status at a moment, as `updateStatus` has it."""
        if at < self.settled:
            return "Updating"
        return "UpdateFailed" if self.failure else "UpdateCompleted"


@dataclass(slots=True)
class Deployment:
    """A deployment.

    Attributes:
        arn: What Converse takes as its model.
        name: Unique in the region.
        description: As given.
        created: When it was asked for.
        first: The model that it was made with, or that answered before the last change.
        last: The last change of its model.
    """

    arn: str
    name: str
    description: str | None
    created: datetime
    first: Change
    last: Change | None = None

    def status(self, at: datetime) -> str:
        """Its status at a moment; a change of the model leaves it as it is."""
        if at < self.first.settled:
            return "Creating"
        return "Failed" if self.first.failure else "Active"

    def settling(self, at: datetime) -> bool:
        """Whether it is being made or changed."""
        return at < (self.last or self.first).settled

    def model(self, at: datetime) -> str:
        """The ARN of the model that answers."""
        arrived = self.last is not None and self.last.status(at) == "UpdateCompleted"
        return self.last.model if self.last is not None and arrived else self.first.model

    def uses(self, model: str, at: datetime) -> bool:
        """Whether a model answers here, or is about to."""
        coming = self.last is not None and self.last.status(at) == "Updating"
        return model == self.model(at) or (
            self.last is not None and coming and model == self.last.model
        )

    def change(self, change: Change, at: datetime) -> None:
        """Begins to swap the model; the one that answers now does so until then."""
        self.first = Change(self.model(at), self.first.settled, self.first.failure)
        self.last = change

    def shown(self, at: datetime) -> dict[str, Any]:
        """What GetCustomModelDeployment answers."""
        status, last = self.status(at), self.last
        return {
            "customModelDeploymentArn": self.arn,
            "modelDeploymentName": self.name,
            "modelArn": self.model(at),
            "createdAt": self.created,
            "status": status,
            "description": self.description,
            "updateDetails": last and {"modelArn": last.model, "updateStatus": last.status(at)},
            "failureMessage": self.first.failure if status == "Failed" else None,
            "lastUpdatedAt": min(at, (last or self.first).settled),
        }

    def summary(self, at: datetime) -> dict[str, Any]:
        """What ListCustomModelDeployments says of it."""
        shown = self.shown(at)
        keep = ("customModelDeploymentArn", "modelArn", "createdAt", "status", "lastUpdatedAt")
        return {key: shown[key] for key in (*keep, "failureMessage")} | {
            "customModelDeploymentName": self.name
        }
