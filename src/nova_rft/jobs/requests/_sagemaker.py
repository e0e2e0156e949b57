"""What SageMaker's training jobs have in common: channels of records, tags, text for every value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_rft.jobs._identity import Identity, tags_for
from nova_rft.jobs._place import Place
from nova_rft.spec import Spec


def channel(name: str, uri: str, kind: str = "S3Prefix") -> dict[str, Any]:
    """One channel of a training job's input."""
    source = {"S3DataType": kind, "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def record_channels(spec: Spec, place: Place) -> list[dict[str, Any]]:
    """The channels of the records; SageMaker is told where they are Bedrock's conversations."""
    kind = "S3Prefix" if spec.technique == "rft" else "Converse"
    found = [channel("train", place.training_uri, kind)]
    if place.validation_uri is not None:
        found.append(channel("validation", place.validation_uri, kind))
    return found


def sagemaker_tags(spec: Spec, identity: Identity, place: Place) -> list[dict[str, str]]:
    """Our tags as SageMaker writes them."""
    return [{"Key": key, "Value": value} for key, value in tags_for(spec, identity, place).items()]


def surroundings(place: Place) -> dict[str, Any]:
    """Where results go and by which key they are encrypted; the VPC that the job runs in.

    There is no key for volumes: the instances that Nova trains on have disks of their own, which
    SageMaker encrypts itself and for which it takes no key (CreateTrainingJob, `VolumeKmsKeyId`).
    """
    output = {"S3OutputPath": place.output_uri}
    if place.storage_key_arn is not None:
        output["KmsKeyId"] = place.storage_key_arn
    around: dict[str, Any] = {"OutputDataConfig": output}
    if place.subnets:
        around["VpcConfig"] = {
            "Subnets": list(place.subnets),
            "SecurityGroupIds": list(place.security_groups),
        }
    return around


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Hyperparameters as SageMaker takes them, written as its own SDK writes them (True, 1e-05)."""
    return {name: str(value) for name, value in values.items()}
