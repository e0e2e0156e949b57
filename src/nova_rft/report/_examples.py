"""Which rollouts to read, and what to show of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from nova_rft.data import reference_text
from nova_rft.grpo import TOLERANCE
from nova_rft.report._columns import Columns, Ints, Row
from nova_rft.report._readings import answered_by, juror_notes, readings, verdict_rows
from nova_rft.report._shown import Example, TermShown, Turn, VerdictShown
from nova_rft.report._wording import percent

# Characters shown of a text. The page must stay under 3 MB even where each becomes an entity.
_PROMPT: Final = 3_000
_RESPONSE: Final = 4_000
_REFERENCE: Final = 1_000
_VERDICTS: Final = 4_000
_NOTE: Final = 300
# Controls, but for line ends and tabs; and marks that turn the direction of what follows (UAX 9).
_UNSEEN: Final = {
    code: f"[U+{code:04X}]"
    for code in (
        *(one for one in range(32) if chr(one) not in "\t\n\r"),
        *range(0x7F, 0xA0),
        *range(0x202A, 0x202F),
        *range(0x2066, 0x206A),
    )
}


def pick(
    columns: Columns,
    candidates: Ints,
    key: Callable[[int], float],
    most: int,
) -> list[Example]:
    """The candidates with the least key, one of each prompt.

    Ties are broken by a checksum, not by order: the first hundred of a file are rarely typical, and
    the same rows must give the same page.
    """
    ranked = sorted(
        (int(index) for index in candidates),
        key=lambda index: (round(key(index) / TOLERANCE), _checksum(columns.rows[index]), index),
    )
    chosen: list[int] = []
    prompts: set[str] = set()
    for index in ranked:
        if len(chosen) == most:
            break
        if columns.rows[index]["group"] not in prompts:
            prompts.add(columns.rows[index]["group"])
            chosen.append(index)
    return [example(columns, index) for index in chosen]


def _checksum(row: Row) -> int:
    return zlib.crc32(f"{row['group']}\0{row['id']}".encode("utf-8", "surrogatepass"))


def scored_indices(columns: Columns) -> Ints:
    """Rows with a reward of their own."""
    return np.flatnonzero(columns.scored_N)


def example(columns: Columns, index: int) -> Example:
    """One row as the page shows it."""
    row = columns.rows[index]
    return Example(
        id=cut(str(row["id"]), _NOTE),
        group=cut(str(row["group"]), _NOTE),
        at=str(row["at"]),
        reward=float(row["reward"]),
        abstained=abstained_words(row["abstained"]),
        length=int(columns.length_N[index]),
        prompt=prompt_shown(row["prompt"]),
        response=cut(row["response"], _RESPONSE),
        reference=reference_shown(row.get("reference")),
        terms=[
            term_shown(name, row["terms"][name]) for name in columns.terms if name in row["terms"]
        ],
    )


def cut(text: str, most: int) -> str:
    """A text of at most about `most` characters: its middle is left out, and it says so.

    The end stays, since that is where a final answer stands. What cannot be written as UTF-8 is
    shown as a replacement character; what cannot be seen and changes how the rest is read, such as a
    turn of the writing's direction, by its number.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").translate(_UNSEEN)
    if len(text) <= most:
        return text
    head, tail = most * 2 // 3, most // 3
    left_out = len(text) - head - tail
    return f"{text[:head]}\n[... {left_out:,} characters left out ...]\n{text[-tail:]}"


def abstained_words(found: Mapping[str, str] | None) -> str | None:
    """Why there is no score; None where there is one."""
    return None if found is None else cut(f"{found['cause']}: {found['detail']}", _NOTE)


def prompt_shown(turns: Sequence[Mapping[str, str]]) -> list[Turn]:
    """The last turns of a prompt, as many as there is room for."""
    left = _PROMPT
    shown = []
    # From the end: the last turn is what the policy answered to.
    for turn in reversed(turns):
        if left <= 0:
            shown.append(Turn("", "[... earlier turns left out ...]"))
            break
        shown.append(Turn(cut(turn["role"], _NOTE), cut(turn["content"], left)))
        left -= len(turn["content"])
    return shown[::-1]


def reference_shown(reference: Any) -> str | None:
    """A reference answer as text."""
    if reference is None:
        return None
    text = reference_text(reference)
    if text is None:
        text = json.dumps(reference, ensure_ascii=False, sort_keys=True)
    return cut(text, _REFERENCE)


def term_shown(name: str, found: Mapping[str, Any]) -> TermShown:
    """One term's reading of one rollout."""
    if found.get("abstained") is not None:
        return TermShown(name, None, None, abstained_words(found["abstained"]), [], [])
    details = found.get("details", {})
    return TermShown(
        name=name,
        value=float(found["value"]),
        weighted=float(found["weighted"]),
        abstained=None,
        notes=[cut(note, _NOTE) for note in _notes(details)],
        verdicts=_verdicts(list(verdict_rows(details))),
    )


def _notes(details: Mapping[str, Any]) -> Iterable[str]:
    """A term's details in words, for the terms that are known."""
    if "answer" in details:
        yield f"answer read: {details['answer']}; reference: {details.get('reference', '')}"
    if "problem" in details:
        yield str(details["problem"])
    if "length" in details:
        yield f"{details['length']:,} {details.get('unit', '')}".rstrip()
    for look, share in details.get("repeated", {}).items():
        unit, _, n = look.partition(":")
        yield f"{percent(share)} of runs of {n} {unit} repeat"
    yield from juror_notes(details)
    for reading in readings(details):
        yield f"judge: {answered_by(reading)}"
        if reading.get("said"):
            yield f"the judge said: {reading['said']}"


def _verdicts(found: Sequence[Mapping[str, Any]]) -> list[VerdictShown]:
    each = max(_VERDICTS // max(len(found), 1), 60)
    return [
        VerdictShown(
            criterion=cut(str(verdict["criterion"]), 60),
            met=bool(verdict["met"]),
            reason=cut(str(verdict.get("reason", "")), each * 2 // 3),
            evidence=cut(str(verdict.get("evidence", "")), each // 3),
        )
        for verdict in found
    ]
