"""A job's records: read, held to the rules, and what of them is learnt or asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from nova_rft.data import Asked, Message, check_records_of, json_lines
from nova_rft.judge import ScriptedModel, free_question
from nova_rft.local_aws._account import Account
from nova_rft.local_aws.sagemaker._plan import Plan
from nova_rft.local_aws.training import JobFailed

# What answers in a distillation, as tags call it.
TEACHER: Final = "scripted"


def records_at(uri: str, plan: Plan, account: Account, *, training: bool) -> list[dict[str, Any]]:
    """The records of a channel.

    Raises:
        JobFailed: there are none, or they break a rule.
    """
    bodies = [account.read(one) for one in account.objects(uri)]
    lines = [line for body in bodies for line in body.splitlines(keepends=True)]
    asked = Asked(plan.technique, model=plan.model, backend=plan.backend, training=training)
    found = check_records_of(lambda: enumerate(lines, start=1), uri, asked).findings
    errors = [finding for finding in found if finding.severity == "error"]
    if errors:
        raise JobFailed(f"{errors[0]} (errors in all: {len(errors)})")
    return [line.value for line in json_lines(lines)]


def learnt(record: Mapping[str, Any]) -> str:
    """The text that a record teaches: its answer, of a pair the preferred one."""
    last = record["messages"][-1]
    best = [one for one in last.get("candidates", ()) if one.get("preferenceLabel") == "preferred"]
    return _text((best or [last])[0]["content"])


def answered(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with the teacher's answer in the place of its own: the scripted model's, who says so."""
    turns = record["messages"]
    asked = turns[:-1] if turns[-1]["role"] == "assistant" else turns
    messages = [Message("system", _text([block])) for block in record.get("system") or ()]
    messages += [Message(turn["role"], _text(turn["content"])) for turn in asked]
    said = ScriptedModel().ask(free_question(messages)).text
    reply = {"role": "assistant", "content": [{"text": said}]}
    return {**record, "messages": [*asked, reply]}


def json_bytes(records: Iterator[Mapping[str, Any]]) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def _text(content: Any) -> str:
    return "\n".join(block["text"] for block in content if "text" in block)
