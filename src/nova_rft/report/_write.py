"""Writing a report to disk, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from nova_rft.errors import StorageError
from nova_rft.report._input import ReportInput
from nova_rft.report._page import render_html
from nova_rft.report._summarise import summarise
from nova_rft.report._summary import Summary


def write_report(given: ReportInput | Summary, path: Path) -> Path:
    """Writes the page, and gives back where it is.

    A page that was there before is replaced in one step, or stays as it was.

    Args:
        given: What to report on, or its summary where that is at hand.
        path: Where to; missing folders are made.

    Raises:
        StorageError: this machine refused to store it.
        UsageError: a row is not one that the reward function's traces hold.
    """
    summary = given if isinstance(given, Summary) else summarise(given)
    page = render_html(summary).encode()
    try:
        _replace(path, page)
    except OSError as error:
        raise StorageError(
            f"{path}: the report could not be written ({error.strerror or error}); "
            "free some space or choose another place"
        ) from error
    return path


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            # On disk before the old page goes: a full disk may only show here.
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
