"""A file's lines as bytes: numbered, never longer than a limit, in flat memory."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from nova_rft.errors import UsageError

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
    file = Path(path)
    try:
        with _opened(file) as stream:
            while line := stream.readline(longest + 1):
                if len(line) > longest and not line.endswith(b"\n"):
                    yield TooLong(len(line) + _rest_of(stream))
                else:
                    yield line
    except FileNotFoundError:
        raise UsageError(f"{file}: no such file; name an existing one") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UsageError(f"{file}: broken gzip file ({error}); write it again") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from None


def _rest_of(stream: IO[bytes]) -> int:
    """Reads on to the line's end, without keeping it."""
    length = 0
    while chunk := stream.readline(_CHUNK):
        length += len(chunk)
        if chunk.endswith(b"\n"):
            break
    return length


def _opened(file: Path) -> IO[bytes]:
    if file.suffix == ".gz":
        return io.BufferedReader(gzip.open(file, "rb"))
    if file.suffix in (".zst", ".zstd"):
        return _zstd(file)
    return file.open("rb", buffering=_CHUNK)


def _zstd(file: Path) -> IO[bytes]:
    try:
        import zstandard
    except ImportError:
        raise UsageError(
            f"{file}: reading Zstandard needs a library; install it: pip install 'nova-rft[data]'"
        ) from None
    opened: IO[bytes] = io.BufferedReader(zstandard.open(file, "rb"))
    return opened
