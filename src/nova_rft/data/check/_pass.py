"""One pass over a file of records, and a second one over the few that seem to occur twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from nova_rft.data._finding import Finding, Severity
from nova_rft.data._lines import loads
from nova_rft.data._tokens import BYTES_PER_TOKEN
from nova_rft.data.check._blocks import Wrong
from nova_rft.data.check._explain import (
    Explain,
    explain_converse,
    explain_cpt,
    explain_evaluation,
    explain_rft,
    takes_of,
)
from nova_rft.data.check._keys import Accept, Keys, accept_none, keys_of
from nova_rft.data.rules import RULES
from nova_rft.data.source import Numbered, Source, Unread

Technique = Literal["rft", "sft", "dpo", "cpt", "distillation", "evaluation"]
TECHNIQUES: Final = get_args(Technique)
# Path, rule, severity and message: what a caller's own rules say of a record.
Problem = tuple[str, str, Severity, str]
RecordRule = Callable[[Mapping[str, Any]], Iterable[Problem]]
_BOM: Final = b"\xef\xbb\xbf"
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_RECIPE_LINE: Final = 180 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    """What the records are for.

    Attributes:
        technique: Decides their shape.
        model: The base model; without it nothing is said that depends on it.
        backend: Such as `bedrock` or `sagemaker-recipe`.
        training: Whether it is a training set, whose size the services bound.
        needs_reference: Whether a term of the reward compares with the reference.
        max_prompt_tokens: What the spec keeps of a prompt.
        also: More rules for each record that is an object, such as those of a reward's judges.
    """

    technique: Technique = "rft"
    model: str | None = None
    backend: str = "bedrock"
    training: bool = True
    needs_reference: bool = False
    max_prompt_tokens: int | None = None
    also: RecordRule | None = None


@dataclass(slots=True)
class RecordCheck:
    """What a pass over records found.

    Attributes:
        records: Lines that hold something, broken ones included.
        findings: Every rule that is broken, in the order of the lines, those of the whole file last.
    """

    records: int = 0
    findings: list[Finding] = field(default_factory=list)


def check_records_of(source: Source, file: str, asked: Asked) -> RecordCheck:
    """Checks records, each one JSON object.

    Args:
        source: Gives them; asked a second time where records seem to occur twice.
        file: Its name in findings.
        asked: What they are for.

    Raises:
        UsageError: the file is missing or unreadable.
    """
    return _Pass(source, file, asked).run()


def record_problems(record: Any, asked: Asked) -> list[Wrong]:
    """Path, rule and what is wrong with one record, for each rule that it breaks by itself."""
    return list(_readers(asked)[1](record))


class _Pass:
    def __init__(self, source: Source, file: str, asked: Asked) -> None:
        self._source = source
        self._file = file
        self._asked = asked
        self._accept, self._explain = _readers(asked)
        self._check = RecordCheck()
        self._seen_crlf = False

    def run(self) -> RecordCheck:
        """The pass."""
        from nova_rft.data.check._doubles import Doubles

        ids, contents = Doubles(), Doubles()
        accept, also = self._accept, self._asked.also
        for number, raw in self._records():
            keys = accept(raw) if isinstance(raw, bytes) else None
            if keys is None:
                keys = self._look_closer(number, raw)
            elif also is not None and isinstance(raw, bytes):
                self._ask_also(number, loads(raw))
            given, content = keys
            ids.add(given)
            contents.add(content)
            self._check.records += 1
        self._twice(ids.candidates(), contents.candidates())
        self._counts()
        self._check.findings.sort(key=lambda one: one.line or float("inf"))
        return self._check

    def _records(self) -> Iterator[Numbered]:
        """What holds something, numbered; what is wrong with its bytes is found on the way."""
        for number, raw in self._source():
            if isinstance(raw, Unread):
                yield number, raw
                continue
            if number == 1:
                if raw.startswith(_WIDE):
                    self._say(0, "", "file.encoding", "is UTF-16; save the file as UTF-8")
                    return
                if raw.startswith(_BOM):
                    self._say(1, "", "file.bom", "a byte order mark stands before the first record")
                    raw = raw[3:]
            if raw.endswith(b"\r\n") and not self._seen_crlf:
                self._seen_crlf = True
                self._say(number, "", "file.crlf", "this line, and maybe more, ends with CR LF")
            if not raw.isspace() and raw:
                yield number, raw

    def _look_closer(self, number: int, raw: bytes | Unread) -> Keys:
        """Everything that is wrong with one line; the digests of its id and content."""
        if isinstance(raw, Unread):
            self._say(number, "", raw.rule, raw.what)
            return 0, 0
        try:
            record = loads(raw)
        except UnicodeDecodeError as error:
            at = f"is not UTF-8 (byte {error.start + 1} of the line); save the file as UTF-8"
            self._say(number, "", "file.encoding", at)
            return 0, 0
        except (ValueError, RecursionError) as error:
            what = f"not JSON: {_reason(error)}; write one object a line"
            self._say(number, "", "json.invalid", what)
            return 0, 0
        for path, rule, what in (*self._explain(record), *self._size(raw)):
            self._say(number, path, rule, what)
        self._ask_also(number, record)
        return _keys(record, self._asked.technique)

    def _ask_also(self, number: int, record: Any) -> None:
        if self._asked.also is not None and isinstance(record, dict):
            for path, rule, severity, message in self._asked.also(record):
                self._check.findings.append(
                    Finding(self._file, number, path, rule, severity, message)
                )

    def _size(self, raw: bytes) -> Iterator[Wrong]:
        recipe = self._asked.technique == "distillation" and self._asked.backend != "bedrock"
        if recipe and len(raw) > _RECIPE_LINE:
            what = f"has {len(raw):,} bytes; a recipe takes {_RECIPE_LINE:,} in a line"
            yield "", "distillation.line", what

    def _say(self, number: int, path: str, rule: str, what: str) -> None:
        severity = RULES[rule].severity
        self._check.findings.append(Finding(self._file, number, path, rule, severity, what))

    def _twice(self, ids: Mapping[int, int], contents: Mapping[int, int]) -> None:
        """Says which records occur twice, once it is sure: digests only ask for a closer look."""
        wanted = {*ids, *ids.values(), *contents, *contents.values()}
        if not wanted:
            return
        seen: dict[int, tuple[int, Any, Any]] = {}
        quiet = _Pass(self._source, self._file, self._asked)
        for place, (number, raw) in enumerate(quiet._records()):
            if place in wanted and isinstance(raw, bytes):
                record = loads(raw)
                given = record.get("id") if isinstance(record, dict) else None
                seen[place] = (number, given, _content(record, self._asked.technique))
        for later, first in ids.items():
            if seen[later][1] == seen[first][1]:
                what = f"{seen[later][1]!r} is also the id of line {seen[first][0]}"
                self._say(seen[later][0], "id", "record.id_twice", what)
        for later, first in contents.items():
            if seen[later][2] == seen[first][2]:
                what = f"says the same as line {seen[first][0]}"
                self._say(seen[later][0], "", "record.twice", what)

    def _counts(self) -> None:
        from nova_rft.data.check._counts import count_problems

        if any(one.rule == "file.encoding" and not one.line for one in self._check.findings):
            return  # Nothing was read, so nothing can be counted.
        for rule, what in count_problems(self._asked, self._check.records):
            self._say(0, "", rule, what)


def _readers(asked: Asked) -> tuple[Accept, Explain]:
    try:
        return _accept(asked), _explain(asked)
    except ModuleNotFoundError as missing:
        if missing.name != "msgspec":
            raise
        # In a Lambda without it each record is looked at closely: the same findings, more slowly.
        return accept_none, _explain(asked)


def _accept(asked: Asked) -> Accept:
    # Late: it imports msgspec.
    from nova_rft.data.check._accept import accept_converse, accept_cpt, accept_rft

    match asked.technique:
        case "rft":
            most = asked.max_prompt_tokens
            return accept_rft(
                needs_reference=asked.needs_reference,
                most_bytes=None if most is None else most * BYTES_PER_TOKEN,
            )
        case "cpt":
            return accept_cpt()
        case "evaluation":
            return accept_none
    longest = _RECIPE_LINE if asked.backend != "bedrock" else None
    return accept_converse(asked.technique, longest if asked.technique == "distillation" else None)


def _explain(asked: Asked) -> Explain:
    match asked.technique:
        case "rft":
            return explain_rft(
                needs_reference=asked.needs_reference, max_prompt_tokens=asked.max_prompt_tokens
            )
        case "cpt":
            return explain_cpt
        case "evaluation":
            return explain_evaluation(asked.backend)
    return explain_converse(asked.technique, takes_of(asked.model))


def _content(record: Any, technique: Technique) -> Any:
    """What makes two records the same."""
    if not isinstance(record, dict):
        return record
    if technique == "cpt":
        return record.get("text")
    return {key: value for key, value in record.items() if key != "id"}


def _keys(record: Any, technique: Technique) -> Keys:
    given = record.get("id") if isinstance(record, dict) and technique == "rft" else None
    said = json.dumps(_content(record, technique), sort_keys=True)
    return keys_of(given if isinstance(given, str) else None, said)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at column {error.colno}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
