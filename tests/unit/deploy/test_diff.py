from __future__ import annotations

from typing import Any

from nova_rft.deploy import Change, Diff, StackDiff
from nova_rft.deploy._diff import changes

BUCKET: dict[str, Any] = {
    "Type": "AWS::S3::Bucket",
    "Properties": {"Versioning": {"Status": "Enabled", "Mfa": "no"}},
    "DeletionPolicy": "Retain",
    "Metadata": {"aws:cdk:path": "one"},
}


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": resources, "Outputs": {"Name": {"Value": {"Ref": "Data"}}}}


def test_templates_alike_but_for_metadata_do_not_differ() -> None:
    other = {**BUCKET, "Metadata": {"aws:cdk:path": "another"}}
    assert list(changes(template(Data=BUCKET), template(Data=other))) == []


def test_each_resource_and_output_that_differs_is_named_with_its_properties() -> None:
    changed = {
        **BUCKET,
        "DeletionPolicy": "Delete",
        "Properties": {"Versioning": {"Status": "Suspended", "Mfa": "no"}, "Tags": []},
    }
    wanted = template(Data=changed, More=BUCKET)
    del wanted["Outputs"]["Name"]
    assert list(changes(template(Data=BUCKET, Gone=BUCKET), wanted)) == [
        Change(
            "Data", "AWS::S3::Bucket", "modify", ("DeletionPolicy", "Tags", "Versioning.Status")
        ),
        Change("Gone", "AWS::S3::Bucket", "remove"),
        Change("More", "AWS::S3::Bucket", "add"),
        Change("Name", "output", "remove"),
    ]


def test_a_stack_that_is_not_there_is_a_change() -> None:
    there, missing = StackDiff("one", True, ()), StackDiff("other", False, ())
    assert not Diff((there,), ("left",), "").changed
    assert Diff((there, missing), (), "").changed
