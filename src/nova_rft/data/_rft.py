"""The rules for RFT training records: OpenAI chat turns that end with the user's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nova_rft.data._finding import Finding, Severity
from nova_rft.data._lines import Line, json_lines
from nova_rft.data._messages import MalformedMessages, read_messages
from nova_rft.data._reference import reference_text
from nova_rft.data._rollout import Message
from nova_rft.spec import RFT_RECORDS

# Path, rule, severity and message of one thing wrong with a record.
Problem = tuple[str, str, Severity, str]
RecordRule = Callable[[Mapping[str, Any]], Iterable[Problem]]

_ROLES: Final = ("system", "developer", "user", "assistant", "tool")


@dataclass(slots=True)
class RftCheck:
    """What a pass over RFT records found.

    Attributes:
        records: Lines that hold a value, broken ones included.
        findings: Every rule that is broken, in the order of the lines.
    """

    records: int = 0
    findings: list[Finding] = field(default_factory=list)


def check_rft(
    lines: Iterable[bytes],
    file: str,
    *,
    training: bool = True,
    needs_reference: bool = False,
    also: RecordRule = lambda _: (),
) -> RftCheck:
    """Checks RFT records, one JSON object a line, in one pass.

    Args:
        lines: The file's lines.
        file: Its name in findings.
        training: Whether the service's bounds on the number of training records apply.
        needs_reference: Whether a term of the reward compares with `reference_answer`.
        also: More rules for each record that is an object, such as those of the reward's judges.
    """
    check = RftCheck()
    seen: dict[bytes, int] = {}
    for line in json_lines(lines):
        check.records += 1
        problems = list(_record(line, seen, needs_reference))
        if isinstance(line.value, dict):
            problems += also(line.value)
        for path, rule, severity, message in problems:
            check.findings.append(Finding(file, line.number, path, rule, severity, message))
    if training and check.records not in RFT_RECORDS:
        check.findings.append(
            Finding(
                file,
                0,
                "",
                "rft.count",
                "error",
                f"{check.records} training records; the service takes {RFT_RECORDS} "
                f"({RFT_RECORDS.source}, read {RFT_RECORDS.read})",
            )
        )
    return check


def _record(line: Line, seen: dict[bytes, int], needs_reference: bool) -> Iterator[Problem]:
    if line.problem:
        yield "", "json.invalid", "error", line.problem
        return
    record = line.value
    if not isinstance(record, dict):
        yield "", "json.object", "error", "should be an object with messages"
        return
    if "messages" not in record:
        yield "messages", "rft.messages", "error", "is missing; add the chat turns of the prompt"
        return
    try:
        turns = read_messages(record["messages"])
    except MalformedMessages as problem:
        yield problem.path, "rft.messages", "error", str(problem)
        return
    yield from _turns(turns)
    yield from _id(record, line.number, seen)
    if needs_reference and reference_text(record.get("reference_answer")) is None:
        yield (
            "reference_answer",
            "rft.reference",
            "error",
            "is missing or empty, but the reward compares with it; add the right answer",
        )


def _turns(turns: tuple[Message, ...]) -> Iterator[Problem]:
    for index, turn in enumerate(turns):
        if turn.role not in _ROLES:
            yield (
                f"messages[{index}].role",
                "rft.role",
                "error",
                f"{turn.role!r} is not a role; use {', '.join(_ROLES)}",
            )
        if not turn.text.strip() and turn.role != "assistant":
            path = f"messages[{index}].content"
            yield path, "rft.empty", "error", "is empty; a turn needs text"
    if not any(turn.role == "user" for turn in turns):
        yield "messages", "rft.no_user_turn", "error", "no user turn; a prompt asks something"
    elif turns[-1].role == "assistant":
        yield (
            f"messages[{len(turns) - 1}]",
            "rft.last_turn",
            "error",
            "the last turn is the assistant's; the policy writes that one, so leave it out "
            "and put the right answer into reference_answer",
        )


def _id(record: dict[str, Any], line: int, seen: dict[bytes, int]) -> Iterator[Problem]:
    if "id" not in record:
        return
    given = record["id"]
    if not isinstance(given, str):
        yield "id", "rft.id", "error", f"{given!r} should be a string"
        return
    # A digest keeps memory flat however long the ids are.
    key = hashlib.blake2b(given.encode("utf-8", "surrogatepass"), digest_size=12).digest()
    if key in seen:
        yield "id", "rft.id_twice", "error", f"{given!r} is also the id of line {seen[key]}"
    seen.setdefault(key, line)
