"""Telling people: an SNS topic, and a Slack channel by its incoming webhook."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.secrets import secret_text
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused, NovaRftError

# Of SNS's subjects: fewer than 100 characters, no line breaks (Publish, read 2026-11-26).
_SUBJECT = 99
_PATIENCE_S = 10.0


class NotTold(NovaRftError):
    """Somebody could not be told; the message never holds the webhook's address."""


def tell_topic(aws: Aws, topic: str, subject: str, text: str) -> None:
    """Publishes to a topic.

    Raises:
        AwsRefused: AWS refused.
    """
    with aws_errors():
        aws.client("sns").publish(
            TopicArn=topic,
            Subject=subject[:_SUBJECT],
            Message=text,
            # Alarms come to the same topic, and are not told on to Slack.
            MessageAttributes={"told_by": {"DataType": "String", "StringValue": "pipeline"}},
        )


def tell_slack(aws: Aws, secret: str, text: str) -> None:
    """Posts to the webhook whose address a secret holds, and nobody else is told.

    Raises:
        AwsRefused: the secret may not be read.
        NotTold: Slack did not take it.
    """
    url = secret_text(aws, secret)
    if not url.startswith(("https://", "http://127.0.0.1:")):
        raise NotTold(f"the secret {secret} holds no address of a webhook; put its https URL there")
    asked = urllib.request.Request(  # noqa: S310 - its scheme is looked at above
        url, json.dumps({"text": text}).encode(), {"content-type": "application/json"}
    )
    try:
        urllib.request.urlopen(asked, timeout=_PATIENCE_S).close()  # noqa: S310 - as above
    except (OSError, urllib.error.URLError, ValueError) as error:
        # Not `from error`: what urllib says may hold the address, which is as good as a password.
        raise NotTold(f"Slack did not take the message ({type(error).__name__})") from None


def tell_all(
    aws: Aws, *, topic: str | None, slack_secret: str | None, subject: str, text: str
) -> list[str]:
    """Tells whoever is to be told; what went wrong, since a message that is lost must lose nothing else.

    Args:
        aws: The account and region.
        topic: An SNS topic.
        slack_secret: The secret that holds a webhook's address.
        subject: One line.
        text: The rest.
    """
    problems = []
    try:
        if topic:
            tell_topic(aws, topic, subject, text)
    except AwsRefused as refused:
        problems.append(str(refused))
    try:
        if slack_secret:
            tell_slack(aws, slack_secret, f"{subject}\n{text}")
    except (AwsRefused, NotTold) as error:
        problems.append(str(error))
    return problems
