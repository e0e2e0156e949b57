"""Policies of templates with plain names, as docs/least-privilege.md has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.iam.grants import Grant, grants
from tests.iam.page import PROJECT
from tests.infra.conftest import ACCOUNT, resources
from tests.infra.stages import BUCKETS, JOB, KEY

# What a token stands for: an import by its export's name, a resource of the same stack by its id.
_TOKENS = {
    r"\S+-storage:ExportsOutputFnGetAttData\w+": "DATA",
    r"\S+-storage:ExportsOutputFnGetAttOutput\w+": "OUTPUT",
    r"\S+-reward:ExportsOutputFnGetAttFunction\w+": "REWARD",
    r"\S+-customization:ExportsOutputFnGetAttJobRole\w+": "JOB-ROLE",
    r"\S+-packages:PackageGroupName": "GROUP",
    r"\S+-evaluators:HubName": "HUB",
    r"\S+-key:ExportsOutputFnGetAttKey\w+": "STAGE-KEY",
    r"\S+-network:ExportsOutput(Ref|FnGetAtt)\w+": "OURS",
    r"(\S+:ExportsOutputRef)?Notices\w+": "TOPIC",
    r"JobRole\w+": "JOB-ROLE",
    r"AnswersKey\w+": "KEY",
    r"Judges\w+": "TABLE",
    r"Runs\w+": "RUNS",
    r"DeadLetters\w+": "LETTERS",
    r"CodeFunctionCurrentVersion\w+": "CODE:VERSION",
    r"Steps\w{8}": "STEPS",
    r"Function\w{8}": "SCORE",
    r"(Steps|Events|Start|Slack)?Log\w+": "LOG",
}
# The same where a template has a name in full.
_NAMES = {
    re.escape(KEY): "STAGE-KEY",
    re.escape(JOB): "JOB-ROLE",
    f"arn:aws:sns:us-east-1:{ACCOUNT}:ours": "TOPIC",
    rf"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:model-[\w-]+": "MODEL-KEY",
    rf"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:[\w-]+": "SECRET",
    rf"arn:aws:s3:::cdk-\w+-assets-{ACCOUNT}-us-east-1/\w+\.zip": "PACK",
    f"arn:aws:s3:::{BUCKETS['data']}": "DATA",
    f"arn:aws:s3:::{BUCKETS['output']}": "OUTPUT",
    r"(?<=/)(subnet|sg)-[0-9a-f]{8}": "OURS",
    re.escape(ACCOUNT): "ACCOUNT",
    "us-east-1": "REGION",
    PROJECT.pattern: "PROJECT-",
}


def policies(template: dict[str, Any]) -> Iterator[tuple[str, list[Grant]]]:
    """Each policy of a template, by its logical id, taken apart."""
    for name, document in documents(template):
        named = json.dumps(document)
        for form, plain in _NAMES.items():
            named = re.sub(form, plain, named)
        yield name, list(grants(json.loads(named)))


def documents(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The documents of all policies of a template, by their logical ids."""
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name, resource in resources(template, kind).items():
            yield name, _plain(resource["Properties"]["PolicyDocument"])


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        return "".join(_plain(part) for part in value["Fn::Join"][1])
    for token in ("Fn::ImportValue", "Ref", "Fn::GetAtt"):
        if token in value:
            name = value[token][0] if token == "Fn::GetAtt" else value[token]
            return next(plain for form, plain in _TOKENS.items() if re.fullmatch(form, name))
    return {key: _plain(one) for key, one in value.items()}
