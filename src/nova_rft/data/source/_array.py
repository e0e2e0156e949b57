"""One JSON array of records: read piece by piece, so that its size does not matter."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from nova_rft.data._open import opened
from nova_rft.data.source._lines_file import file_source
from nova_rft.data.source._source import LONGEST, Numbered, Source, Unread, too_long

_CHUNK: Final = 1 << 20
_BLANK: Final = " \t\r\n"
_ON_ONE_LINE: Final = str.maketrans("\r\n", "  ")


def json_source(path: str | Path, longest: int = LONGEST) -> Source:
    """The records of a JSON file: an array of them, or JSON Lines under another name."""
    lines = file_source(path, longest)
    return lambda: _Array(path, longest).records() if _is_array(path) else lines()


def _is_array(path: str | Path) -> bool:
    with opened(path) as stream:
        head = stream.read(4096).removeprefix(codecs.BOM_UTF8)
        return head.lstrip()[:1] == b"["


class _Array:
    """Text of the array that was read and not yet given out, and the line at which it begins."""

    def __init__(self, path: str | Path, longest: int) -> None:
        self._path = path
        self._longest = longest
        self._decode = codecs.getincrementaldecoder("utf-8")()
        self._scan = json.JSONDecoder().raw_decode
        self._text = ""
        self._at = 0
        self._line = 1
        self._lines_taken = 0
        self._ended = False

    def records(self) -> Iterator[Numbered]:
        """Each member with the line at which it begins, on one line; a broken one ends the file."""
        with opened(self._path) as stream:
            try:
                self._skip(stream, _BLANK + "\ufeff[")
                while not self._over(stream):
                    found = self._member(stream)
                    yield self._line, found
                    if isinstance(found, Unread):
                        return
                    self._skip(stream, _BLANK + ",")
            except UnicodeDecodeError as error:
                what = f"is not UTF-8 ({error.reason}); what follows was not read"
                yield self._line, Unread("file.encoding", what)

    def _over(self, stream: IO[bytes]) -> bool:
        if self._at >= len(self._text) and not self._read(stream):
            return True
        return self._text[self._at] == "]"

    def _member(self, stream: IO[bytes]) -> bytes | Unread:
        wanted = _CHUNK
        while True:
            try:
                _, end = self._scan(self._text, self._at)
                if end < len(self._text) or self._ended:
                    return self._take(end)
                problem = "it is cut off"  # A number may go on in the next piece.
            except json.JSONDecodeError as error:
                problem = error.msg.removesuffix(" at")
            except RecursionError:
                return Unread("json.invalid", "nested too deeply; what follows was not read")
            if len(self._text) - self._at > self._longest:
                return too_long(len(self._text) - self._at)
            if self._ended:
                what = f"not JSON: {problem}; what follows was not read"
                return Unread("json.invalid", what)
            while len(self._text) - self._at < wanted and self._read(stream):
                pass
            wanted *= 2

    def _take(self, end: int) -> bytes:
        member = self._text[self._at : end]
        self._lines_taken = member.count("\n")
        self._at = end
        # No text in JSON has a line's end inside.
        return member.translate(_ON_ONE_LINE).encode("utf-8", "surrogatepass")

    def _skip(self, stream: IO[bytes], characters: str) -> None:
        """Moves to the next character that is none of these, counting lines."""
        self._line += self._lines_taken
        self._lines_taken = 0
        while True:
            while self._at < len(self._text) and self._text[self._at] in characters:
                self._line += self._text[self._at] == "\n"
                self._at += 1
            if self._at < len(self._text) or not self._read(stream):
                return

    def _read(self, stream: IO[bytes]) -> bool:
        """Adds the next piece; whether there was one."""
        chunk = b"" if self._ended else stream.read(_CHUNK)
        self._ended = not chunk
        self._text = self._text[self._at :] + self._decode.decode(chunk, self._ended)
        self._at = 0
        return bool(chunk)
