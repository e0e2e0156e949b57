"""Custom models: those that jobs leave behind, and those that are imported."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._protocol import Operation, Request, ServiceError
from nova_rft.local_aws.bedrock._names import ACCOUNT, foundation_arn, new_arn, now, region_of
from nova_rft.local_aws.bedrock._pages import page, wanted
from nova_rft.local_aws.bedrock._shelf import Shelf
from nova_rft.local_aws.bedrock._tags import Tags, check_tags

# How long an import takes, so that there is something to see.
IMPORT: Final = timedelta(seconds=0.5)
# Which model an import descends from stands in its artefacts, which nothing here reads.
_IMPORTED_BASE: Final = "amazon.nova-2-lite-v1:0:256k"
# By what a model was really trained: reports and `watch` read it.
POLICY_TAG: Final = "nova-rft:policy"


@dataclass(frozen=True, slots=True)
class Model:
    """A custom model.

    Attributes:
        about: What GetCustomModel answers, but for the status.
        base: The foundation model that it descends from, by its id.
        settled: When its making ends.
        failure: Why its making fails; None where it does not.
    """

    about: Mapping[str, Any]
    base: str
    settled: datetime
    failure: str | None = None

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.about["modelArn"])

    @property
    def name(self) -> str:
        """Its name, unique in the region."""
        return str(self.about["modelName"])

    @property
    def imported(self) -> bool:
        """Whether it was trained elsewhere."""
        return str(self.about["customizationType"]) == "IMPORTED"

    @property
    def status(self) -> str:
        """Its status at this moment."""
        if now() < self.settled:
            return "Creating"
        return "Failed" if self.failure else "Active"

    def shown(self) -> dict[str, Any]:
        """What GetCustomModel answers."""
        status = self.status
        failure = self.failure if status == "Failed" else None
        return {**self.about, "modelStatus": status, "failureMessage": failure}

    def summary(self) -> dict[str, Any]:
        """What ListCustomModels says of it."""
        keep = ("modelArn", "modelName", "creationTime", "customizationType")
        return {key: self.about[key] for key in keep} | {
            "baseModelArn": foundation_arn(region_of(self.arn), self.base),
            # As botocore's model has it: no colons.
            "baseModelName": self.base.split(":")[0],
            "ownerAccountId": ACCOUNT,
            "modelStatus": self.status,
        }


class Maker(Protocol):
    """A job, as far as the name of the model that it will leave is concerned."""

    @property
    def running(self) -> bool:
        """Whether it can still leave one."""
        ...


class Models:
    """All custom models, and the names that running jobs will need."""

    def __init__(
        self,
        account: Account,
        tags: Tags,
        lock: threading.RLock,
        deployed: Callable[[str], bool],
    ) -> None:
        """None yet.

        Args:
            account: Where imports come from.
            tags: Those of everything.
            lock: That of everything.
            deployed: Whether a model, by its ARN, is.
        """
        self._account = account
        self._tags = tags
        self._lock = lock
        self._deployed = deployed
        self._shelf = Shelf[Model]("custom model")
        self._promised: dict[tuple[str, str], Maker] = {}
        self.operations: Mapping[str, Operation] = {
            "CreateCustomModel": self._create,
            "GetCustomModel": self._get,
            "ListCustomModels": self._list,
            "DeleteCustomModel": self._delete,
        }

    def refuse_name(self, name: str, region: str) -> None:
        """Refuses a name that a model has, or that a running job's will have.

        Raises:
            ServiceError: it is taken.
        """
        with self._lock:
            self._shelf.refuse_name(name, region)
            maker = self._promised.get((region, name))
            if maker is not None and maker.running:
                raise ServiceError(
                    "ConflictException",
                    f"The custom model name {name} is in use by a running job; choose another",
                )

    def promise(self, name: str, region: str, maker: Maker) -> None:
        """Keeps a name for the model of a job, while that runs."""
        with self._lock:
            self._promised[region, name] = maker

    def release(self, name: str, region: str) -> None:
        """Frees the name that was kept for a job which will leave no model."""
        with self._lock:
            self._promised.pop((region, name), None)

    def add(self, about: Mapping[str, Any], base: str, region: str, tags: Any, policy: str) -> str:
        """The model that a completed job leaves behind; its tags say by what it was trained."""
        model = Model(
            {**about, "modelArn": new_arn(region, "custom-model", base), "creationTime": now()},
            base,
            settled=now(),
        )
        with self._lock:
            self._shelf.put(model)
            self._promised.pop((region, model.name), None)
            self._tags.put(model.arn, tags, **{POLICY_TAG: policy})
        return model.arn

    def active(self, identifier: str, region: str) -> Model:
        """A model that can be used.

        Raises:
            ServiceError: there is none of that ARN or name, or it is not Active.
        """
        with self._lock:
            model = self._shelf.find(identifier, region)
        if model.status != "Active":
            raise ServiceError(
                "ValidationException",
                f"The custom model {identifier} is {model.status}; it must be Active",
            )
        return model

    def _create(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            known = self._shelf.made_by(asked, request.region)
            if known is not None:
                return {"modelArn": known.arn}
            self.refuse_name(asked["modelName"], request.region)
            check_tags(asked, "modelTags")
            failure = self._problem(asked)
            made = now()
            about = {
                "modelArn": new_arn(request.region, "custom-model", "imported"),
                "modelName": asked["modelName"],
                "customizationType": "IMPORTED",
                "modelKmsKeyArn": asked.get("modelKmsKeyArn"),
                "creationTime": made,
            }
            model = Model(about, _IMPORTED_BASE, made + IMPORT, failure)
            self._shelf.put(model, asked)
            self._tags.put(model.arn, asked.get("modelTags", ()))
        return {"modelArn": model.arn}

    def _problem(self, asked: Mapping[str, Any]) -> str | None:
        """Why an import will fail, once it looks at its source.

        Raises:
            ServiceError: the request is refused at once.
        """
        package, source = asked.get("customModelDataSource"), asked.get("modelSourceConfig")
        if (package is None) == (source is None):
            raise ServiceError(
                "ValidationException",
                "Give either customModelDataSource or modelSourceConfig, and not both",
            )
        if "roleArn" in asked:
            self._account.check_role(asked["roleArn"], "bedrock.amazonaws.com")
        elif source is not None:
            raise ServiceError("ValidationException", "roleArn is required with modelSourceConfig")
        if source is None:
            return None
        uri = source["s3DataSource"]["s3Uri"]
        return None if self._account.objects(uri) else f"there are no model artifacts at {uri}"

    def _get(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            return self._shelf.find(asked["modelIdentifier"], request.region).shown()

    def _list(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            kept = self._shelf.all_in(request.region)
        bases = [asked.get(name) for name in ("baseModelArnEquals", "foundationModelArnEquals")]
        found = [
            one
            for one in kept
            if wanted(asked, one.thing.name, None, one.thing.about["creationTime"], "creationTime")
            and all(
                base in (None, foundation_arn(request.region, one.thing.base)) for base in bases
            )
            and asked.get("modelStatus") in (None, one.thing.status)
            # Nobody shares models with this account.
            and asked.get("isOwned") is not False
        ]
        models, rest = page(found, asked)
        return {"modelSummaries": [model.summary() for model in models], "nextToken": rest}

    def _delete(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            model = self._shelf.find(asked["modelIdentifier"], request.region)
            if self._deployed(model.arn):
                raise ServiceError(
                    "ConflictException",
                    f"The custom model {model.name} is deployed; delete its deployments first",
                )
            self._shelf.remove(model)
            self._tags.drop(model.arn)
        return {}
