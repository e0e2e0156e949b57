"""Records that are the same but for little, and validation prompts that were seen in training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from nova_rft.data._finding import Finding
from nova_rft.data._said import said_in
from nova_rft.data.rules import RULES
from nova_rft.data.source import Source, objects
from nova_rft.errors import UsageError

# Runs of three words: prompts are short. From four fifths on, little more than a name differs.
_WORDS: Final = 3
_THRESHOLD: Final = 0.8
_HELD_OUT: Final = "1/"


def near_twice(
    source: Source, file: str, known: Iterable[Finding] = (), *, answers: bool = False
) -> Iterator[Finding]:
    """A finding for each record that says nearly what an earlier one says, system prompts aside.

    Args:
        source: The records.
        file: Their name in findings.
        known: What was found before; records that say exactly the same are not named again.
        answers: Whether the answers count too, as where they are learnt; else only what is asked.
    """
    same = {one.line for one in known if one.rule == "record.twice"}
    texts = {
        f"{line:09d}": f"{said.asked}\n{said.answered}" if answers else said.asked
        for line, said in ((line, said_in(record)) for line, record in objects(source))
        if line not in same
    }
    verb = "says" if answers else "asks"
    try:
        near = _near(texts)
    except UsageError as missing:
        what = f"near duplicates were not looked for: {missing}"
        yield _found(file, 0, "deep.near_twice", what)
        return
    for doc, (first, likeness) in near.items():
        what = f"{verb} nearly the same as line {int(first)} (likeness {likeness:.2f})"
        yield _found(file, int(doc), "deep.near_twice", what)


def near_leaks(
    training: Source, validation: Source, file: str, known: Iterable[Finding] = ()
) -> Iterator[Finding]:
    """A finding for each validation record that asks nearly what a training record asks.

    Args:
        training: The training set.
        validation: The validation set.
        file: The validation set's name in findings.
        known: What was found before; exact leaks are not named again.
    """
    same = {one.line for one in known if one.rule == "deep.leak"}
    texts = {f"0/{line:09d}": said_in(record).asked for line, record in objects(training)}
    texts |= {
        f"{_HELD_OUT}{line:09d}": said_in(record).asked
        for line, record in objects(validation)
        if line not in same
    }
    try:
        near = _near(texts)
    except UsageError:
        return  # `near_twice` says it.
    for doc, (first, likeness) in near.items():
        if doc.startswith(_HELD_OUT) and not first.startswith(_HELD_OUT):
            what = f"asks nearly what line {int(first[2:])} of the training set does"
            yield _found(file, int(doc[2:]), "deep.near_leak", f"{what} (likeness {likeness:.2f})")


def _near(texts: Mapping[str, str]) -> dict[str, tuple[str, float]]:
    # Late: an extra brings the engine.
    from nova_rft.data.corpus import near_duplicates_among

    return near_duplicates_among(texts, threshold=_THRESHOLD, words=_WORDS)


def _found(file: str, line: int, rule: str, what: str) -> Finding:
    return Finding(file, line, "", rule, RULES[rule].severity, what)
