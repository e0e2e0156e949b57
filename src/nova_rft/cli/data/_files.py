"""Reading and writing records for `nova-rft data`: wherever they lie, whole files or none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nova_rft.cli._columns import column_names
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.data.source import Conversion, Source


@contextmanager
def local(file: str) -> Iterator[Path]:
    """The file or folder on this machine; of S3, a copy that is gone afterwards.

    Raises:
        AwsRefused: it may not be read.
        UsageError: there is none of that name.
    """
    if not file.startswith("s3://"):
        yield Path(file)
        return
    from nova_rft.aws.session import Aws
    from nova_rft.aws.storage import local_copy

    with local_copy(Aws(), file) as path:
        yield path


def conversion(shape: str | None, target: str, columns: list[str] | None) -> Conversion | None:
    """What `--from` and `--map` ask for; None where the records are to be taken as they are.

    Raises:
        UsageError: they cannot be meant.
    """
    from nova_rft.data.shapes import SHAPES, TARGETS
    from nova_rft.data.source import Conversion

    names = column_names(columns or ())
    if shape is None and names:
        shape = "pairs" if {"chosen", "rejected"} & names.keys() else "columns"
    if shape is None:
        return None
    if shape not in SHAPES or target not in TARGETS:
        raise UsageError(
            f"{shape} to {target} is not known; records come from {', '.join(SHAPES)} and become "
            f"{', '.join(TARGETS)}"
        )
    return Conversion(shape, target, names)


def rows(source: Source, file: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each record with its line; nothing is skipped.

    Raises:
        UsageError: one is no JSON object.
    """
    from nova_rft.data import loads
    from nova_rft.data.source import Unread

    for number, raw in source():
        if isinstance(raw, Unread):
            raise UsageError(f"{file}:{number}: {raw.what}")
        if raw.isspace():
            continue
        try:
            record = loads(raw.removeprefix(b"\xef\xbb\xbf"))
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{file}:{number}: not JSON: {error}") from None
        if not isinstance(record, dict):
            raise UsageError(f"{file}:{number}: holds no object")
        yield number, record


@contextmanager
def new_file(out: Path) -> Iterator[IO[bytes]]:
    """A file that appears whole, or not at all; one that is there is not replaced.

    Raises:
        UsageError: there is one already.
    """
    if out.exists():
        raise UsageError(f"{out}: is there already; name a new file")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.partial")
    try:
        with partial.open("wb") as stream:
            yield stream
        partial.rename(out)
    finally:
        partial.unlink(missing_ok=True)
