"""What a training job writes to CloudWatch Logs.

The group is `/aws/sagemaker/TrainingJobs`, the stream `JOB/algo-1-TIME`. A step is one line, as verl's
console logger writes it: fields in ` - `, each `NAME:VALUE`, the step first.

    step:12 - training/global_step:12 - training/epoch:0 - critic/rewards/mean:0.41 - ...
    step:12 - training/global_step:12 - training/epoch:0 - reduced_train_loss:2.31 - ...

The epoch counts from 0, as verl's does. Of a rewarded job there are `critic/rewards/mean|max|min`,
`response_length/mean` (in words: no tokenizer ran) and, where there is a validation channel,
`val-score/rewards/mean@1`. Of the others there are `reduced_train_loss` (the name by which AWS's own
toolkit finds it, aws/nova-forge-sdk 1.4.10), the same once more as `training_loss` (Bedrock's name),
`perplexity` and `validation_loss`. What no one has measured (entropy, gradient norms) is not written.
Every other line is free text, and none begins with `step:`.
"""

from __future__ import annotations

import time
from typing import Final

from nova_rft.local_aws._account import Account
from nova_rft.local_aws.training import Step

GROUP: Final = "/aws/sagemaker/TrainingJobs"


def step_line(step: Step) -> str:
    """The line of one step."""
    number, epoch = int(step["step_number"]), int(step["epoch_number"]) - 1
    fields = {"step": number, "training/global_step": number, "training/epoch": epoch}
    figures = {
        name: value for name, value in step.items() if name not in ("step_number", "epoch_number")
    }
    if "training_loss" in figures:
        figures = {"reduced_train_loss": figures["training_loss"], **figures}
    return " - ".join(f"{name}:{value}" for name, value in {**fields, **figures}.items())


class JobLog:
    """The log of one job; its stream is there once the first line is written."""

    def __init__(self, account: Account, region: str, job: str) -> None:
        self._account = account
        self._region = region
        self._stream = f"{job}/algo-1-{int(time.time())}"

    def write(self, *lines: str) -> None:
        """Appends lines."""
        self._account.log(self._region, GROUP, self._stream, lines)
