"""CloudFormation's resources of SageMaker: hubs and model package groups (hub contents have none)."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from moto.core.common_models import CloudFormationModel

from nova_rft.local_aws._cloudformation import Resource
from nova_rft.local_aws._protocol import ServiceError
from nova_rft.local_aws.sagemaker._hubs import Hubs
from nova_rft.local_aws.sagemaker._names import last_part
from nova_rft.local_aws.sagemaker._packages import Packages


def attach(hubs: Hubs, packages: Packages) -> None:
    """Says where stacks make their resources: moto makes these classes itself, without arguments."""
    Hub.hubs, ModelPackageGroup.packages = hubs, packages


class Hub(Resource, CloudFormationModel):
    """A hub; Ref is its ARN."""

    kind = "AWS::SageMaker::Hub"
    name_property = "HubName"
    attributes = ("HubArn", "HubStatus")
    hubs: ClassVar[Hubs]

    @classmethod
    def make(cls, name: str, given: dict[str, Any], account: str, region: str) -> Self:
        """Makes it by CreateHub's fields, which are the same."""
        arn = cls.hubs.create({**given, "HubName": name}, region)
        return cls(arn, {"HubArn": arn, "HubStatus": "InService"})

    @classmethod
    def change(
        cls, before: Self, name: str, given: dict[str, Any], account: str, region: str
    ) -> Self:
        """Changes all but the name; another name is another hub."""
        if last_part(before.physical_resource_id) != name:
            return cls.make(name, given, account, region)
        cls.hubs.change(name, region, given)
        return before

    @classmethod
    def remove(cls, physical_id: str, account: str, region: str) -> None:
        """Deletes it, where it is empty."""
        try:
            cls.hubs.delete(physical_id, region)
        except ServiceError as error:
            raise ValueError(f"{physical_id} cannot be deleted: {error}") from None


class ModelPackageGroup(Resource, CloudFormationModel):
    """A group of model packages; Ref is its ARN."""

    kind = "AWS::SageMaker::ModelPackageGroup"
    name_property = "ModelPackageGroupName"
    attributes = ("ModelPackageGroupArn", "ModelPackageGroupStatus")
    packages: ClassVar[Packages]

    @classmethod
    def make(cls, name: str, given: dict[str, Any], account: str, region: str) -> Self:
        """Makes it by CreateModelPackageGroup's fields, but for its policy, which nothing enforces."""
        kept = {key: value for key, value in given.items() if key != "ModelPackageGroupPolicy"}
        arn = cls.packages.create_group({**kept, "ModelPackageGroupName": name}, region)
        return cls(arn, {"ModelPackageGroupArn": arn, "ModelPackageGroupStatus": "Completed"})

    @classmethod
    def change(
        cls, before: Self, name: str, given: dict[str, Any], account: str, region: str
    ) -> Self:
        """Changes its tags; another name is another group."""
        if last_part(before.physical_resource_id) != name:
            return cls.make(name, given, account, region)
        cls.packages.change_group(before.physical_resource_id, given)
        return before

    @classmethod
    def remove(cls, physical_id: str, account: str, region: str) -> None:
        """Deletes it, where it is empty."""
        try:
            cls.packages.delete_group(physical_id)
        except ServiceError as error:
            raise ValueError(f"{physical_id} cannot be deleted: {error}") from None
