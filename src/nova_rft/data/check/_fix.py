"""A corrected copy of a file: what can be put right without guessing, and a list of what was changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.data._finding import Finding
from nova_rft.data._lines import loads
from nova_rft.data.check._pass import Asked, check_records_of
from nova_rft.data.source import Source, Unread

_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was put right.

    Attributes:
        line: In the file that was read, from 1.
        rule: The rule that it had broken.
        what: What was done.
    """

    line: int
    rule: str
    what: str


class CannotCopy(ValueError):
    """A line that cannot be copied, since it was not read."""


def fixed_lines(source: Source, file: str, asked: Asked) -> Iterator[tuple[bytes, list[Change]]]:
    """Each line as it should be (empty: dropped), and what was changed in it.

    What cannot be put right without guessing stays as it is.

    Raises:
        CannotCopy: a record could not be read.
    """
    found = check_records_of(source, file, asked).findings
    by_line: dict[int, list[Finding]] = {}
    for finding in found:
        by_line.setdefault(finding.line, []).append(finding)
    for number, raw in source():
        if isinstance(raw, Unread):
            raise CannotCopy(f"{file}:{number}: {raw.what}; mend it by hand first")
        changes: list[Change] = []
        line = _bytes(number, raw, changes)
        if line:
            line = _record(number, line, by_line.get(number, []), changes)
        yield line, changes


def _bytes(number: int, raw: bytes, changes: list[Change]) -> bytes:
    """The line without byte order mark and carriage return, ended by a line feed; blank: dropped."""
    line = raw
    if number == 1 and line.startswith(_BOM):
        line = line[3:]
        changes.append(Change(number, "file.bom", "took the byte order mark out"))
    if line.endswith(b"\r\n"):
        line = line[:-2] + b"\n"
        changes.append(Change(number, "file.crlf", "ended the line with a line feed"))
    if not line.strip():
        return b""
    return line if line.endswith(b"\n") else line + b"\n"


def _record(number: int, line: bytes, findings: list[Finding], changes: list[Change]) -> bytes:
    fixes = {rule: fix for finding in findings if (fix := _FIXES.get(rule := finding.rule))}
    if any(finding.rule == "record.twice" for finding in findings):
        changes.append(Change(number, "record.twice", "dropped the record"))
        return b""
    if not fixes:
        return line
    record = loads(line)
    if not isinstance(record, dict):
        return line
    before = len(changes)
    for rule, fix in fixes.items():
        what = fix(record, number)
        if what:
            changes.append(Change(number, rule, what))
    if len(changes) == before:
        return line
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"


def _schema_version(record: dict[str, Any], _: int) -> str:
    if "schemaVersion" in record:
        return ""  # Another version may mean another shape.
    messages = record.copy()
    record.clear()
    record.update({"schemaVersion": "bedrock-conversation-2024", **messages})
    return "added schemaVersion"


def _last_turn(record: dict[str, Any], _: int) -> str:
    if record.get("reference_answer") is not None:
        return ""  # Which of the two is right is not ours to say.
    content = record["messages"].pop()["content"]
    if not isinstance(content, str):
        content = "".join(block["text"] for block in content)
    record["reference_answer"] = content
    return "moved the assistant's last turn into reference_answer"


def _id(record: dict[str, Any], _: int) -> str:
    given = record["id"]
    if isinstance(given, bool) or not isinstance(given, int):
        return ""
    record["id"] = str(given)
    return "made the id a text"


def _id_twice(record: dict[str, Any], number: int) -> str:
    record["id"] = f"{record['id']}-line-{number}"
    return f"made the id {record['id']!r}"


def _nul(record: dict[str, Any], _: int) -> str:
    record.update(_without_nul(record))
    return "took NUL characters out"


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(inner) for inner in value]
    if isinstance(value, dict):
        return {key: _without_nul(inner) for key, inner in value.items()}
    return value


_FIXES: Final[Mapping[str, Callable[[dict[str, Any], int], str]]] = {
    "converse.schema_version": _schema_version,
    "rft.last_turn": _last_turn,
    "rft.id": _id,
    "record.id_twice": _id_twice,
    "text.nul": _nul,
}
