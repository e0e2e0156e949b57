"""Some rollouts to read, as plain data for a page that is drawn elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from nova_rft.report._columns import Row, read_columns
from nova_rft.report._examples import example
from nova_rft.spec import Spec


def newest_rollouts(spec: Spec, rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Trace rows as pages show them, the newest first; long texts are cut.

    Each has `id`, `at`, `reward`, `abstained`, `prompt`, `response`, `reference` and `terms` with their
    values, notes and verdicts.

    Raises:
        UsageError: a row is not one that `trace_rows` wrote.
    """
    columns = read_columns(spec.reward.terms if spec.reward else (), rows)
    return [asdict(example(columns, index)) for index in reversed(range(len(columns.rows)))]
