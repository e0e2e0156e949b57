"""CloudWatch's embedded metric format: what a function prints becomes metrics, as in AWS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID


def put_emf(region: str, lines: Iterable[str]) -> None:
    """Puts the metrics that are in printed lines into moto's CloudWatch.

    `StorageResolution` makes no difference: moto keeps every point at its own time.
    """
    backend = get_backend("cloudwatch")[DEFAULT_ACCOUNT_ID][region]
    for line in lines:
        if '"_aws"' in line:
            for namespace, data in metrics_in(line):
                backend.put_metric_data(namespace, [data])


def metrics_in(line: str) -> list[tuple[str, dict[str, Any]]]:
    """Namespace and statistics of each metric in one line; none where the line is not valid EMF."""
    try:
        document = json.loads(line)
        about = document["_aws"]
        at = datetime.fromtimestamp(about["Timestamp"] / 1000, tz=UTC).replace(tzinfo=None)
        return [
            (directive["Namespace"], {**one, "Timestamp": at})
            for directive in about["CloudWatchMetrics"]
            for one in _metrics(directive, document)
        ]
    # CloudWatch, too, keeps such a line as a log and makes no metric of it.
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return []


def _metrics(directive: dict[str, Any], document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One set of statistics for each metric and set of dimensions."""
    for names in directive["Dimensions"]:
        dimensions = [{"Name": name, "Value": str(document[name])} for name in names]
        for metric in directive["Metrics"]:
            value = document[metric["Name"]]
            values = [float(one) for one in (value if isinstance(value, list) else [value])]
            yield {
                "MetricName": metric["Name"],
                "Dimensions": dimensions,
                "Unit": metric.get("Unit", "None"),
                # One set for each line, as CloudWatch itself condenses an array.
                "StatisticValues": {
                    "Sum": sum(values),
                    "Minimum": min(values),
                    "Maximum": max(values),
                    "SampleCount": len(values),
                },
            }
