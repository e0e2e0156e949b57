"""What a job trains, whichever way it was asked for."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Literal

from nova_rft.local_aws._account import Account

Technique = Literal["rft", "sft", "dpo", "distillation"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a job trains.

    Attributes:
        technique: Decides the records' shape, and whether a reward is asked.
        backend: `sagemaker` for the serverless way, `sagemaker-recipe` for a training job's recipe.
        model: The base model (of distillation: the teacher), by Bedrock's id.
        recipe: The recipe's name.
        batch_size: Records in one step.
        epochs: Passes over the records.
        steps: Ends the training after so many, whatever the epochs; None: the epochs decide.
        samples: Rollouts for each prompt; None: as many as the policy has.
        eval_every: Steps between two looks at the validation records of a rewarded job.
        grader_arn: The reward Lambda of a rewarded job.
    """

    technique: Technique
    backend: str
    model: str
    recipe: str
    batch_size: int = 1
    epochs: int = 1
    steps: int | None = None
    samples: int | None = None
    eval_every: int | None = None
    grader_arn: str = ""

    def progress(self, records: int) -> dict[str, int]:
        """DescribeTrainingJob's ProgressInfo before the first step."""
        per_epoch = math.ceil(records / self.batch_size)
        epochs = math.ceil(self.steps / per_epoch) if self.steps else self.epochs
        return {
            "TotalStepCountPerEpoch": per_epoch,
            "CurrentStep": 0,
            "CurrentEpoch": 0,
            "MaxEpoch": epochs,
        }


@dataclass(slots=True)
class JobRecord:
    """What SageMaker knows of a job; `shown` is the answer of DescribeTrainingJob.

    `plan` may still raise JobFailed: a recipe is opened when the job runs, not when it is created, and
    with the job's own rights.
    """

    asked: Mapping[str, Any]
    region: str
    plan: Callable[[Account], Plan]
    shown: dict[str, Any]
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        """The job's name."""
        return str(self.asked["TrainingJobName"])

    @property
    def output(self) -> str:
        """Where the job's output goes in S3, without a slash at its end."""
        path = str(self.asked["OutputDataConfig"]["S3OutputPath"]).rstrip("/")
        return f"{path}/{self.name}/output"

    def channel(self, name: str) -> str | None:
        """The S3 address of a channel, or None where the job has none of that name."""
        for channel in self.asked["InputDataConfig"]:
            if channel["ChannelName"] == name:
                return str(channel["DataSource"]["S3DataSource"]["S3Uri"])
        return None

    def snapshot(self) -> dict[str, Any]:
        """`shown` as it is now, which the job does not change any more."""
        with self.lock:
            return deepcopy(self.shown)
