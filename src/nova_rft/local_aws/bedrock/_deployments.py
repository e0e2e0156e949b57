"""Deployments of custom models: what Converse answers for."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import Operation, Request, ServiceError
from nova_rft.local_aws.bedrock._deployment import Change, Deployment
from nova_rft.local_aws.bedrock._models import Models
from nova_rft.local_aws.bedrock._names import DEPLOYMENT, new_arn, now
from nova_rft.local_aws.bedrock._pages import page, wanted
from nova_rft.local_aws.bedrock._shelf import Shelf
from nova_rft.local_aws.bedrock._tags import Tags, check_tags

# The service whose `Job` fault fails the next deployment, or the next change of one.
FAULTS_OF: Final = "bedrock-deployment"
# How long a deployment and a change of its model take, so that there is something to see.
SETTLES: Final = timedelta(seconds=2)


class Deployments:
    """All deployments."""

    def __init__(self, models: Models, tags: Tags, faults: Faults, lock: threading.RLock) -> None:
        self._models = models
        self._tags = tags
        self._faults = faults
        self._lock = lock
        # The operations know no ConflictException, except the one that deletes.
        self._shelf = Shelf[Deployment]("custom model deployment", "ValidationException")
        self.operations: Mapping[str, Operation] = {
            "CreateCustomModelDeployment": self._create,
            "GetCustomModelDeployment": self._get,
            "ListCustomModelDeployments": self._list,
            "UpdateCustomModelDeployment": self._update,
            "DeleteCustomModelDeployment": self._delete,
        }

    def uses(self, model: str) -> bool:
        """Whether a model is deployed."""
        with self._lock:
            return any(one.thing.uses(model, now()) for one in self._shelf.all())

    def check_serving(self, arn: str, region: str) -> None:
        """Refuses a deployment that cannot answer.

        Raises:
            ServiceError: there is none, or it is not Active. One that is being made is "not ready",
                which clients wait for; botocore's model says so of models in general, and which
                error Bedrock gives here is not documented.
        """
        with self._lock:
            deployment = self._shelf.find(arn, region)
        status = deployment.status(now())
        if status == "Creating":
            raise ServiceError(
                "ModelNotReadyException",
                f"The deployment {deployment.name} is not ready; try again when it is Active",
            )
        if status == "Failed":
            raise ServiceError(
                "ValidationException",
                f"The deployment {deployment.name} is Failed: {deployment.first.failure}",
            )

    def _create(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            known = self._shelf.made_by(asked, request.region)
            if known is not None:
                return {"customModelDeploymentArn": known.arn}
            self._shelf.refuse_name(asked["modelDeploymentName"], request.region)
            check_tags(asked, "tags")
            deployment = Deployment(
                new_arn(request.region, DEPLOYMENT),
                asked["modelDeploymentName"],
                asked.get("description"),
                now(),
                self._change(asked["modelArn"], request.region),
            )
            self._shelf.put(deployment, asked)
            self._tags.put(deployment.arn, asked.get("tags", ()))
        return {"customModelDeploymentArn": deployment.arn}

    def _change(self, model: str, region: str) -> Change:
        found = self._models.active(model, region)
        return Change(found.arn, now() + SETTLES, self._faults.job_failure(FAULTS_OF))

    def _found(self, asked: Mapping[str, Any], request: Request) -> Deployment:
        return self._shelf.find(asked["customModelDeploymentIdentifier"], request.region)

    def _get(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            return self._found(asked, request).shown(now())

    def _list(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            kept = self._shelf.all_in(request.region)
        at = now()
        found = [
            one
            for one in kept
            if wanted(asked, one.thing.name, one.thing.status(at), one.thing.created, "created")
            and asked.get("modelArnEquals") in (None, one.thing.model(at))
        ]
        deployments, rest = page(found, asked)
        return {
            "modelDeploymentSummaries": [one.summary(at) for one in deployments],
            "nextToken": rest,
        }

    def _update(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            deployment = self._found(asked, request)
            at = now()
            if deployment.settling(at) or deployment.status(at) != "Active":
                raise ServiceError(
                    "ValidationException",
                    f"The deployment {deployment.name} is Failed, or being made or updated; "
                    "it cannot be updated now",
                )
            deployment.change(self._change(asked["modelArn"], request.region), at)
        return {"customModelDeploymentArn": deployment.arn}

    def _delete(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            deployment = self._found(asked, request)
            if deployment.settling(now()):
                raise ServiceError(
                    "ConflictException",
                    f"The deployment {deployment.name} is being made or updated; wait for its end",
                )
            self._shelf.remove(deployment)
            self._tags.drop(deployment.arn)
        return {}
