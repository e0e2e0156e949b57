"""The custom models that a project's jobs left on Bedrock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.spec import Spec


@dataclass(frozen=True, slots=True)
class CustomModel:
    """A custom model: its name, its ARN, and the customer key that it is encrypted with, if any."""

    name: str
    arn: str
    key_arn: str | None


def custom_models(aws: Aws, spec: Spec) -> Iterator[CustomModel]:
    """Those of a project and stage, told by their tags: of names that begin alike not all are its.

    Raises:
        AwsRefused: AWS does not let the caller look.
    """
    client = aws.client("bedrock")
    ours = {"nova-rft:project": spec.project, "nova-rft:stage": spec.stage}
    with aws_errors():
        pages = client.get_paginator("list_custom_models").paginate(
            nameContains=f"{spec.project}-{spec.stage}-"
        )
        for page in pages:
            for model in page["modelSummaries"]:
                arn = model["modelArn"]
                tags = client.list_tags_for_resource(resourceARN=arn)["tags"]
                if ours.items() <= {tag["key"]: tag["value"] for tag in tags}.items():
                    about = client.get_custom_model(modelIdentifier=arn)
                    yield CustomModel(model["modelName"], arn, about.get("modelKmsKeyArn"))
