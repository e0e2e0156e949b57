"""Telling people: what goes wrong is said, and never by the webhook's address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from nova_rft.aws.session import Aws
from nova_rft.aws.tell import NotTold, tell_all, tell_slack

# Nobody listens there: the discard port.
DEAF = "http://127.0.0.1:9/T0/as-good-as-a-password"


@pytest.fixture
def secret(client: Callable[[str], Any]) -> Callable[[str], str]:
    """Makes a secret that holds a text."""

    def make(text: str) -> str:
        made = client("secretsmanager").create_secret(
            Name=f"slack-{uuid4().hex[:8]}", SecretString=text
        )
        return str(made["ARN"])

    return make


def test_a_webhook_that_does_not_answer_is_not_named(
    aws: Aws, secret: Callable[[str], str]
) -> None:
    with pytest.raises(NotTold) as told:
        tell_slack(aws, secret(DEAF), "a model waits")
    assert "password" not in str(told.value)
    assert told.value.__cause__ is None and told.value.__suppress_context__


@pytest.mark.parametrize("held", ["hooks.slack.com/services/T0", "http://example.com/T0", ""])
def test_only_an_encrypted_address_is_posted_to(
    aws: Aws, secret: Callable[[str], str], held: str
) -> None:
    with pytest.raises(NotTold, match="holds no address") as told:
        tell_slack(aws, secret(held or " "), "a model waits")
    assert not held or held not in str(told.value)


def test_one_that_cannot_be_told_keeps_nobody_from_being_told(
    aws: Aws, secret: Callable[[str], str], client: Callable[[str], Any]
) -> None:
    topic = client("sns").create_topic(Name=f"told-{uuid4().hex[:8]}")["TopicArn"]
    asked = {"subject": "a subject", "text": "a text"}
    assert tell_all(aws, topic=topic, slack_secret=None, **asked) == []
    problems = tell_all(aws, topic=f"{topic}-gone", slack_secret=secret(DEAF), **asked)
    assert len(problems) == 2
    assert tell_all(aws, topic=None, slack_secret=None, **asked) == []
