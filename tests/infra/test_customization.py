from __future__ import annotations

from typing import Any

from tests.infra.conftest import ACCOUNT, Templates, only, statements


def test_only_this_accounts_jobs_can_assume_the_role(templates: Templates) -> None:
    role = only(templates["customization"], "AWS::IAM::Role")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "bedrock.amazonaws.com"}
    assert trust["Action"] == "sts:AssumeRole"
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
        "ArnEquals": {
            "aws:SourceArn": f"arn:aws:bedrock:us-east-1:{ACCOUNT}:model-customization-job/*"
        },
    }


def _tail(resource: Any) -> str:
    return resource["Fn::Join"][1][-1] if "Fn::Join" in resource else ""


def test_least_rights(templates: Templates) -> None:
    granted = [
        (str(s["Action"]), _tail(s["Resource"]), s.get("Condition"))
        for s in statements(templates["customization"])
    ]
    assert sorted(granted, key=str) == sorted(
        [
            ("s3:GetObject", "/datasets/*", None),
            ("s3:ListBucket", "", {"StringLike": {"s3:prefix": "datasets/*"}}),
            ("['s3:GetObject', 's3:PutObject']", "/jobs/*", None),
            ("s3:ListBucket", "", {"StringLike": {"s3:prefix": "jobs/*"}}),
            ("lambda:InvokeFunction", ":*", None),
        ],
        key=str,
    )


def test_outputs(templates: Templates) -> None:
    assert set(templates["customization"]["Outputs"]) == {"JobRoleArn"}
