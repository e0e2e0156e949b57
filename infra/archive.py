"""Zip files that have the same bytes for the same files, whoever makes them and when."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Final

# The first date that a zip can hold: what a function's code needs no date for.
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE: Final = 0o644
_EXECUTABLE: Final = 0o755


def add(archive: Path, folder: Path) -> None:
    """Adds every file of a folder, by its name below it; makes the archive where there is none.

    Raises:
        OSError: the disk refused.
    """
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                packed.writestr(_entry(file, folder), file.read_bytes())


def _entry(file: Path, folder: Path) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _DATE)
    entry.create_system = _UNIX
    entry.compress_type = zipfile.ZIP_DEFLATED
    mode = _EXECUTABLE if os.access(file, os.X_OK) else _READABLE
    entry.external_attr = mode << 16
    return entry
