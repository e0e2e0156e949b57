"""The page on metrics: what the reward Lambda emits, why there was no score, what jobs measure."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Final

from nova_rft.jobs._measures import NAMES
from nova_rft.outcome import Cause
from nova_rft.spec import (
    CAUSE_METRICS,
    METRIC_DIMENSIONS,
    METRICS_NAMESPACE,
    VERSION_DIMENSION,
    RewardMetric,
    term_metric,
)
from nova_rft.spec._metrics import JUDGE_CAUSES

PAGE: Final = Path(__file__).parents[1] / "metrics.md"
_DIMENSIONS: Final = ", ".join(f"`{one}`" for one in METRIC_DIMENSIONS)
_HEAD: Final = f"""\
# Metrics

Made from the code by `make docs`; do not edit. Which alarms look at them, and what to do when one rings:
[monitoring.md](monitoring.md).

## What the reward Lambda emits

Namespace `{METRICS_NAMESPACE}` in CloudWatch, in the dimensions
{_DIMENSIONS} and `{VERSION_DIMENSION}`, and without the last.

| metric | unit | what it is |
|---|---|---|
"""
_CAUSES: Final = """\

## Why there was no score

One metric for each cause, in events that had it. Those of a judge ring `judge-failing`, all others
`unscored`.

| metric | whose |
|---|---|
"""
_MEASURES: Final = """\

## What jobs measure of themselves

Whatever a backend writes, `watch --json` (`measures`), the report and MLflow have it under one name.

| name | as backends write it |
|---|---|
"""


def page() -> str:
    """The whole page."""
    emitted = [f"| `{one.value}` | {one.unit} | {one.meaning} |" for one in RewardMetric]
    emitted.append(
        f"| `{term_metric('NAME')}` | None | The raw value of the term NAME, of each scored rollout. |"
    )
    causes = [
        f"| `{CAUSE_METRICS[cause]}` | {'a judge' if cause in JUDGE_CAUSES else 'records or terms'} |"
        for cause in Cause
    ]
    written: dict[str, list[str]] = defaultdict(list)
    for theirs, ours in NAMES.items():
        written[ours].append(f"`{theirs}`")
    measures = [f"| `{ours}` | {', '.join(theirs)} |" for ours, theirs in written.items()]
    return "".join(
        head + "\n".join(rows) + "\n"
        for head, rows in ((_HEAD, emitted), (_CAUSES, causes), (_MEASURES, measures))
    )
