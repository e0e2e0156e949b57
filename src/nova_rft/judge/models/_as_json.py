"""Replies as JSON, for recordings and stores, and the key that they are found by."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from nova_rft.judge._request import JudgeReply, JudgeRequest, Token, Usage
from nova_rft.spec import digest


def request_digest(request: JudgeRequest) -> str:
    """The key of a judgement: what is asked, in whatever form, and which of its samples this is."""
    tool = asdict(request.tool)
    asked = [request.system, request.user, tool, request.sample, request.probabilities]
    # Only where there is one: recordings of judges stay what they were.
    return digest([*asked, request.history] if request.history else asked)


def reply_to_json(reply: JudgeReply) -> str:
    """A reply whole."""
    return json.dumps(asdict(reply))


def reply_from_json(text: str) -> JudgeReply:
    """What `reply_to_json` gave.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it is something else.
    """
    return reply_of(json.loads(text))


def reply_of(fields: Any) -> JudgeReply:
    """A reply of its fields.

    Raises:
        TypeError, KeyError, AttributeError: they are none.
    """
    tokens = fields.get("tokens")
    return JudgeReply(
        call=fields["call"],
        text=fields["text"],
        usage=Usage(**fields["usage"]),
        stop_reason=fields["stop_reason"],
        tokens=None if tokens is None else tuple(Token(**token) for token in tokens),
    )
