"""CloudWatch's embedded metric format: what a function prints becomes metrics, as in AWS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID


def put_emf(region: str, lines: Iterable[str]) -> None:
    """Puts the metrics that are in printed lines into moto's CloudWatch."""
    backend = get_backend("cloudwatch")[DEFAULT_ACCOUNT_ID][region]
    for line in lines:
        if '"_aws"' in line:
            for namespace, data in metrics_in(line):
                backend.put_metric_data(namespace, [data])


def metrics_in(line: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Namespace and statistics of each metric in one line; nothing where it is no EMF."""
    try:
        document = json.loads(line)
        about = document["_aws"]
        directives = about["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError):
        return
    at = datetime.fromtimestamp(about["Timestamp"] / 1000, tz=UTC).replace(tzinfo=None)
    for directive in directives:
        for names in directive["Dimensions"]:
            dimensions = [{"Name": name, "Value": document[name]} for name in names]
            for metric in directive["Metrics"]:
                value = document[metric["Name"]]
                values = value if isinstance(value, list) else [value]
                yield (
                    directive["Namespace"],
                    {
                        "MetricName": metric["Name"],
                        "Dimensions": dimensions,
                        "Timestamp": at,
                        "Unit": metric.get("Unit"),
                        # One set for each line, as CloudWatch itself condenses an array.
                        "StatisticValues": {
                            "Sum": sum(values),
                            "Minimum": min(values),
                            "Maximum": max(values),
                            "SampleCount": len(values),
                        },
                    },
                )
