"""What moto's CloudFormation lacks of the resources that a CDK app makes."""

from __future__ import annotations

import json
import zlib
from typing import Any, ClassVar, Self

from moto.backends import get_backend
from moto.cloudformation import parsing
from moto.cloudformation.exceptions import UnformattedGetAttTemplateException
from moto.cloudwatch.models import Dimension, Metric, MetricDataQuery, MetricStat
from moto.core.common_models import CloudFormationModel

from nova_rft.local_aws import _deletions, _stack_update


def register() -> None:
    """Makes moto find the classes of this module, which defines them by being imported."""
    _stack_update.register()
    _deletions.register()
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()


class Resource:
    """What the resources below share; each is a direct subclass of moto's model as well.

    moto looks for direct subclasses alone, so this class is beside that model, not between.
    """

    kind: ClassVar[str]
    name_property: ClassVar[str] = ""
    attributes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, physical_id: str, values: dict[str, str] | None = None) -> None:
        self.physical_resource_id = physical_id
        self._values = values or {}

    def get_cfn_attribute(self, attribute_name: str) -> str:
        try:
            return self._values[attribute_name]
        except KeyError:
            raise UnformattedGetAttTemplateException from None

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.kind

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return cls.name_property

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in cls.attributes

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **kwargs: Any,
    ) -> Self:
        return cls.make(resource_name, cloudformation_json["Properties"], account_id, region_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Self,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        given = cloudformation_json["Properties"]
        return cls.change(original_resource, new_resource_name, given, account_id, region_name)

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        cls.remove(resource_name, account_id, region_name)

    @classmethod
    def make(cls, name: str, given: dict[str, Any], account: str, region: str) -> Self:
        """Makes the resource from its properties."""
        raise NotImplementedError

    @classmethod
    def change(
        cls, before: Self, name: str, given: dict[str, Any], account: str, region: str
    ) -> Self:
        """Makes it anew where it has no better way."""
        return cls.make(name, given, account, region)

    @classmethod
    def remove(cls, physical_id: str, account: str, region: str) -> None:
        """Removes it, where there is something to remove."""


class BucketPolicy(Resource, CloudFormationModel):
    """A policy that GetBucketPolicy shows; `_moto` says how far it is enforced."""

    kind = "AWS::S3::BucketPolicy"

    @classmethod
    def make(cls, name: str, given: dict[str, Any], account: str, region: str) -> Self:
        """Named after its bucket."""
        document = json.dumps(given["PolicyDocument"]).encode()
        get_backend("s3")[account]["aws"].put_bucket_policy(given["Bucket"], document)
        return cls(given["Bucket"])

    @classmethod
    def remove(cls, physical_id: str, account: str, region: str) -> None:
        """Takes it off the bucket."""
        get_backend("s3")[account]["aws"].delete_bucket_policy(physical_id)


class TopicPolicy(Resource, CloudFormationModel):
    """The Policy attribute of some topics; they keep their last one, as in AWS."""

    kind = "AWS::SNS::TopicPolicy"

    @classmethod
    def make(cls, name: str, given: dict[str, Any], account: str, region: str) -> Self:
        """Puts it onto each topic."""
        document = json.dumps(given["PolicyDocument"])
        for topic in given["Topics"]:
            get_backend("sns")[account][region].set_topic_attribute(topic, "policy", document)
        return cls(f"topic-policy-{zlib.crc32(document.encode()):08x}")


class Alarm(Resource, CloudFormationModel):
    """A real alarm of moto's, by PutMetricAlarm's fields."""

    kind = "AWS::CloudWatch::Alarm"
    name_property = "AlarmName"
    attributes = ("Arn",)

    @classmethod
    def make(cls, name: str, given: dict[str, Any], account: str, region: str) -> Self:
        """Put again under the same name, it is changed."""
        dimensions = [{"Name": d["Name"], "Value": d["Value"]} for d in given.get("Dimensions", ())]
        alarm = get_backend("cloudwatch")[account][region].put_metric_alarm(
            name=name,
            namespace=given.get("Namespace", ""),
            metric_name=given.get("MetricName", ""),
            comparison_operator=given["ComparisonOperator"],
            evaluation_periods=int(given["EvaluationPeriods"]),
            period=int(given.get("Period", 60)),
            threshold=float(given.get("Threshold", 0)),
            statistic=given.get("Statistic", ""),
            description=given.get("AlarmDescription", ""),
            dimensions=dimensions,
            metric_data_queries=[_query(one) for one in given.get("Metrics", ())],
            datapoints_to_alarm=given.get("DatapointsToAlarm"),
            extended_statistic=given.get("ExtendedStatistic"),
            alarm_actions=given.get("AlarmActions", []),
            ok_actions=given.get("OKActions", []),
            insufficient_data_actions=given.get("InsufficientDataActions", []),
            unit=given.get("Unit"),
            actions_enabled=str(given.get("ActionsEnabled", True)).lower() == "true",
            treat_missing_data=given.get("TreatMissingData"),
        )
        return cls(name, {"Arn": alarm.alarm_arn})

    @classmethod
    def change(
        cls, before: Self, name: str, given: dict[str, Any], account: str, region: str
    ) -> Self:
        """Under its name, which moto generates anew at each change where the template gives none."""
        kept = before.physical_resource_id
        same = kept.rpartition("-")[0] == name.rpartition("-")[0]
        return cls.make(kept if same else name, given, account, region)

    @classmethod
    def remove(cls, physical_id: str, account: str, region: str) -> None:
        """Deletes the alarm."""
        get_backend("cloudwatch")[account][region].delete_alarms([physical_id])


def _query(given: Any) -> MetricDataQuery:
    """One of an alarm's Metrics as moto keeps it."""
    stat = given.get("MetricStat")
    return MetricDataQuery(
        query_id=given["Id"],
        label=given.get("Label"),
        period=given.get("Period"),
        return_data=str(given.get("ReturnData", True)).lower(),
        expression=given.get("Expression"),
        metric_stat=_metric_stat(stat) if stat else None,
    )


def _metric_stat(given: Any) -> MetricStat:
    metric = given["Metric"]
    dimensions = [Dimension(one["Name"], one["Value"]) for one in metric.get("Dimensions", ())]
    return MetricStat(
        Metric(metric.get("MetricName"), metric.get("Namespace"), dimensions),
        given["Period"],
        given["Stat"],
        given.get("Unit"),
    )


class FunctionVersion(Resource, CloudFormationModel):
    """A published version, with the attributes that moto's own class lacks."""

    kind = "AWS::Lambda::Version"
    attributes = ("Version", "FunctionArn")

    @classmethod
    def make(cls, name: str, given: dict[str, Any], account: str, region: str) -> Self:
        """Publishes what the function is now."""
        backend = get_backend("lambda")[account][region]
        function = backend.publish_version(given["FunctionName"], given.get("Description", ""))
        if function is None:
            raise ValueError(f"no function {given['FunctionName']} to publish a version of")
        arn = function.function_arn
        return cls(arn, {"Version": str(function.version), "FunctionArn": arn})

    @classmethod
    def change(
        cls, before: Self, name: str, given: dict[str, Any], account: str, region: str
    ) -> Self:
        """A version never changes."""
        return before

    @classmethod
    def remove(cls, physical_id: str, account: str, region: str) -> None:
        """Deletes this version alone."""
        name, version = physical_id.rsplit(":", 2)[-2:]
        get_backend("lambda")[account][region].delete_function(name, version)


class FunctionAlias(Resource, CloudFormationModel):
    """A name for a version."""

    kind = "AWS::Lambda::Alias"
    attributes = ("AliasArn",)

    @classmethod
    def make(cls, name: str, given: dict[str, Any], account: str, region: str) -> Self:
        """Points a new name at a version."""
        return cls._from(get_backend("lambda")[account][region].create_alias, given)

    @classmethod
    def change(
        cls, before: Self, name: str, given: dict[str, Any], account: str, region: str
    ) -> Self:
        """Points the name at another version."""
        return cls._from(get_backend("lambda")[account][region].update_alias, given)

    @classmethod
    def _from(cls, put: Any, given: dict[str, Any]) -> Self:
        alias = put(
            given["Name"],
            given["FunctionName"],
            given["FunctionVersion"],
            given.get("Description", ""),
            routing_config="",
        )
        return cls(alias.arn, {"AliasArn": alias.arn})

    @classmethod
    def remove(cls, physical_id: str, account: str, region: str) -> None:
        """Deletes the name."""
        function, alias = physical_id.rsplit(":", 2)[-2:]
        get_backend("lambda")[account][region].delete_alias(alias, function)
