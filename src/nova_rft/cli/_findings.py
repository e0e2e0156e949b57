"""How findings are shown to people: each with its place, many of one kind counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from nova_rft.cli._common import console

if TYPE_CHECKING:
    from nova_rft.data import Finding

# More of one rule in one file are counted, not listed, except with --json.
_SHOWN: Final = 5


def print_findings(findings: Sequence[Finding]) -> None:
    """The first few of each rule and file, and how many more there are."""
    out = console()
    shown: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        shown[finding.file, finding.rule] += 1
        if finding.rule == "spec" or shown[finding.file, finding.rule] <= _SHOWN:
            colour = "red" if finding.severity == "error" else "yellow"
            out.print(f"[{colour}]{finding.severity}[/] ", end="")
            out.print(str(finding), markup=False, soft_wrap=True)
    for (file, rule), count in shown.items():
        if rule != "spec" and count > _SHOWN:
            out.print(f"{file}: {count - _SHOWN:,} more of {rule}; --json lists all", markup=False)
