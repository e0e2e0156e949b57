"""Storage: buckets for records, for what jobs write, and for the access logs of both."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from settings import Settings


class Storage(cdk.Stack):
    """Buckets that outlive the stack: records and results are not CloudFormation's to delete."""

    def __init__(self, scope: Construct, name: str, settings: Settings, **props: Any) -> None:
        super().__init__(scope, name, **props)
        logs = _bucket(self, "AccessLogs", settings)
        _expire(logs, "expire-access-logs", settings.stage.kept.access_log_days)
        self.data = _bucket(self, "Data", settings, access_logs=logs)
        self.output = _bucket(self, "Output", settings, access_logs=logs)
        _expire(self.output, "expire-traces", settings.stage.kept.trace_days, prefix="traces/")
        cdk.CfnOutput(self, "DataBucket", value=self.data.bucket_name)
        cdk.CfnOutput(self, "OutputBucket", value=self.output.bucket_name)
        # Exported whether or not another stack of this spec imports them: a stack that an earlier spec
        # left still may, and CloudFormation would refuse to take an export away.
        for value in (self.data.bucket_arn, self.output.bucket_arn, self.output.bucket_name):
            self.export_value(value)


def _bucket(
    scope: Construct, name: str, settings: Settings, *, access_logs: s3.Bucket | None = None
) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        name,
        encryption=s3.BucketEncryption.S3_MANAGED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        versioned=True,
        removal_policy=cdk.RemovalPolicy.RETAIN,
        server_access_logs_bucket=access_logs,
        server_access_logs_prefix=f"{name.lower()}/" if access_logs else None,
    )
    bucket.add_lifecycle_rule(
        id="tidy",
        abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
        noncurrent_version_expiration=cdk.Duration.days(settings.stage.kept.noncurrent_days),
    )
    return bucket


def _expire(bucket: s3.Bucket, rule: str, days: int, *, prefix: str | None = None) -> None:
    bucket.add_lifecycle_rule(id=rule, prefix=prefix, expiration=cdk.Duration.days(days))
