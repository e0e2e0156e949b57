"""Some rollouts to read, in an order of the caller's."""

from __future__ import annotations

from collections.abc import Sequence

from nova_rft.report._columns import Row, read_columns
from nova_rft.report._examples import example
from nova_rft.report._summary import Example
from nova_rft.spec import Spec


def newest_examples(spec: Spec, rows: Sequence[Row]) -> list[Example]:
    """Trace rows as pages show them, the newest first; long texts are cut.

    Raises:
        UsageError: a row is not one that `trace_rows` wrote.
    """
    columns = read_columns(spec.reward.terms if spec.reward else (), rows)
    return [example(columns, index) for index in reversed(range(len(columns.rows)))]
