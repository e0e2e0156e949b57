"""What moto's CloudFormation lacks of the resources that a CDK app makes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from moto.backends import get_backend
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel
from moto.core.exceptions import ServiceException

from nova_rft.local_aws import _stack_update


def register() -> None:
    """Makes moto find the classes of this module, which defines them by being imported."""
    _stack_update.register()
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()


def _attribute(resource: Any, name: str) -> str:
    from moto.cloudformation.exceptions import UnformattedGetAttTemplateException

    try:
        value: str = resource.attributes[name]
    except KeyError:
        raise UnformattedGetAttTemplateException from None
    return value


class BucketPolicy(CloudFormationModel):
    """AWS::S3::BucketPolicy: kept where GetBucketPolicy shows it.

    moto would enforce it without looking at its conditions, and refuse every upload for one that denies
    plain HTTP; so it is kept beside the bucket and not enforced.
    """

    def __init__(self, bucket: str) -> None:
        self.physical_resource_id = bucket

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::S3::BucketPolicy"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> BucketPolicy:
        return cls(cloudformation_json["Properties"]["Bucket"])

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> BucketPolicy:
        return cls(cloudformation_json["Properties"]["Bucket"])

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        """Nothing was put into the bucket."""


class Alarm(CloudFormationModel):
    """AWS::CloudWatch::Alarm: a real alarm of moto's, by PutMetricAlarm's fields."""

    def __init__(self, name: str, arn: str) -> None:
        self.physical_resource_id = name
        self.attributes = {"Arn": arn}

    def get_cfn_attribute(self, attribute_name: str) -> str:
        return _attribute(self, attribute_name)

    @staticmethod
    def cloudformation_name_type() -> str:
        return "AlarmName"

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::CloudWatch::Alarm"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "Arn"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> Alarm:
        given = cloudformation_json["Properties"]
        dimensions = [{"Name": d["Name"], "Value": d["Value"]} for d in given.get("Dimensions", ())]
        alarm = get_backend("cloudwatch")[account_id][region_name].put_metric_alarm(
            name=resource_name,
            namespace=given.get("Namespace", ""),
            metric_name=given.get("MetricName", ""),
            comparison_operator=given["ComparisonOperator"],
            evaluation_periods=int(given["EvaluationPeriods"]),
            period=int(given.get("Period", 60)),
            threshold=float(given.get("Threshold", 0)),
            statistic=given.get("Statistic", ""),
            description=given.get("AlarmDescription", ""),
            dimensions=dimensions,
            alarm_actions=given.get("AlarmActions", []),
            treat_missing_data=given.get("TreatMissingData"),
        )
        return cls(resource_name, alarm.alarm_arn)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Alarm:
        return cls.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name
        )

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        get_backend("cloudwatch")[account_id][region_name].delete_alarms([resource_name])


class FunctionVersion(CloudFormationModel):
    """AWS::Lambda::Version with the attributes that moto's lacks; published once, kept for good."""

    def __init__(self, arn: str, version: str) -> None:
        self.physical_resource_id = arn
        self.attributes = {"Version": version, "FunctionArn": arn}

    def get_cfn_attribute(self, attribute_name: str) -> str:
        return _attribute(self, attribute_name)

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Lambda::Version"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in ("Version", "FunctionArn")

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> FunctionVersion:
        given = cloudformation_json["Properties"]
        backend = get_backend("lambda")[account_id][region_name]
        function = backend.publish_version(given["FunctionName"], given.get("Description", ""))
        if function is None:
            raise ValueError(f"no function {given['FunctionName']} to publish a version of")
        return cls(function.function_arn, str(function.version))

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Any:
        return original_resource

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        name, version = resource_name.rsplit(":", 2)[-2:]
        get_backend("lambda")[account_id][region_name].delete_function(name, version)


class FunctionAlias(CloudFormationModel):
    """AWS::Lambda::Alias."""

    def __init__(self, arn: str) -> None:
        self.physical_resource_id = arn
        self.attributes = {"AliasArn": arn}

    def get_cfn_attribute(self, attribute_name: str) -> str:
        return _attribute(self, attribute_name)

    @staticmethod
    def cloudformation_name_type() -> str:
        return ""

    @staticmethod
    def cloudformation_type() -> str:
        return "AWS::Lambda::Alias"

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr == "AliasArn"

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> FunctionAlias:
        given = cloudformation_json["Properties"]
        alias = get_backend("lambda")[account_id][region_name].create_alias(
            given["Name"],
            given["FunctionName"],
            given["FunctionVersion"],
            given.get("Description", ""),
            routing_config="",
        )
        return cls(alias.arn)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> FunctionAlias:
        given = cloudformation_json["Properties"]
        alias = get_backend("lambda")[account_id][region_name].update_alias(
            given["Name"],
            given["FunctionName"],
            given["FunctionVersion"],
            given.get("Description", ""),
            routing_config="",
        )
        return cls(alias.arn)

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        function, alias = resource_name.rsplit(":", 2)[-2:]
        # Where the function went first, its aliases went with it.
        with suppress(ServiceException):
            get_backend("lambda")[account_id][region_name].delete_alias(alias, function)
