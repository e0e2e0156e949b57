"""Opening files of records, plain or compressed, with errors that name the file."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from nova_rft.errors import UsageError

_CHUNK: Final = 1 << 20


@contextmanager
def opened(path: str | Path) -> Iterator[IO[bytes]]:
    """The file's bytes, decompressed where its name ends in `.gz`, `.zst` or `.zstd`.

    Raises:
        UsageError: the file is missing, unreadable, or not compressed as its name says.
    """
    file = Path(path)
    try:
        with _stream(file) as stream:
            yield stream
    except FileNotFoundError:
        raise UsageError(f"{file}: no such file; name an existing one") from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UsageError(f"{file}: broken gzip file ({error}); write it again") from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}") from None


def _stream(file: Path) -> IO[bytes]:
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
    raw = file.open("rb")
    try:
        stream: IO[bytes] = io.BufferedReader(_Zstd(zstandard, raw))
    except BaseException:  # Whatever it is, the file does not stay open.
        raw.close()
        raise
    return stream


class _Zstd(io.RawIOBase):
    """A decompressing stream whose errors are those of a file."""

    def __init__(self, library: object, raw: IO[bytes]) -> None:
        self._error = library.ZstdError  # type: ignore[attr-defined]
        self._raw = raw
        self._reader = library.ZstdDecompressor().stream_reader(raw)  # type: ignore[attr-defined]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            chunk = self._reader.read(len(buffer))
        except self._error as error:
            raise OSError(f"broken Zstandard file ({error}); write it again") from None
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
