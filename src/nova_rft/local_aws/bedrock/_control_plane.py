"""Bedrock's control plane: customization jobs, custom models, tags."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.models import DEFAULT_ACCOUNT_ID

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import Request, RestJsonService, ServiceError, moment
from nova_rft.local_aws.bedrock._foundation import MODEL_OPERATIONS
from nova_rft.local_aws.bedrock._jobs import PHASES, JobRecord, Run
from nova_rft.local_aws.training import JobFailed, Policy

_LETTERS: Final = string.ascii_lowercase + string.digits
_RFT: Final = "REINFORCEMENT_FINE_TUNING"
_BASE: Final = "amazon.nova-2-lite-v1:0:256k"
# botocore's model, ListOfTags.
_MOST_TAGS: Final = 200
POLICY_TAG: Final = "nova-rft:policy"


class Bedrock:
    """Jobs and models of this embedded AWS, in memory."""

    def __init__(self, policy: Policy, account: Account, faults: Faults) -> None:
        self._policy = policy
        self._account = account
        self._jobs: dict[str, JobRecord] = {}
        self._models: dict[str, dict[str, Any]] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = threading.RLock()
        self.service = RestJsonService(
            "bedrock",
            {
                "CreateModelCustomizationJob": self._create,
                "GetModelCustomizationJob": self._get,
                "ListModelCustomizationJobs": self._list,
                "StopModelCustomizationJob": self._stop,
                "GetCustomModel": self._get_model,
                "ListCustomModels": self._list_models,
                "ListTagsForResource": self._list_tags,
                "TagResource": self._tag,
                "UntagResource": self._untag,
                **MODEL_OPERATIONS,
            },
            faults.check,
        )

    def _create(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            known = self._by_token(asked, request.region)
            if known is not None:
                return {"jobArn": known.shown["jobArn"]}
            self._refuse_name(asked, request.region)
            _check_kind(asked)
            self._account.check_role(asked["roleArn"], "bedrock.amazonaws.com")
            self._check_output(asked["outputDataConfig"]["s3Uri"])
            _check_tags(asked)
            self._check_places(asked, request.region)
            job = self._new(asked, request.region)
        threading.Thread(target=self._run, args=(job,), daemon=True).start()
        return {"jobArn": job.shown["jobArn"]}

    def _by_token(self, asked: dict[str, Any], region: str) -> JobRecord | None:
        """The job that this token made already: the same request is answered as the first time.

        The API's reference says that a repeated token is ignored without an error, and refers to
        EC2's page on idempotency, where the same token with other parameters is an error. Which code
        Bedrock uses for that is not documented; of those in the model this is the nearest.
        """
        token = asked.get("clientRequestToken")
        for job in self._jobs.values():
            same = job.region == region and job.request.get("clientRequestToken") == token
            if token and same:
                if job.request != asked:
                    raise ServiceError(
                        "ConflictException",
                        "The clientRequestToken was used for a request with other parameters",
                    )
                return job
        return None

    def _refuse_name(self, asked: dict[str, Any], region: str) -> None:
        for job in self._jobs.values():
            if job.region == region and job.shown["jobName"] == asked["jobName"]:
                raise ServiceError(
                    "ConflictException",
                    f"The job name {asked['jobName']} is in use; choose another",
                )
            if job.region == region and job.shown["outputModelName"] == asked["customModelName"]:
                raise ServiceError(
                    "ConflictException",
                    f"The custom model name {asked['customModelName']} is in use; choose another",
                )

    def _check_places(self, asked: dict[str, Any], region: str) -> None:
        uris = [asked["trainingDataConfig"].get("s3Uri")]
        validators = asked.get("validationDataConfig", {}).get("validators", ())
        for uri in [*uris, *(validator["s3Uri"] for validator in validators)]:
            if uri is None:
                raise ServiceError("ValidationException", "trainingDataConfig.s3Uri must be given")
            try:
                self._account.read(uri)
            except JobFailed as problem:
                raise ServiceError("ValidationException", str(problem)) from None
        arn = asked["customizationConfig"]["rftConfig"]["graderConfig"]["lambdaGrader"]["lambdaArn"]
        self._account.check_function(region, arn, "lambdaArn")

    def _check_output(self, uri: str) -> None:
        if not self._account.has_bucket(uri):
            bucket = uri.removeprefix("s3://").partition("/")[0]
            raise ServiceError(
                "ValidationException", f"outputDataConfig.s3Uri: there is no bucket {bucket}"
            )

    def _new(self, asked: dict[str, Any], region: str) -> JobRecord:
        now = datetime.now(UTC)
        arn = f"arn:aws:bedrock:{region}:{DEFAULT_ACCOUNT_ID}:model-customization-job/{_BASE}"
        shown = {
            "jobArn": f"{arn}/{_random_id()}",
            "jobName": asked["jobName"],
            "outputModelName": asked["customModelName"],
            "clientRequestToken": asked.get("clientRequestToken"),
            "roleArn": asked["roleArn"],
            "status": "InProgress",
            "statusDetails": {phase: {"status": "NotStarted"} for phase in PHASES},
            "creationTime": now,
            "lastModifiedTime": now,
            "baseModelArn": f"arn:aws:bedrock:{region}::foundation-model/{_BASE}",
            "trainingDataConfig": asked["trainingDataConfig"],
            "validationDataConfig": asked.get("validationDataConfig", {"validators": []}),
            "outputDataConfig": asked["outputDataConfig"],
            "customizationType": _RFT,
            "customizationConfig": asked["customizationConfig"],
            "vpcConfig": asked.get("vpcConfig"),
            "outputModelKmsKeyArn": asked.get("customModelKmsKeyId"),
        }
        job = JobRecord(asked, region, shown)
        self._jobs[shown["jobArn"]] = job
        self._tags[shown["jobArn"]] = _tag_dict(asked.get("jobTags", ()))
        return job

    def _run(self, job: JobRecord) -> None:
        Run(job, self._policy, self._account, self._make_model).walk()

    def _make_model(self, job: JobRecord) -> str:
        """The custom model that a completed job leaves behind; its tags say what was not done."""
        name = job.request["customModelName"]
        arn = (
            f"arn:aws:bedrock:{job.region}:{DEFAULT_ACCOUNT_ID}:custom-model/{_BASE}/{_random_id()}"
        )
        with self._lock:
            self._models[arn] = {
                "modelArn": arn,
                "modelName": name,
                "jobName": job.shown["jobName"],
                "jobArn": job.shown["jobArn"],
                "baseModelArn": job.shown["baseModelArn"],
                "customizationType": _RFT,
                "trainingDataConfig": job.shown["trainingDataConfig"],
                "outputDataConfig": job.shown["outputDataConfig"],
                "creationTime": datetime.now(UTC),
                "customizationConfig": job.shown["customizationConfig"],
                "modelStatus": "Active",
            }
            tags = _tag_dict(job.request.get("customModelTags", ()))
            self._tags[arn] = tags | {POLICY_TAG: self._policy.kind}
        return arn

    def _find(self, identifier: str, region: str) -> JobRecord:
        for job in self._jobs.values():
            if job.region == region and identifier in (job.shown["jobArn"], job.shown["jobName"]):
                return job
        raise ServiceError(
            "ResourceNotFoundException", f"Could not find the model customization job {identifier}"
        )

    def _get(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            return self._find(asked["jobIdentifier"], request.region).snapshot()

    def _stop(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            job = self._find(asked["jobIdentifier"], request.region)
        if not job.stop():
            raise ServiceError(
                "ConflictException", f"The job is {job.shown['status']} and cannot be stopped"
            )
        return {}

    def _list(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        keep = ("jobArn", "jobName", "status", "statusDetails", "creationTime", "lastModifiedTime")
        with self._lock:
            known = [job.snapshot() for job in self._jobs.values() if job.region == request.region]
        found = [
            {
                **{key: shown.get(key) for key in (*keep, "endTime", "baseModelArn")},
                "customModelArn": shown.get("outputModelArn"),
                "customModelName": shown["outputModelName"],
                "customizationType": _RFT,
            }
            for shown in known
            if _wanted(shown, asked, "jobName")
        ]
        return _page("modelCustomizationJobSummaries", found, asked)

    def _models_of(self, region: str) -> list[dict[str, Any]]:
        with self._lock:
            return [model for arn, model in self._models.items() if arn.split(":")[3] == region]

    def _get_model(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        for model in self._models_of(request.region):
            if asked["modelIdentifier"] in (model["modelArn"], model["modelName"]):
                return model
        raise ServiceError(
            "ResourceNotFoundException", f"Could not find the model {asked['modelIdentifier']}"
        )

    def _list_models(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        bases = [asked.get(name) for name in ("baseModelArnEquals", "foundationModelArnEquals")]
        keep = ("modelArn", "modelName", "creationTime", "baseModelArn", "modelStatus")
        found = [
            {key: model[key] for key in keep}
            | {
                "baseModelName": _BASE,
                "customizationType": _RFT,
                "ownerAccountId": DEFAULT_ACCOUNT_ID,
            }
            for model in self._models_of(request.region)
            if _wanted(model, asked, "modelName")
            and all(base in (None, model["baseModelArn"]) for base in bases)
            and asked.get("modelStatus") in (None, model["modelStatus"])
            # Nobody shares models with this account.
            and asked.get("isOwned") is not False
        ]
        return _page("modelSummaries", found, asked)

    def _tagged(self, arn: str) -> dict[str, str]:
        try:
            return self._tags[arn]
        except KeyError:
            raise ServiceError("ResourceNotFoundException", f"Could not find {arn}") from None

    def _list_tags(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        tags = self._tagged(asked["resourceARN"])
        return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}

    def _tag(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        tags = self._tagged(asked["resourceARN"])
        if len(tags | _tag_dict(asked["tags"])) > _MOST_TAGS:
            raise ServiceError("TooManyTagsException", f"A resource has at most {_MOST_TAGS} tags")
        tags.update(_tag_dict(asked["tags"]))
        return {}

    def _untag(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        tags = self._tagged(asked["resourceARN"])
        for key in asked["tagKeys"]:
            tags.pop(key, None)
        return {}


def _check_kind(asked: dict[str, Any]) -> None:
    kind = asked.get("customizationType", "FINE_TUNING")
    if kind != _RFT:
        raise ServiceError(
            "ValidationException",
            f"customizationType {kind} is not offered by the embedded AWS yet; use {_RFT}",
        )
    if asked["baseModelIdentifier"].rsplit("/", 1)[-1] != _BASE:
        raise ServiceError(
            "ValidationException",
            f"{asked['baseModelIdentifier']} does not support {_RFT}; use {_BASE}",
        )
    rft = asked.get("customizationConfig", {}).get("rftConfig", {})
    if "lambdaGrader" not in rft.get("graderConfig", {}):
        raise ServiceError(
            "ValidationException",
            "customizationConfig.rftConfig.graderConfig.lambdaGrader is missing",
        )


def _check_tags(asked: Mapping[str, Any]) -> None:
    for name in ("jobTags", "customModelTags"):
        keys = [tag["key"] for tag in asked.get(name, ())]
        if len(set(keys)) < len(keys):
            raise ServiceError("ValidationException", f"{name}: a key is given twice")


def _wanted(shown: Mapping[str, Any], asked: Mapping[str, Any], name: str) -> bool:
    status = asked.get("statusEquals")
    created = shown["creationTime"]
    after, before = (
        moment(asked[key]) if (key := f"creationTime{word}") in asked else None
        for word in ("After", "Before")
    )
    return (
        asked.get("nameContains", "") in shown[name]
        and (status is None or shown.get("status") == status)
        and (after is None or created > after)
        and (before is None or created < before)
    )


def _page(name: str, found: list[dict[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    found.sort(key=lambda one: one["creationTime"], reverse=asked.get("sortOrder") != "Ascending")
    token = asked.get("nextToken", "0")
    if not token.isdigit():
        raise ServiceError("ValidationException", "nextToken is none that was given out")
    start, size = int(token), int(asked.get("maxResults", 100))
    rest = str(start + size) if start + size < len(found) else None
    return {name: found[start : start + size], "nextToken": rest}


def _tag_dict(tags: Any) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in tags}


def _random_id() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(12))
