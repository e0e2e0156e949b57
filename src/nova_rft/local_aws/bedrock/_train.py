"""The training phase: by reward, or on texts; what it leaves beside the model."""

from __future__ import annotations

import csv
import io
import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nova_rft.data.shapes import convert
from nova_rft.local_aws._account import Account
from nova_rft.local_aws.bedrock._hyperparameters import epochs_of
from nova_rft.local_aws.bedrock._records import Records
from nova_rft.local_aws.training import (
    STAND_IN,
    Policy,
    Rewarded,
    Step,
    Supervised,
    train_by_reward,
    train_on_texts,
)

_STEPS: Final = "training_artifacts/step_wise_training_metrics.csv"
_VALIDATION: Final = (
    "validation_artifacts/post_fine_tuning_validation/validation/validation_metrics.csv"
)
# The service's defaults where a job leaves a hyperparameter out (assumed: not documented).
_DEFAULTS: Final = {"epochCount": 1, "batchSize": 32, "trainingSamplePerPrompt": 4}
# Fine-tuning on Bedrock lets nobody choose; nor is it documented.
_BATCH: Final = 32


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training leaves.

    Attributes:
        by: What was trained, for the model's tags.
        files: Texts by their place in the job's folder.
        metrics: Members of GetModelCustomizationJob's answer.
    """

    by: str
    files: Mapping[str, str]
    metrics: Mapping[str, Any] = field(default_factory=dict)


def train_rewarded(
    config: Mapping[str, Any],
    region: str,
    records: Records,
    validation: Sequence[Records],
    *,
    policy: Policy,
    account: Account,
    stopping: threading.Event,
) -> Trained:
    """Reinforcement fine-tuning, as the request's `rftConfig` has it.

    Raises:
        JobFailed: the grader failed, or answered what is no answer.
        PolicyFailed: the policy has no rollouts for a prompt.
        JobStopped: `stopping` was set.
    """
    given = {**_DEFAULTS, **config.get("hyperParameters", {})}
    asked = Rewarded(
        region=region,
        grader_arn=config["graderConfig"]["lambdaGrader"]["lambdaArn"],
        batch_size=given["batchSize"],
        samples=given["trainingSamplePerPrompt"],
        epochs=given["epochCount"],
        eval_every=given.get("evalInterval"),
        learning_rate=given.get("learningRate"),
        max_new_tokens=given.get("inferenceMaxTokens"),
    )
    held_out = [record for one in validation for record in one]
    steps = list(
        train_by_reward(
            asked, records, held_out, policy=policy, grader=account.invoke, stopping=stopping
        )
    )
    return Trained(policy.kind, {_STEPS: _csv(steps)})


def train_supervised(
    hyperparameters: Mapping[str, str],
    records: Records,
    validation: Sequence[Records],
    *,
    stopping: threading.Event,
) -> Trained:
    """Fine-tuning, and the second half of distillation.

    Raises:
        JobStopped: `stopping` was set.
    """
    asked = Supervised(batch_size=_BATCH, epochs=epochs_of(hyperparameters))
    texts = _texts(records)
    # The stand-in has one validation set; each run of several learns the same.
    runs = [
        list(train_on_texts(asked, texts, _texts(one), stopping=stopping))
        for one in validation or [[]]
    ]
    names = ("step_number", "epoch_number", "training_loss", "perplexity")
    files = {_STEPS: _csv([{name: step[name] for name in names} for step in runs[0]])}
    metrics: dict[str, Any] = {"trainingMetrics": {"trainingLoss": runs[0][-1]["training_loss"]}}
    if validation:
        files[_VALIDATION] = _csv([_validated(steps) for steps in zip(*runs, strict=True)])
        metrics["validationMetrics"] = [
            {"validationLoss": run[-1]["validation_loss"]} for run in runs
        ]
    return Trained(STAND_IN, files, metrics)


def _texts(records: Records) -> list[str]:
    return [convert(record, "converse", "cpt").record["text"] for record in records]


def _validated(steps: Sequence[Step]) -> Step:
    """One step's row, the mean over the validators."""
    loss = math.fsum(step["validation_loss"] for step in steps) / len(steps)
    return {
        "step_number": steps[0]["step_number"],
        "epoch_number": steps[0]["epoch_number"],
        "validation_loss": loss,
        "perplexity": math.exp(loss),
    }


def _csv(rows: Sequence[Step]) -> str:
    """Rows under the names that any of them has, in the order of their first appearance."""
    text = io.StringIO()
    names = dict.fromkeys(name for row in rows for name in row)
    writer = csv.DictWriter(text, fieldnames=list(names))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
