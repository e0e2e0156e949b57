"""Writing a report to disk, whole or not at all."""

from __future__ import annotations

from pathlib import Path

from nova_rft.errors import StorageError
from nova_rft.files import write_whole
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
    return write_page(render_html(summary), path)


def write_page(page: str, path: Path) -> Path:
    """Writes any page, in one step; raises as `write_report` does."""
    try:
        write_whole(path, page.encode())
    except OSError as error:
        raise StorageError(
            f"{path}: the report could not be written ({error.strerror or error}); "
            "free some space or choose another place"
        ) from error
    return path
