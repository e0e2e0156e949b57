"""Reading the metrics that the reward Lambda emits, from CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.spec import METRICS_NAMESPACE


@dataclass(frozen=True, slots=True)
class Point:
    """One metric's value in one period."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """A metric of the reward and how to condense it: `Average`, `Sum`, `Minimum` or `Maximum`."""

    name: str
    statistic: str


def read_metrics(
    aws: Aws,
    queries: list[MetricQuery],
    *,
    dimensions: dict[str, str],
    start: datetime,
    end: datetime,
    period_s: int,
) -> dict[MetricQuery, list[Point]]:
    """Points of each metric in order of time; an empty list where nothing was emitted."""
    asked = [
        {
            "Id": f"q{index}",
            "MetricStat": {
                "Metric": {
                    "Namespace": METRICS_NAMESPACE,
                    "MetricName": query.name,
                    "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
                },
                "Period": period_s,
                "Stat": query.statistic,
            },
        }
        for index, query in enumerate(queries)
    ]
    found: dict[MetricQuery, list[Point]] = {query: [] for query in queries}
    with aws_errors():
        for page in (
            aws.client("cloudwatch")
            .get_paginator("get_metric_data")
            .paginate(
                MetricDataQueries=asked,  # type: ignore[arg-type] # the stubs want their own dicts
                StartTime=start,
                EndTime=end,
                ScanBy="TimestampAscending",
            )
        ):
            for result in page["MetricDataResults"]:
                points = zip(result["Timestamps"], result["Values"], strict=True)
                query = queries[int(result["Id"][1:])]
                found[query].extend(Point(at, value) for at, value in points)
    return {query: sorted(points, key=lambda p: p.at) for query, points in found.items()}
