"""Policies of templates with plain names, as docs/least-privilege.md has them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.iam.grants import Grant, grants
from tests.infra.conftest import ACCOUNT, resources

# What a token stands for: an import by its export's name, a resource of the same stack by its id.
_TOKENS = {
    r"\S+-storage:ExportsOutputFnGetAttData\w+": "DATA",
    r"\S+-storage:ExportsOutputFnGetAttOutput\w+": "OUTPUT",
    r"\S+-reward:ExportsOutputFnGetAttFunction\w+": "REWARD",
    r"\S+-packages:PackageGroupName": "GROUP",
    r"\S+-evaluators:HubName": "HUB",
    r"JobRole\w+": "ROLE",
    r"AnswersKey\w+": "KEY",
    r"Judges\w+": "TABLE",
    r"CodeFunctionCurrentVersion\w+": "CODE:VERSION",
    r"Log\w+": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:REWARD-LOG:*",
}


def policies(template: dict[str, Any]) -> Iterator[tuple[str, list[Grant]]]:
    """Each policy of a template, by its logical id, taken apart."""
    for name, document in documents(template):
        named = json.dumps(document).replace(ACCOUNT, "ACCOUNT").replace("us-east-1", "REGION")
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
