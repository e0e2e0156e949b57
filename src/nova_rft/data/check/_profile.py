"""What the records of a file are like: how long, how many turns, in which languages."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from nova_rft.data._language import language_of
from nova_rft.data._said import said_in
from nova_rft.data._tokens import BYTES_PER_TOKEN
from nova_rft.data.source import Source, objects

# Of so many records, spread over the file, the language is looked at.
_LANGUAGES: Final = 2_000


@dataclass(slots=True)
class Profile:
    """What the records of a file are like.

    Attributes:
        records: That are JSON objects.
        asked_tokens: For each record what is asked, in tokens estimated at 4 bytes each.
        answered_tokens: For each record that has an answer, its tokens.
        turns: How many records have so many turns.
        asked_in: How many of the records that were looked at ask in each language (ISO 639-1).
        answered_in: How many of them answer in each.
    """

    records: int = 0
    asked_tokens: array[int] = field(default_factory=lambda: array("L"))
    answered_tokens: array[int] = field(default_factory=lambda: array("L"))
    turns: Counter[int] = field(default_factory=Counter)
    asked_in: Counter[str] = field(default_factory=Counter)
    answered_in: Counter[str] = field(default_factory=Counter)


def profile_of(source: Source) -> Profile:
    """Reads all records once; the language of at most 2,000, evenly spread over the first ones."""
    found = Profile()
    looked_at, every = 0, 1
    for _, record in objects(source):
        said = said_in(record)
        found.records += 1
        found.asked_tokens.append(_tokens(said.system + said.asked))
        if said.answered:
            found.answered_tokens.append(_tokens(said.answered))
        found.turns[said.turns] += 1
        if found.records % every == 0 and looked_at < _LANGUAGES:
            found.asked_in[language_of(said.asked)] += 1
            if said.answered:
                found.answered_in[language_of(said.answered)] += 1
            looked_at += 1
            # Ever rarer, so that long files are looked at to their end.
            every = 1 + looked_at // 200
    return found


def _tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)
