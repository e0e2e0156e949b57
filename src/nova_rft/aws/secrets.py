"""Secrets of Secrets Manager: read when they are needed, kept in memory alone, never told."""

from __future__ import annotations

import json

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import UsageError


def secret_text(aws: Aws, arn: str) -> str:
    """The text of a secret, without blanks around it; empty where it holds bytes.

    Raises:
        AwsRefused: it may not be read, or is not there.
    """
    with aws_errors():
        held = aws.client("secretsmanager").get_secret_value(SecretId=arn)
    return str(held.get("SecretString", "")).strip()


def api_key(aws: Aws, arn: str) -> str:
    """The key that a secret holds: its whole text, or the only value of an object.

    An object is what the console makes of a secret that is written there as key and value.

    Raises:
        AwsRefused: it may not be read, or is not there.
        UsageError: it holds no key.
    """
    text = secret_text(aws, arn)
    if text.startswith("{"):
        text = _only_value(text)
    if not text or not text.isprintable() or " " in text:
        raise UsageError(
            f"the secret {arn} holds no key; put the endpoint's key there, as text or as the only "
            "value of an object"
        )
    return text


def _only_value(text: str) -> str:
    try:
        values = list(json.loads(text).values())
    except ValueError:
        return ""
    return values[0].strip() if len(values) == 1 and isinstance(values[0], str) else ""
