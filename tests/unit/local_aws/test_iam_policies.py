"""Policies decided without a server: effects, patterns, conditions, and what is refused as unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nova_rft.local_aws.iam import Unsupported, Verdict, trusts, verdict

OBJECT = "arn:aws:s3:::bucket/datasets/a.jsonl"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(
    effect: str, action: Any, resource: Any = "*", condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    made = {"Effect": effect, "Action": action, "Resource": resource}
    return {**made, "Condition": condition} if condition else made


def decided(document: str, action: str, resource: str, **context: str) -> Verdict:
    keys = {key.replace("_", ":", 1).lower(): value for key, value in context.items()}
    return verdict([document], action, resource, keys)


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        ("s3:GetObject", "arn:aws:s3:::bucket/datasets/*", Verdict.ALLOWED),
        ("S3:getobject", "arn:aws:s3:::bucket/datasets/?.jsonl", Verdict.ALLOWED),
        ("s3:Get*", "*", Verdict.ALLOWED),
        (["s3:PutObject", "s3:GetObject"], ["arn:aws:s3:::other/*", OBJECT], Verdict.ALLOWED),
        ("s3:GetObject", "arn:aws:s3:::bucket", Verdict.SILENT),
        ("s3:GetObject", "arn:aws:s3:::bucket/jobs/*", Verdict.SILENT),
        ("s3:GetObject", "arn:aws:s3:::bucket.datasets/*", Verdict.SILENT),
        ("s3:GetObjectAcl", "*", Verdict.SILENT),
        # A star in one part of an ARN does not reach into the next.
        ("s3:GetObject", "arn:*:bucket/datasets/a.jsonl", Verdict.SILENT),
    ],
)
def test_what_a_statement_is_about(action: Any, resource: Any, expected: Verdict) -> None:
    document = policy(statement("Allow", action, resource))
    assert decided(document, "s3:GetObject", OBJECT) is expected


def test_an_explicit_deny_wins_wherever_it_stands() -> None:
    allow, deny = statement("Allow", "*"), statement("Deny", "s3:*", "arn:aws:s3:::bucket/*")
    for documents in ([policy(allow, deny)], [policy(deny), policy(allow)]):
        assert verdict(documents, "s3:GetObject", OBJECT, {}) is Verdict.DENIED
        assert verdict(documents, "sns:Publish", "*", {}) is Verdict.ALLOWED


def test_all_but() -> None:
    but = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::secret/*"}
    assert decided(policy(but), "s3:GetObject", OBJECT) is Verdict.ALLOWED
    assert decided(policy(but), "iam:PassRole", "*") is Verdict.SILENT
    assert decided(policy(but), "s3:GetObject", "arn:aws:s3:::secret/a") is Verdict.SILENT


JOB = "arn:aws:bedrock:us-east-1:1:model-customization-job/m/abc"


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ({"StringEquals": {"s3:prefix": "datasets/a"}}, True),
        ({"StringEquals": {"s3:PREFIX": ["x", "datasets/a"]}}, True),
        ({"StringEquals": {"s3:prefix": "datasets/*"}}, False),
        ({"StringLike": {"s3:prefix": "datasets/*"}}, True),
        ({"StringLike": {"s3:prefix": ["jobs/*", "data?ets/*"]}}, True),
        ({"StringNotLike": {"s3:prefix": "jobs/*"}}, True),
        ({"StringNotEquals": {"s3:prefix": ["datasets/a", "b"]}}, False),
        ({"StringEqualsIgnoreCase": {"s3:prefix": "DATASETS/A"}}, True),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:bedrock:us-east-1:1:model-*"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:bedrock:us-east-1:2:*"}}, False),
        ({"ArnNotLike": {"aws:SourceArn": JOB}}, False),
        ({"Bool": {"aws:SecureTransport": True}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, False),
        ({"Null": {"iam:PassedToService": "true"}}, True),
        ({"Null": {"s3:prefix": "true"}}, False),
        # A key that the call does not bring.
        ({"StringEquals": {"iam:PassedToService": "x"}}, False),
        ({"StringEqualsIfExists": {"iam:PassedToService": "x"}}, True),
        ({"StringNotEquals": {"iam:PassedToService": "x"}}, True),
        # All operators and all keys must hold.
        ({"StringLike": {"s3:prefix": "d*"}, "Bool": {"aws:SecureTransport": "false"}}, False),
        ({"StringLike": {"s3:prefix": "d*", "aws:SourceArn": "x"}}, False),
    ],
)
def test_conditions(condition: dict[str, Any], met: bool) -> None:
    document = policy(statement("Allow", "s3:ListBucket", "*", condition))
    given = {"s3_prefix": "datasets/a", "aws_SourceArn": JOB, "aws_SecureTransport": "true"}
    expected = Verdict.ALLOWED if met else Verdict.SILENT
    assert decided(document, "s3:ListBucket", "arn:aws:s3:::bucket", **given) is expected


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ({"DateLessThan": {"s3:prefix": "2020"}}, "operator DateLessThan"),
        ({"ForAnyValue:StringLike": {"s3:prefix": "a"}}, "operator ForAnyValue:StringLike"),
        ({"StringEquals": {"aws:MultiFactorAuthPresent": "true"}}, "key aws:MultiFactorAuth"),
        ({"StringLike": {"s3:prefix": "${aws:username}/*"}}, "policy variables"),
        # Told though the other is not met.
        ({"StringEquals": {"s3:prefix": "no", "aws:Unknown": "x"}}, "key aws:Unknown"),
    ],
)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_what_is_not_known_is_never_decided(
    effect: str, condition: dict[str, Any], says: str
) -> None:
    document = policy(statement("Allow", "*"), statement(effect, "s3:*", "*", condition))
    with pytest.raises(Unsupported, match=says):
        decided(document, "s3:GetObject", OBJECT, s3_prefix="a")
    # What the statement is not about, it does not disturb.
    assert decided(document, "sns:Publish", "*") is Verdict.ALLOWED


def test_a_statement_without_a_resource_is_refused() -> None:
    with pytest.raises(Unsupported, match="names no Resource"):
        decided(policy({"Effect": "Allow", "Action": "s3:*"}), "s3:GetObject", OBJECT)


def trust(principal: Any, condition: dict[str, Any] | None = None, effect: str = "Allow") -> str:
    made = {"Effect": effect, "Principal": principal, "Action": "sts:AssumeRole"}
    return policy({**made, "Condition": condition} if condition else made)


BEDROCK: dict[str, tuple[str, ...]] = {"Service": ("bedrock.amazonaws.com",)}
OURS = {
    "StringEquals": {"aws:SourceAccount": "1"},
    "ArnEquals": {"aws:SourceArn": "arn:aws:bedrock:us-east-1:1:model-customization-job/*"},
}


@pytest.mark.parametrize(
    ("document", "source", "assumed"),
    [
        (trust({"Service": "bedrock.amazonaws.com"}), None, True),
        (trust({"Service": ["a", "bedrock.amazonaws.com"]}, OURS), JOB, True),
        (trust({"Service": "lambda.amazonaws.com"}), JOB, False),
        (trust({"AWS": "bedrock.amazonaws.com"}), JOB, False),
        # Nobody says for whom, or somebody else's job, or another kind of job.
        (trust({"Service": "bedrock.amazonaws.com"}, OURS), None, False),
        (trust({"Service": "bedrock.amazonaws.com"}, OURS), JOB.replace(":1:", ":2:"), False),
        (trust({"Service": "bedrock.amazonaws.com"}, OURS), JOB.replace("custom", "invoc"), False),
        (trust("*"), None, True),
    ],
)
def test_who_is_trusted(document: str, source: str | None, assumed: bool) -> None:
    keys = {"aws:sourceaccount": source.split(":")[4], "aws:sourcearn": source} if source else {}
    assert trusts(document, BEDROCK, keys) is assumed


def test_a_denied_principal_is_not_trusted() -> None:
    allow, deny = (json.loads(trust("*", effect=one))["Statement"][0] for one in ("Allow", "Deny"))
    assert not trusts(policy(allow, deny), BEDROCK, {})
