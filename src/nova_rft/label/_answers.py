"""One annotator's answers: a file that is only ever added to, so that whatever ends us loses nothing."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from nova_rft.data import loads
from nova_rft.errors import UsageError
from nova_rft.label._files import Said, json_line

SKIPPED: Final = "skipped"
UNDONE: Final = "undone"


@dataclass(frozen=True, slots=True)
class Standing:
    """What an annotator's answers come to.

    Attributes:
        said: By item what was said of it.
        skipped: Items that were passed over.
        order: Items that are answered or skipped, the last one last.
    """

    said: Mapping[str, Said]
    skipped: frozenset[str]
    order: tuple[str, ...]


def read_answers(path: Path) -> Standing:
    """What an annotator said so far; the later answer to an item counts.

    Raises:
        UsageError: a line is no answer.
    """
    return _standing(path, _whole_lines(path.read_bytes()) if path.exists() else b"")


class Answers:
    """An annotator's answers, open to be added to; nobody else may open them meanwhile."""

    def __init__(self, path: Path) -> None:
        """Opens the file, or makes it; half a line at its end, left by a crash, goes.

        Raises:
            UsageError: the annotator is at work elsewhere, or a line is no answer.
            OSError: the disk refused.
        """
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise UsageError(
                    f"{path}: another nova-rft label adds to it; go on in its window, or end it"
                ) from None
            whole = _whole_lines(path.read_bytes())
            self.standing = _standing(path, whole)
            os.ftruncate(self._file, len(whole))
        except BaseException:
            os.close(self._file)
            raise
        self._size = len(whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Gives the file back."""
        os.close(self._file)

    def add(self, item: str, what: Mapping[str, Any]) -> None:
        """Adds an entry and waits until the disk has it.

        Args:
            item: The item's id.
            what: `labels`, by criterion, with what else is to be remembered; or `skipped` or `undone`.

        Raises:
            OSError: the disk refused; nothing of the entry is left behind.
        """
        entry = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "item": item, **what}
        line = json_line(entry).encode()
        if os.fstat(self._file).st_size != self._size:
            # What a refused write left, and could not be taken away at once.
            os.ftruncate(self._file, self._size)
        try:
            written = os.write(self._file, line)
            if written < len(line):
                os.write(self._file, line[written:])
            os.fsync(self._file)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise
        self._size += len(line)
        self.standing = _after(self.standing, entry)


def _whole_lines(content: bytes) -> bytes:
    return content[: content.rfind(b"\n") + 1]


def _standing(path: Path, content: bytes) -> Standing:
    standing = Standing({}, frozenset(), ())
    for number, raw in enumerate(content.splitlines(), start=1):
        try:
            standing = _after(standing, loads(raw))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise UsageError(
                f"{path}:{number}: is no answer that nova-rft label wrote; take the line out"
            ) from None
    return standing


def _after(before: Standing, entry: Mapping[str, Any]) -> Standing:
    item = str(entry["item"])
    said = {key: value for key, value in before.said.items() if key != item}
    skipped = before.skipped - {item}
    order = tuple(one for one in before.order if one != item)
    if entry.get(UNDONE):
        return Standing(said, skipped, order)
    if entry.get(SKIPPED):
        return Standing(said, skipped | {item}, (*order, item))
    return Standing({**said, item: dict(entry["labels"])}, skipped, (*order, item))
