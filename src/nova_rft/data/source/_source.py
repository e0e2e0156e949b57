"""What every file of records becomes: numbered JSON objects as bytes, from the beginning when asked."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.data._lines import loads

LONGEST: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class Unread:
    """What stands in the place of a record that could not be read.

    Attributes:
        rule: Which rule of `RULES` is broken.
        what: What is wrong with it.
    """

    rule: str
    what: str


# The place in the file, a line or a row counted from 1, and the JSON that stands there.
Numbered = tuple[int, bytes | Unread]
Source = Callable[[], Iterator[Numbered]]


def objects(source: Source) -> Iterator[tuple[int, dict[str, Any]]]:
    """The records that are JSON objects; whatever is none is found by the check."""
    for number, raw in source():
        if isinstance(raw, Unread):
            continue
        try:
            record = loads(raw.removeprefix(BOM_UTF8) if number == 1 else raw)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield number, record


def too_long(length: int) -> Unread:
    """For a record of more bytes than are read."""
    return Unread(
        "file.line_length", f"has {length:,} bytes and was not read; split the record or shorten it"
    )
