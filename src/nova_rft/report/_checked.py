"""What a check of the records found, rule by rule, as plain data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nova_rft.data import RULES, Finding, RecordCheck

# Of one rule so many places are shown; `nova-rft check` lists all.
_PLACES: Final = 3


@dataclass(frozen=True, slots=True)
class Broken:
    """One rule that records break.

    Attributes:
        rule: Its id.
        plain: What is right.
        severity: `error` stops a submission, `warning` does not.
        count: How often it is broken.
        places: The first of them, as `nova-rft check` prints them.
    """

    rule: str
    plain: str
    severity: str
    count: int
    places: list[str]


@dataclass(frozen=True, slots=True)
class Checked:
    """One file of records.

    Attributes:
        file: As the spec names it.
        records: How many it holds.
        errors: Findings that stop a submission.
        warnings: Findings that do not.
        broken: By rule, errors first, the most frequent first.
    """

    file: str
    records: int
    errors: int
    warnings: int
    broken: list[Broken]


def checked(checks: Iterable[tuple[str, RecordCheck]]) -> list[Checked]:
    """Each file of records with what was found in it."""
    return [_checked(file, found) for file, found in checks]


def _checked(file: str, found: RecordCheck) -> Checked:
    by_rule: dict[str, list[Finding]] = {}
    for finding in found.findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    broken = sorted(
        (_broken(rule, findings) for rule, findings in by_rule.items()),
        key=lambda one: (one.severity, -one.count, one.rule),
    )
    errors = sum(one.count for one in broken if one.severity == "error")
    return Checked(file, found.records, errors, len(found.findings) - errors, broken)


def _broken(rule: str, findings: list[Finding]) -> Broken:
    known = RULES.get(rule)
    return Broken(
        rule=rule,
        plain=(known.text if known else findings[0].message).replace("`", ""),
        severity=findings[0].severity,
        count=len(findings),
        places=[_place(one) for one in findings[:_PLACES]],
    )


def _place(one: Finding) -> str:
    where = f"line {one.line:,}" if one.line else "the whole file"
    return f"{where}: {one.path + ': ' if one.path else ''}{one.message}"
