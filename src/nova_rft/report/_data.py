"""The page on a file of records: what was found, how long they are, in which languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup

from nova_rft.data import RULES, Finding
from nova_rft.data.check import Profile
from nova_rft.report import _charts as charts
from nova_rft.report._columns import Ints
from nova_rft.report._environment import environment
from nova_rft.report._measure import length_histogram
from nova_rft.report._write import write_page

# Of one rule so many findings are shown; all are in the output of --json.
_SHOWN = 10
_LANGUAGES = 12


def write_data_page(
    profile: Profile, findings: Sequence[Finding], file: str, technique: str, path: Path
) -> Path:
    """Writes the page, whole or not at all, and gives back where it is.

    Args:
        profile: What the records are like.
        findings: What a check found.
        file: The records' name.
        technique: What they are for.
        path: Where to; missing folders are made.

    Raises:
        StorageError: this machine refused to store it.
    """
    return write_page(render_data_page(profile, findings, file, technique), path)


def render_data_page(
    profile: Profile, findings: Sequence[Finding], file: str, technique: str
) -> str:
    """The page as HTML; what it is given gets escaped."""
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    errors_first = sorted(by_rule, key=lambda rule: (by_rule[rule][0].severity, rule))
    asked, answered = (
        np.asarray(one, dtype=np.int64) for one in (profile.asked_tokens, profile.answered_tokens)
    )
    return (
        environment()
        .get_template("data.html.j2")
        .render(
            file=file,
            technique=technique,
            profile=profile,
            severities=Counter(finding.severity for finding in findings),
            groups=[(RULES.get(rule), by_rule[rule]) for rule in errors_first],
            shown=_SHOWN,
            asked_chart=_lengths(asked, "Length of what is asked"),
            answered_chart=_lengths(answered, "Length of the answers"),
            asked=asked,
            answered=answered,
            quantile=_quantile,
            languages=_languages(profile),
            looked_at=profile.asked_in.total(),
            turns=sorted(profile.turns.items())[:12],
        )
    )


def _languages(profile: Profile) -> list[tuple[str, int, int]]:
    """Code, records that ask in it, records that answer in it; the most common first."""
    both = profile.asked_in + profile.answered_in
    names = [name for name, _ in both.most_common(_LANGUAGES)]
    return [(name, profile.asked_in[name], profile.answered_in[name]) for name in names]


def _lengths(tokens_N: Ints, title: str) -> Markup | None:
    found = length_histogram(tokens_N)
    if found is None:
        return None
    return charts.histogram_chart(found, title=title, axis="tokens (estimated)", counted="records")


def _quantile(tokens_N: Ints, share: float) -> int:
    return int(np.quantile(tokens_N, share)) if tokens_N.size else 0
