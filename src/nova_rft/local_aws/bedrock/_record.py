"""What Bedrock knows of one customization job."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.local_aws.bedrock._names import foundation_arn, new_arn, now, region_of
from nova_rft.local_aws.bedrock._plan import Plan
from nova_rft.local_aws.bedrock._shown import ShownJob

PHASES: Final = ("validationDetails", "dataProcessingDetails", "trainingDetails")


@dataclass(slots=True, kw_only=True)
class JobRecord(ShownJob):
    """A customization job.

    Attributes:
        request: What was asked for.
        plan: What that means.
    """

    RUNNING = ("InProgress", "Stopping")

    request: Mapping[str, Any]
    plan: Plan

    @property
    def region(self) -> str:
        """Where it was made."""
        return region_of(self.arn)

    def snapshot(self) -> dict[str, Any]:
        """`shown` as it is now, which the job does not change any more."""
        with self.lock:
            return copy.deepcopy(self.shown)

    def summary(self) -> dict[str, Any]:
        """What ListModelCustomizationJobs says of it."""
        same = (
            *("jobArn", "jobName", "status", "creationTime", "lastModifiedTime", "endTime"),
            *("baseModelArn", "customizationType"),
        )
        with self.lock:
            return {key: self.shown.get(key) for key in same} | {
                "statusDetails": copy.deepcopy(self.shown["statusDetails"]),
                "customModelArn": self.shown.get("outputModelArn"),
                "customModelName": self.shown["outputModelName"],
            }


def new_job(asked: Mapping[str, Any], plan: Plan, region: str) -> JobRecord:
    """A job that has just been asked for."""
    made = now()
    shown = {
        "jobArn": new_arn(region, "model-customization-job", plan.base),
        "jobName": asked["jobName"],
        "outputModelName": asked["customModelName"],
        "clientRequestToken": asked.get("clientRequestToken"),
        "roleArn": asked["roleArn"],
        "status": "InProgress",
        "statusDetails": {phase: {"status": "NotStarted"} for phase in PHASES},
        "creationTime": made,
        "lastModifiedTime": made,
        "baseModelArn": foundation_arn(region, plan.base),
        "hyperParameters": asked.get("hyperParameters"),
        "trainingDataConfig": asked["trainingDataConfig"],
        "validationDataConfig": asked.get("validationDataConfig", {"validators": []}),
        "outputDataConfig": asked["outputDataConfig"],
        "customizationType": plan.kind,
        "customizationConfig": asked.get("customizationConfig"),
        "vpcConfig": asked.get("vpcConfig"),
        "outputModelKmsKeyArn": asked.get("customModelKmsKeyId"),
    }
    return JobRecord(shown, request=asked, plan=plan)


def about_model(job: JobRecord) -> dict[str, Any]:
    """What a model says of the job that made it."""
    same = (
        *("jobName", "jobArn", "baseModelArn", "customizationType", "hyperParameters"),
        *("trainingDataConfig", "validationDataConfig", "outputDataConfig", "customizationConfig"),
        *("trainingMetrics", "validationMetrics"),
    )
    return {
        **{key: job.shown.get(key) for key in same},
        "modelName": job.shown["outputModelName"],
        "modelKmsKeyArn": job.shown["outputModelKmsKeyArn"],
    }
