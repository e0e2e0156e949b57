"""Records wherever they lie and whatever they look like, as the JSON Lines that services take."""

from __future__ import annotations

import hashlib
import tempfile
from array import array
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nova_rft.data import RULES, Finding, record_source
from nova_rft.data.source import Conversion, Unread, is_lines
from nova_rft.spec import DataSpec

if TYPE_CHECKING:
    from nova_rft.aws.session import Aws


@dataclass(frozen=True, slots=True)
class Ready:
    """A file of records that can be checked and sent.

    Attributes:
        path: JSON Lines on this machine: the file itself, or a copy.
        places: Of a copy, for each of its lines the place in what it was made from.
        findings: What could not be converted, or has no place in the copy.
    """

    path: Path
    places: Sequence[int] = ()
    findings: list[Finding] = field(default_factory=list)

    def in_place(self, name: str, finding: Finding) -> Finding:
        """A finding about the copy, with the place in what it was made from."""
        if finding.file != str(self.path) or not self.places:
            return finding
        line = self.places[finding.line - 1] if finding.line else 0
        return replace(finding, file=name, line=line)

    def in_copy(self, finding: Finding) -> Finding:
        """The same finding, with the line of the copy in the place of what it was made from."""
        if not self.places or finding.line not in self.places:
            return finding
        return replace(finding, line=self.places.index(finding.line) + 1)


def ready(
    name: str, data: DataSpec, technique: str, folder: Path, copies: Path, aws: Callable[[], Aws]
) -> Ready:
    """Makes a file of records ready; one that is missing stays so.

    Args:
        name: As the spec names it.
        data: Its shape and columns.
        technique: Whose records they are to be.
        folder: What the name is relative to.
        copies: Where copies are kept, by what they were made from.
        aws: Gives the session; called only for a file in S3.

    Raises:
        AwsRefused: it may not be read.
        UsageError: it cannot be read, or is not in S3.
    """
    path = folder / name
    if name.startswith("s3://"):
        # Late: most records lie on this machine, and need no boto3.
        from nova_rft.aws.storage import local_copy

        there: AbstractContextManager[Path] = local_copy(aws(), name)
    elif not path.exists() or (is_lines(path) and not _conversion(path, data, technique)):
        return Ready(path)
    else:
        there = nullcontext(path)
    with there as path:
        return _copy(name, path, _conversion(path, data, technique), copies)


def _conversion(path: Path, data: DataSpec, technique: str) -> Conversion | None:
    shape = data.shape
    if shape is None and (data.columns or path.suffix in (".csv", ".tsv")):
        pairs = {"chosen", "rejected"} & data.columns.keys() or technique == "dpo"
        shape = "pairs" if pairs else "columns"
    return (
        Conversion(shape, technique, {str(key): name for key, name in data.columns.items()})
        if shape
        else None
    )


def _copy(name: str, path: Path, conversion: Conversion | None, copies: Path) -> Ready:
    """Writes the copy under a name made from its content, whole or not at all."""
    source = record_source(path)
    places = array("Q")
    findings: list[Finding] = []
    said = hashlib.sha256()
    copies.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=copies, prefix=".") as scratch:
        part = Path(scratch) / "part"
        with part.open("wb") as stream:
            for place, raw in (conversion.of(source) if conversion else source)():
                if isinstance(raw, Unread):
                    severity = RULES[raw.rule].severity
                    findings.append(Finding(name, place, "", raw.rule, severity, raw.what))
                elif not raw.isspace():
                    line = raw.rstrip(b"\r\n") + b"\n"
                    stream.write(line)
                    said.update(line)
                    places.append(place)
        copy = copies / f"{Path(name).stem}-{said.hexdigest()[:16]}.jsonl"
        part.replace(copy)
    return Ready(copy, places, findings + (conversion.findings(name) if conversion else []))
