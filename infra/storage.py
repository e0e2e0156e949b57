"""Storage: buckets for records, for what jobs write, and for the access logs of both."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from given import hold_something
from keys import imported
from settings import Settings


class Storage(cdk.Stack):
    """Buckets for records and results: the stage's own, or those that it names.

    Unless the stage says otherwise they outlive the stack: what they hold is not CloudFormation's to
    delete.
    """

    def __init__(
        self,
        scope: Construct,
        name: str,
        settings: Settings,
        *,
        key: str | None = None,
        **props: Any,
    ) -> None:
        super().__init__(scope, name, **props)
        named = settings.stage.buckets
        logs = None if named.data and named.output else _access_logs(self, settings)
        own = imported(self, "Key", key)
        self.data = _there(self, "Data", named.data) or _bucket(self, "Data", settings, logs, own)
        self.output = _there(self, "Output", named.output) or _bucket(
            self, "Output", settings, logs, own
        )
        if isinstance(self.output, s3.Bucket):
            _expire(self.output, "expire-traces", settings.stage.kept.trace_days, prefix="traces/")
        cdk.CfnOutput(self, "DataBucket", value=self.data.bucket_name)
        cdk.CfnOutput(self, "OutputBucket", value=self.output.bucket_name)
        hold_something(self)
        # Exported whether or not another stack of this spec imports them: a stack that an earlier spec
        # left still may, and CloudFormation would refuse to take an export away.
        for value in (self.data.bucket_arn, self.output.bucket_arn, self.output.bucket_name):
            if cdk.Token.is_unresolved(value):
                self.export_value(value)


def _there(scope: Construct, name: str, bucket: str | None) -> s3.IBucket | None:
    """A bucket that is there already: nothing about it is ours to change."""
    return s3.Bucket.from_bucket_name(scope, name, bucket) if bucket else None


def _access_logs(scope: Construct, settings: Settings) -> s3.Bucket:
    # S3 writes access logs into no bucket whose default encryption is a customer key ("Enabling Amazon
    # S3 server access logging").
    logs = _bucket(scope, "AccessLogs", settings)
    _expire(logs, "expire-access-logs", settings.stage.kept.access_log_days)
    return logs


def _bucket(
    scope: Construct,
    name: str,
    settings: Settings,
    access_logs: s3.Bucket | None = None,
    key: kms.IKey | None = None,
) -> s3.Bucket:
    bucket = s3.Bucket(
        scope,
        name,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=key,
        # One data key for many objects: a call to KMS for each would cost more than the storage.
        bucket_key_enabled=True if key else None,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        versioned=True,
        removal_policy=settings.removal,
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
