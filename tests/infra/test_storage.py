from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.infra.conftest import KINDS, Templates, resources


def _buckets(templates: Templates) -> dict[str, dict[str, Any]]:
    return resources(templates["storage"], "AWS::S3::Bucket")


def test_buckets_are_encrypted_versioned_private_and_kept(templates: Templates) -> None:
    buckets = _buckets(templates)
    assert len(buckets) == 3
    for bucket in buckets.values():
        properties = bucket["Properties"]
        (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
        assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
        (owner,) = properties["OwnershipControls"]["Rules"]
        assert owner["ObjectOwnership"] == "BucketOwnerEnforced"
        assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"


def test_every_bucket_refuses_plain_http(templates: Templates) -> None:
    policies = resources(templates["storage"], "AWS::S3::BucketPolicy").values()
    refused = {
        policy["Properties"]["Bucket"]["Ref"]
        for policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Action"] == "s3:*"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }
    assert refused == set(_buckets(templates))


def test_lifecycle(templates: Templates) -> None:
    rules = {
        name: {rule["Id"]: rule for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"]}
        for name, bucket in _buckets(templates).items()
    }
    for bucket in rules.values():
        assert bucket["tidy"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
        assert bucket["tidy"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    (traces,) = [bucket["expire-traces"] for bucket in rules.values() if "expire-traces" in bucket]
    assert (traces["Prefix"], traces["ExpirationInDays"]) == ("traces/", 180)
    (logs,) = [b["expire-access-logs"] for b in rules.values() if "expire-access-logs" in b]
    assert logs["ExpirationInDays"] == 365
    # Records never expire, nor what jobs write: traces alone do.
    assert {name[:-8]: sorted(bucket) for name, bucket in rules.items()} == {
        "AccessLogs": ["expire-access-logs", "tidy"],
        "Data": ["tidy"],
        "Output": ["expire-traces", "tidy"],
    }


def test_access_is_logged(templates: Templates) -> None:
    logged = {
        name: bucket["Properties"].get("LoggingConfiguration", {}).get("LogFilePrefix")
        for name, bucket in _buckets(templates).items()
    }
    assert sorted(map(str, logged.values())) == ["None", "data/", "output/"]


def test_outputs(templates: Templates) -> None:
    assert {"DataBucket", "OutputBucket"} <= set(templates["storage"]["Outputs"])


def test_every_cell_has_the_same_storage(of_kind: Callable[[str], Templates]) -> None:
    """No bucket is replaced, and no export taken away, when a project's spec becomes another's."""
    first, *others = (of_kind(kind)["storage"] for kind in KINDS)
    assert all(other == first for other in others)
    imported = {
        name
        for kind in KINDS
        for name in re.findall(r'"p-dev-storage:(\w+)"', json.dumps(of_kind(kind)))
    }
    exported = {output.get("Export", {}).get("Name") for output in first["Outputs"].values()}
    assert {f"p-dev-storage:{name}" for name in imported} == exported - {None}
