"""Writing files so that they are either the old ones or the new ones, never half."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Writes a file whole or not at all: beside its place first, then renamed into it.

    Missing folders are made; text is written as UTF-8.

    Raises:
        OSError: the disk refused; what was there before is untouched, and nothing is left behind.
    """
    write_stream(path, [content.encode() if isinstance(content, str) else content])


def write_stream(path: Path, content: Iterable[bytes]) -> None:
    """As `write_whole`, of content that comes bit by bit.

    Raises:
        OSError: the disk refused; what was there before is untouched, and nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for some in content:
                file.write(some)
            file.flush()
            # On disk before the old one goes: a full disk may only show here.
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
