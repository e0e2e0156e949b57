"""Training jobs: created, described, listed, stopped, deleted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import Operation, Request, ServiceError
from nova_rft.local_aws.sagemaker._hubs import Hubs
from nova_rft.local_aws.sagemaker._names import Tags, arn_of, invalid, page, wanted
from nova_rft.local_aws.sagemaker._packages import Packages
from nova_rft.local_aws.sagemaker._plan import JobRecord, Plan
from nova_rft.local_aws.sagemaker._public_hub import VERSION
from nova_rft.local_aws.sagemaker._recipe import check_recipe_job, recipe_plan
from nova_rft.local_aws.sagemaker._run import Run, enter
from nova_rft.local_aws.sagemaker._serverless import serverless_plan
from nova_rft.local_aws.training import JobFailed, Policy

# Tag that says what played, or stood in for, the model; on Bedrock it is the same.
TRAINED_BY: Final = "nova-rft:policy"
_SUMMARY: Final = (
    *("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingEndTime"),
    *("LastModifiedTime", "TrainingJobStatus", "SecondaryStatus"),
)
_NEVER: Final = {"WarmPoolStatusEquals", "TrainingPlanArnEquals"}
_RUNNING: Final = ("InProgress", "Stopping")
# SageMaker's own default.
_LONGEST_S: Final = 86_400


class Jobs:
    """The training jobs of all regions, in memory."""

    def __init__(
        self,
        policy: Policy,
        account: Account,
        faults: Faults,
        hubs: Hubs,
        packages: Packages,
        tags: Tags,
    ) -> None:
        self._policy = policy
        self._account = account
        self._faults = faults
        self._hubs = hubs
        self._packages = packages
        self._tags = tags
        self._jobs: dict[str, JobRecord] = {}
        self._lock = threading.RLock()
        self.operations: Mapping[str, Operation] = {
            "CreateTrainingJob": self._create,
            "DescribeTrainingJob": self._describe,
            "ListTrainingJobs": self._list,
            "StopTrainingJob": self._stop,
            "DeleteTrainingJob": self._delete,
        }

    def forget(self, identifier: str) -> bool:
        """Makes a job vanish, whatever it does; False where there is none of that name or ARN."""
        with self._lock:
            for arn, job in self._jobs.items():
                if identifier in (arn, job.name):
                    job.stopping.set()
                    del self._jobs[arn]
                    self._tags.drop(arn)
                    return True
        return False

    def _create(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            arn = arn_of(request.region, "training-job", asked["TrainingJobName"])
            if arn in self._jobs:
                raise ServiceError(
                    "ResourceInUse",
                    "Training job names must be unique within an AWS account and region, "
                    f"and a training job with this name already exists ({arn})",
                )
            plan = self._checked(asked, request.region, arn)
            job = JobRecord(asked, request.region, plan, _shown(asked, arn))
            self._jobs[arn] = job
            self._tags.put(arn, asked.get("Tags", ()))
        run = Run(job, self._policy, self._account, self._faults, self._keep)
        threading.Thread(target=run.walk, daemon=True).start()
        return {"TrainingJobArn": arn}

    def _checked(
        self, asked: Mapping[str, Any], region: str, job: str
    ) -> Callable[[Account], Plan]:
        """What gives the job's plan, once nothing of it must be refused."""
        self._tags.check(asked.get("Tags", ()))
        uris = _channels(asked)
        serverless = None
        if "ServerlessJobConfig" in asked:
            serverless = serverless_plan(asked, region, self._account, self._hubs, self._packages)
        else:
            check_recipe_job(asked)
            if "recipe" not in uris:
                raise invalid("InputDataConfig has no channel recipe")
        self._account.check_role(asked["RoleArn"], "sagemaker.amazonaws.com", job)
        for uri in uris.values():
            if not self._account.objects(uri):
                raise invalid(
                    f'No S3 objects found under S3 URL "{uri}" given in input data source.'
                )
        output = asked["OutputDataConfig"]["S3OutputPath"]
        if not self._account.has_bucket(output):
            raise invalid(f"OutputDataConfig.S3OutputPath: there is no bucket for {output}")
        if serverless is not None:
            return partial(_looked_up, asked["ServerlessJobConfig"], serverless)
        return partial(self._open, uris["recipe"], asked.get("HyperParameters", {}))

    def _open(self, uri: str, hyperparameters: Mapping[str, str], account: Account) -> Plan:
        """The plan in a recipe: the job fails where it holds none."""
        file = account.objects(uri)
        if len(file) != 1:
            raise JobFailed(f"the channel recipe has {len(file)} objects; it takes one")
        return recipe_plan(account.read(file[0]), file[0], hyperparameters)

    def _keep(
        self, job: JobRecord, plan: Plan, checkpoint: str, trained_by: str, account: Account
    ) -> None:
        """Makes a job's result known; for a holder of the job's lock."""
        config = job.asked.get("ModelPackageConfig")
        if config is None:
            self._tags.add(job.shown["TrainingJobArn"], TRAINED_BY, trained_by)
            return
        tags = self._tags.listed(job.shown["TrainingJobArn"])
        _check_registering(config["ModelPackageGroupArn"], account, tagged=bool(tags))
        package = _package(job, plan, checkpoint)
        try:
            job.shown["OutputModelPackageArn"] = self._packages.add(
                config["ModelPackageGroupArn"],
                package,
                [*tags, {"Key": TRAINED_BY, "Value": trained_by}],
            )
        except ServiceError as error:
            raise JobFailed(str(error)) from None

    def _find(self, asked: Mapping[str, Any], request: Request) -> JobRecord:
        arn = arn_of(request.region, "training-job", asked["TrainingJobName"])
        with self._lock:
            if arn not in self._jobs:
                # What it really answers, though the reference names ResourceNotFound.
                raise invalid("Requested resource not found.")
            return self._jobs[arn]

    def _describe(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        return self._find(asked, request).snapshot()

    def _list(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        with self._lock:
            jobs = [job.snapshot() for job in self._jobs.values() if job.region == request.region]
        found: list[dict[str, Any]] = [
            {key: job[key] for key in _SUMMARY if key in job}
            for job in jobs
            # No job of the embedded AWS has a warm pool or a training plan.
            if wanted(job, asked, "TrainingJobName") and not asked.keys() & _NEVER
        ]
        sorts = {"Name": "TrainingJobName", "Status": "TrainingJobStatus"}
        listed, rest = page(found, asked, sorts, "Descending")
        # A page is cut before its statuses are looked at, as the API's reference warns.
        status = asked.get("StatusEquals")
        summaries = [one for one in listed if status in (None, one["TrainingJobStatus"])]
        return {"TrainingJobSummaries": summaries, "NextToken": rest}

    def _stop(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        job = self._find(asked, request)
        with job.lock:
            status = job.shown["TrainingJobStatus"]
            if status != "InProgress":
                raise invalid(
                    f"The request was rejected because the training job is in status {status}."
                )
            job.shown["TrainingJobStatus"] = "Stopping"
            enter(job.shown, "Stopping")
            job.stopping.set()
        return {}

    def _delete(self, asked: dict[str, Any], request: Request) -> Mapping[str, Any]:
        job = self._find(asked, request)
        status = job.snapshot()["TrainingJobStatus"]
        if status in _RUNNING:
            raise ServiceError(
                "ResourceInUse",
                f"The training job is in status {status}; it can be deleted once it has ended",
            )
        self.forget(job.shown["TrainingJobArn"])
        return {}


def _looked_up(config: Mapping[str, Any], plan: Plan, account: Account) -> Plan:
    """A serverless job's plan, once its role could read of the hubs what the job names."""
    for content in (config["BaseModelArn"], config.get("EvaluatorArn")):
        if content:
            start, _, path = content.partition(":hub-content/")
            hub = f"{start}:hub/{path.split('/')[0]}"
            account.require("sagemaker:DescribeHubContent", hub, content)
    return plan


def _check_registering(group: str, account: Account, *, tagged: bool) -> None:
    """Refuses to register a model in a group where the job's role may not."""
    package = group.replace(":model-package-group/", ":model-package/") + "/1"
    account.require("sagemaker:CreateModelPackage", group, package)
    if tagged:
        account.require("sagemaker:AddTags", package)


def _shown(asked: Mapping[str, Any], arn: str) -> dict[str, Any]:
    """DescribeTrainingJob's first answer."""
    shown = {
        **{
            key: value
            for key, value in asked.items()
            if key not in ("Tags", "SessionChainingConfig")
        },
        "TrainingJobArn": arn,
        "TrainingJobStatus": "InProgress",
        "CreationTime": datetime.now(UTC),
    }
    shown.setdefault("StoppingCondition", {"MaxRuntimeInSeconds": _LONGEST_S})
    enter(shown, "Starting")
    return shown


def _channels(asked: Mapping[str, Any]) -> dict[str, str]:
    """The S3 addresses of the channels."""
    found: dict[str, str] = {}
    for channel in asked.get("InputDataConfig", ()):
        name, source = channel["ChannelName"], channel["DataSource"].get("S3DataSource")
        if source is None:
            raise invalid(f"the channel {name} is not in S3, and the embedded AWS reads S3 alone")
        if name in found:
            raise invalid(f"InputDataConfig has two channels {name}")
        found[name] = source["S3Uri"]
    if "train" not in found:
        raise invalid("InputDataConfig has no channel train")
    return found


def _package(job: JobRecord, plan: Plan, checkpoint: str) -> dict[str, Any]:
    """The model package of a serverless job."""
    base = job.asked["ServerlessJobConfig"]["BaseModelArn"].split("/")
    source = {"S3Uri": checkpoint, "S3DataType": "S3Prefix", "CompressionType": "None"}
    container = {
        "ModelDataSource": {"S3DataSource": source},
        "IsCheckpoint": True,
        "BaseModel": {
            "HubContentName": base[3],
            "HubContentVersion": base[4] if len(base) > 4 else VERSION,
            "RecipeName": plan.recipe,
        },
    }
    return {
        "ModelPackageDescription": f"Made by the training job {job.name}",
        "InferenceSpecification": {"Containers": [container]},
    }
