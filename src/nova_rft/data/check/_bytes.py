"""A file's lines as bytes: numbered, never longer than a limit, in flat memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from nova_rft.data._open import opened

LONGEST_LINE: Final = 10_000_000
_CHUNK: Final = 1 << 20


class TooLong:
    """What stands in for a line that is longer than the limit: only its length is known."""

    def __init__(self, length: int) -> None:
        self.length = length


def raw_lines(path: str | Path, longest: int = LONGEST_LINE) -> Iterator[bytes | TooLong]:
    """Each line with its end, decompressed where the name ends in `.gz` or `.zst`.

    Raises:
        UsageError: the file is missing, unreadable, or not compressed as its name says.
    """
    with opened(path) as stream:
        while line := stream.readline(longest + 1):
            if len(line) > longest and not line.endswith(b"\n"):
                yield TooLong(len(line) + _rest_of(stream))
            else:
                yield line


def _rest_of(stream: IO[bytes]) -> int:
    """Reads on to the line's end, without keeping it."""
    length = 0
    while chunk := stream.readline(_CHUNK):
        length += len(chunk)
        if chunk.endswith(b"\n"):
            break
    return length
