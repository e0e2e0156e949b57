"""From spec to request: pure functions, nothing is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from nova_rft.spec import Spec, digest

# Field of the spec's training section, and Bedrock's name for it.
# Which version of the reward a job calls: traces and metrics are kept by it.
VERSION_TAG: Final = "nova-rft:reward-version"
_HYPERPARAMETERS: Final = {
    "epochs": "epochCount",
    "batch_size": "batchSize",
    "samples_per_prompt": "trainingSamplePerPrompt",
    "learning_rate": "learningRate",
    "max_prompt_length": "maxPromptLength",
    "max_new_tokens": "inferenceMaxTokens",
    "reasoning_effort": "reasoningEffort",
    "eval_interval": "evalInterval",
}


@dataclass(frozen=True, slots=True)
class Records:
    """One file of records: its content's digest, how many it holds."""

    digest: str
    count: int


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes a job this job and no other.

    Attributes:
        digest: Of the resolved spec, the records and the reward's version.
        attempt: From 1; raised by `--again` after a failure.
    """

    project: str
    stage: str
    digest: str
    attempt: int = 1

    @property
    def name(self) -> str:
        """The job's name, 63 characters at most; it finds the job again without any local file."""
        return f"{self.project}-{self.stage}-{self.digest[:12]}-{self.attempt}"

    @property
    def token(self) -> str:
        """Bedrock's `clientRequestToken`: the same request sent twice makes one job."""
        return digest([self.project, self.stage, self.digest, self.attempt])


def identify(
    spec: Spec, training: Records, validation: Records | None, reward_version_arn: str
) -> str:
    """Digest of everything that a job's result depends on.

    File names do not count, their content does.
    """
    asked = spec.model_dump(mode="json", exclude={"data"})
    held = validation.digest if validation else None
    return digest([asked, training.digest, held, reward_version_arn])


def rft_request(
    spec: Spec,
    identity: Identity,
    *,
    training_uri: str,
    validation_uri: str | None,
    output_uri: str,
    role_arn: str,
    reward_version_arn: str,
    records: int,
) -> dict[str, Any]:
    """Parameters of `CreateModelCustomizationJob` for reinforcement fine-tuning on Bedrock.

    Source: botocore 1.44.5's service model and AWS's samples. Hyperparameters that the spec leaves
    out are left out here, so that the service's defaults hold.
    """
    given = spec.training.model_dump(mode="json", exclude_none=True)
    tags = _tags(spec, identity, reward_version_arn, records)
    request: dict[str, Any] = {
        "jobName": identity.name,
        "customModelName": identity.name,
        "roleArn": role_arn,
        "clientRequestToken": identity.token,
        "baseModelIdentifier": spec.model,
        "customizationType": "REINFORCEMENT_FINE_TUNING",
        "jobTags": tags,
        "customModelTags": tags,
        "trainingDataConfig": {"s3Uri": training_uri},
        "outputDataConfig": {"s3Uri": output_uri},
        "customizationConfig": {
            "rftConfig": {
                "graderConfig": {"lambdaGrader": {"lambdaArn": reward_version_arn}},
                "hyperParameters": {_HYPERPARAMETERS[key]: value for key, value in given.items()},
            }
        },
    }
    if validation_uri is not None:
        request["validationDataConfig"] = {"validators": [{"s3Uri": validation_uri}]}
    return request


def _tags(
    spec: Spec, identity: Identity, reward_version_arn: str, records: int
) -> list[dict[str, str]]:
    tags = {
        "nova-rft:project": spec.project,
        "nova-rft:stage": spec.stage,
        "nova-rft:digest": identity.digest,
        "nova-rft:attempt": str(identity.attempt),
        VERSION_TAG: reward_version_arn.rsplit(":", 1)[-1],
        "nova-rft:records": str(records),
    }
    return [{"key": key, "value": value} for key, value in tags.items()]
