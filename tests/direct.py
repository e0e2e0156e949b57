"""Stacks for tests that need them there: made by the same CDK app, without the CDK's command line.

The command line's start costs more than all that it does; what deploying itself does is tested with it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import boto3

from tests.support import ROOT, Cloud

_ACCOUNT = "123456789012"


def deploy_directly(cloud: Cloud, spec: Path) -> dict[str, dict[str, str]]:
    """Makes or updates a spec's stacks; their outputs by part."""
    sys.path[:0] = [path for path in [str(ROOT / "infra")] if path not in sys.path]
    # cdk-nag stays; the library's own validation runs in `make check`.
    os.environ["CDK_VALIDATION"] = "false"
    os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "20"
    # After that: jsii starts its kernel, once for the test's process.
    from app import build
    from settings import from_environment

    region = cloud.environment["AWS_DEFAULT_REGION"]
    settings = from_environment(
        {
            **cloud.environment,
            "NOVA_RFT_SPEC": str(spec),
            "CDK_DEFAULT_ACCOUNT": _ACCOUNT,
            "CDK_DEFAULT_REGION": region,
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        assembly = build(settings, outdir=folder).synth()
        session = _session(cloud, region)
        for manifest in sorted(Path(folder).glob("*.assets.json")):
            _publish(session, cloud, json.loads(manifest.read_text()), Path(folder))
        made = {stack.stack_name: stack.template for stack in assembly.stacks}
        outputs = {name: _make(session, cloud, name, made[name]) for name in made}
    start = len(settings.spec.stack_name(""))
    return {name[start:]: values for name, values in outputs.items()}


def _session(cloud: Cloud, region: str) -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=cloud.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=cloud.environment["AWS_SECRET_ACCESS_KEY"],
        region_name=region,
    )


def _publish(
    session: boto3.Session,
    cloud: Cloud,
    manifest: dict[str, dict[str, dict[str, object]]],
    at: Path,
) -> None:
    """Uploads the files that a stack needs, but for its template."""
    s3 = session.client("s3", endpoint_url=cloud.environment["AWS_ENDPOINT_URL"])
    known = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for asset in manifest["files"].values():
        source = at / asset["source"]["path"]  # type: ignore[index]
        if source.name.endswith(".template.json"):
            continue
        assert source.is_file(), f"{source}: only archives are published here"
        for destination in asset["destinations"].values():  # type: ignore[attr-defined]
            bucket = destination["bucketName"]
            if bucket not in known:
                s3.create_bucket(Bucket=bucket)
                known.add(bucket)
            s3.upload_file(str(source), bucket, destination["objectKey"])


def _make(
    session: boto3.Session, cloud: Cloud, name: str, template: dict[str, object]
) -> dict[str, str]:
    client = session.client("cloudformation", endpoint_url=cloud.environment["AWS_ENDPOINT_URL"])
    known = {stack["StackName"] for stack in client.describe_stacks()["Stacks"]}
    act = client.update_stack if name in known else client.create_stack
    act(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"])
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"].endswith("_COMPLETE"), stack.get("StackStatusReason")
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}
