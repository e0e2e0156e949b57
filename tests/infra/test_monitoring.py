"""Alarms and dashboard: every metric they name exists, and an alarm means what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from nova_rft.spec import CAUSE_METRICS, RewardMetric
from tests.infra.conftest import ACCOUNT, Templates, only, resources
from tests.infra.emitted import JUDGE, SPEC, UNPRICED, Metric, emitted

# Lambda developer guide, "Types of metrics for Lambda functions" and "Monitoring concurrency"; by
# function all versions together, by Resource (`NAME:VERSION`) one version.
OF_LAMBDA: Final = {
    "FunctionName": {"Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"},
    "FunctionName,Resource": {
        "ProvisionedConcurrencyInvocations",
        "ProvisionedConcurrencySpilloverInvocations",
    },
}
# Bedrock user guide, "Amazon Bedrock runtime metrics", by ModelId.
OF_BEDROCK: Final = {
    "Invocations",
    "InvocationLatency",
    "InvocationClientErrors",
    "InvocationServerErrors",
    "InvocationThrottles",
    "InputTokenCount",
    "OutputTokenCount",
}


# The stacks bundle no function of one's own; the term's name is what counts here.
def _stacked(spec: str) -> str:
    return spec.replace('type: python, function: "own:own"', "type: match")


DEPLOYED: Final = _stacked(SPEC)
EVERYTHING: Final[dict[str, Any]] = {
    "alarms": {"reward_floor": 0.2, "daily_cost": 50},
    "concurrency": {"reserved": 40, "provisioned": 4},
    "notify": {"emails": ["a@example.com", "b@example.com"]},
    "key": "new",
}
Synthesise = Callable[..., Templates]


@dataclass(frozen=True)
class Named:
    """A metric that a template names, and the values that a search leaves open."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    open: frozenset[str] = frozenset()


@pytest.fixture(scope="module")
def everything(synthesise: Synthesise) -> Templates:
    return synthesise(DEPLOYED, stage=EVERYTHING)


@pytest.fixture(scope="module")
def monitoring(everything: Templates) -> dict[str, Any]:
    return everything["monitoring"]


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> dict[Metric, float]:
    return emitted(tmp_path_factory.mktemp("handler"))


def _all_emitted(monitoring: dict[str, Any], real: dict[Metric, float]) -> int:
    ours = [one for one in _named(monitoring) if one.namespace == "nova_rft"]
    for one in ours:
        assert any(_is(one, name, dimensions) for name, dimensions in real), one
    return len(ours)


def test_every_metric_of_ours_is_emitted(
    monitoring: dict[str, Any], real: dict[Metric, float]
) -> None:
    assert _all_emitted(monitoring, real) > 30


def test_without_prices_too(synthesise: Synthesise, tmp_path: Path) -> None:
    made = synthesise(_stacked(UNPRICED))["monitoring"]
    assert _all_emitted(made, emitted(tmp_path, UNPRICED)) > 25
    assert "JudgeCost" not in json.dumps(made)


def test_every_metric_of_aws_is_documented(monitoring: dict[str, Any]) -> None:
    theirs = [one for one in _named(monitoring) if one.namespace != "nova_rft"]
    assert {one.namespace for one in theirs} == {"AWS/Lambda", "AWS/Bedrock"}
    for one in theirs:
        if one.namespace == "AWS/Bedrock":
            assert one.dimensions == {("ModelId", JUDGE)}
            assert one.name in OF_BEDROCK
        else:
            assert ("FunctionName", "p-dev-reward") in one.dimensions
            names = sorted({name for name, _ in one.dimensions} | one.open)
            assert one.name in OF_LAMBDA[",".join(names)]


def test_every_metric_that_is_emitted_is_in_the_table(real: dict[Metric, float]) -> None:
    known = {one.value for one in RewardMetric} | set(CAUSE_METRICS.values())
    assert {name for name, _ in real if not name.startswith("Term.")} == known


def test_what_is_emitted_adds_up(real: dict[Metric, float]) -> None:
    together = frozenset({("Project", "p"), ("Stage", "dev")})
    sums = {name: value for (name, dimensions), value in real.items() if dimensions == together}
    by_cause = sum(value for name, value in sums.items() if name.startswith("Abstentions."))
    assert sums["Abstentions"] == by_cause == len(CAUSE_METRICS) + 1
    assert sums["JudgeAbstentions"] == 5
    assert sums["JudgeFailures"] == sums["JudgeThrottles"] > 0
    assert sums["JudgeCalls"] > 120
    assert sums["JudgeSeconds"] > 0
    assert 50 < sums["SecondsLeft"] < 120


def test_alarms(monitoring: dict[str, Any]) -> None:
    assert set(_alarms(monitoring)) == {
        "daily-cost",
        "duration",
        "errors",
        "judge-failing",
        "reward-collapsed",
        "reward-constant",
        "throttles",
        "unscored",
    }
    for alarm in _alarms(monitoring).values():
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmDescription"].startswith("p (dev): ")
        assert len(alarm["AlarmActions"]) == 1
    assert _alarms(monitoring)["duration"]["Threshold"] == 0.8 * 900_000


def test_without_settings_there_are_fewer_and_nobody_is_told(synthesise: Synthesise) -> None:
    stage = {"dashboard": False, "alarms": {"reward_spread": 0}}
    made = synthesise(DEPLOYED, stage=stage)["monitoring"]
    alarms = _alarms(made)
    assert set(alarms) == {"duration", "errors", "judge-failing", "throttles", "unscored"}
    assert not any("AlarmActions" in alarm for alarm in alarms.values())
    assert set(made["Outputs"]) == {"AlarmPrefix"}
    assert not resources(made, "AWS::CloudWatch::Dashboard")
    assert not resources(made, "AWS::SNS::Topic")


def test_a_cost_without_a_price_is_refused(synthesise: Synthesise) -> None:
    unpriced = _stacked(UNPRICED)
    with pytest.raises(ValueError, match=r"daily_cost cannot be watched.+reward\.prices"):
        synthesise(unpriced, stage={"alarms": {"daily_cost": 1}})


@pytest.mark.parametrize(
    ("alarm", "values", "rings"),
    [
        # Between trainings, and while an event is empty, nothing rings.
        *[
            (name, {}, False)
            for name in ("judge-failing", "unscored", "reward-constant", "reward-collapsed")
        ],
        ("judge-failing", {"judge": 0, "rollouts": 0}, False),
        ("unscored", {"abstained": 0, "judge": 0, "rollouts": 0}, False),
        # Of 5 in 100 nothing is said, of 6 there is.
        ("judge-failing", {"judge": 5, "rollouts": 100}, False),
        ("judge-failing", {"judge": 6, "rollouts": 100}, True),
        # What is the judge's fault is not told twice.
        ("unscored", {"abstained": 50, "judge": 50, "rollouts": 100}, False),
        ("unscored", {"abstained": 56, "judge": 50, "rollouts": 100}, True),
        ("reward-constant", {"groups": 7, "spread": 0.0}, False),
        ("reward-constant", {"groups": 8, "spread": 0.0}, True),
        ("reward-constant", {"groups": 800, "spread": 0.001}, False),
        ("reward-collapsed", {"Reward": 0.19}, True),
        ("reward-collapsed", {"Reward": 0.2}, False),
        ("daily-cost", {"JudgeCost": 50.0}, False),
        ("daily-cost", {"JudgeCost": 50.1}, True),
        ("errors", {"Errors": 1}, True),
    ],
)
def test_an_alarm_rings(
    monitoring: dict[str, Any], alarm: str, values: dict[str, float], rings: bool
) -> None:
    assert _rings(_alarms(monitoring)[alarm], values) is rings


def test_nothing_waits_for_another_stack(monitoring: dict[str, Any]) -> None:
    """An imported version would keep the next one from being deployed."""
    imported = re.findall(r'"Fn::ImportValue": "([^"]+)"', json.dumps(monitoring))
    # The stage's key alone, which stays what it is.
    assert {name.partition(":")[0] for name in imported} == {"p-dev-key"}


def test_notices_go_to_one_encrypted_topic(
    everything: Templates, monitoring: dict[str, Any]
) -> None:
    topic = only(monitoring, "AWS::SNS::Topic")
    assert topic["KmsMasterKeyId"]["Fn::ImportValue"].startswith("p-dev-key:")
    key = only(everything["key"], "AWS::KMS::Key")
    told = resources(monitoring, "AWS::SNS::Subscription").values()
    assert sorted(one["Properties"]["Endpoint"] for one in told) == [
        "a@example.com",
        "b@example.com",
    ]
    policy = only(monitoring, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    (deny,) = [one for one in policy if one["Effect"] == "Deny"]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    cloudwatch = {"Service": "cloudwatch.amazonaws.com"}
    for statements in (policy, key["KeyPolicy"]["Statement"]):
        (alarms,) = [one for one in statements if one["Principal"] == cloudwatch]
        assert alarms["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
        named = alarms["Condition"]["ArnEquals"]["aws:SourceArn"]
        start = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:p-dev-"
        # Each by its name: those of a stage `dev-x` begin alike.
        known = {one.removeprefix(start) for one in named}
        assert known == {*_alarms(monitoring), "dead-letters"}


def test_dead_letters_are_told_each_time_and_shown(synthesise: Synthesise) -> None:
    stage: dict[str, Any] = {"pipeline": {}, "notify": {"emails": ["a@example.com"]}}
    made = synthesise(DEPLOYED, stage=stage)
    ((name, alarm),) = _alarms(made["pipeline"]).items()
    assert name == "dead-letters"
    # What lies in the queue for days would keep it red, and the next letter silent.
    assert (alarm["MetricName"], alarm["Statistic"]) == ("NumberOfMessagesSent", "Sum")
    assert alarm["Period"] == 300
    assert _rings(alarm, {"NumberOfMessagesSent": 1})
    assert not _rings(alarm, {"NumberOfMessagesSent": 0}) and not _rings(alarm, {})
    assert alarm["AlarmActions"]
    arn = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:p-dev-dead-letters"

    def shown(template: dict[str, Any]) -> bool:
        body = json.dumps(only(template, "AWS::CloudWatch::Dashboard")["DashboardBody"])
        return arn in body

    assert shown(made["monitoring"])
    assert not shown(synthesise(DEPLOYED, stage={"notify": stage["notify"]})["monitoring"])


def test_every_alarm_is_in_the_manual(monitoring: dict[str, Any], root: Path) -> None:
    text = (root / "docs" / "monitoring.md").read_text()
    for name in (*_alarms(monitoring), "dead-letters"):
        assert f"\n| `{name}` | " in text, name


def test_a_topic_that_is_there_is_used(synthesise: Synthesise) -> None:
    arn = f"arn:aws:sns:us-east-1:{ACCOUNT}:ours"
    made = synthesise(DEPLOYED, stage={"notify": {"topic": arn}})["monitoring"]
    assert not resources(made, "AWS::SNS::Topic")
    assert {tuple(alarm["AlarmActions"]) for alarm in _alarms(made).values()} == {(arn,)}


def _alarms(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = resources(template, "AWS::CloudWatch::Alarm").values()
    return {
        one["Properties"]["AlarmName"].removeprefix("p-dev-"): one["Properties"] for one in found
    }


def _named(template: dict[str, Any]) -> Iterator[Named]:
    for alarm in _alarms(template).values():
        for one in alarm.get("Metrics", [{"MetricStat": {"Metric": alarm}}]):
            if "MetricStat" in one:
                metric = one["MetricStat"]["Metric"]
                pairs = frozenset((d["Name"], d["Value"]) for d in metric["Dimensions"])
                yield Named(metric["Namespace"], metric["MetricName"], pairs)
    for widget in _widgets(template):
        for line in widget["properties"].get("metrics", []):
            yield _searched(line[0]["expression"]) if isinstance(line[0], dict) else _drawn(line)


def _widgets(template: dict[str, Any]) -> list[dict[str, Any]]:
    body = only(template, "AWS::CloudWatch::Dashboard")["DashboardBody"]
    parts = body["Fn::Join"][1] if isinstance(body, dict) else [body]
    text = "".join(part if isinstance(part, str) else "token" for part in parts)
    widgets: list[dict[str, Any]] = json.loads(text)["widgets"]
    return widgets


def _drawn(line: list[Any]) -> Named:
    namespace, name, *pairs = [part for part in line if isinstance(part, str)]
    return Named(namespace, name, frozenset(zip(pairs[::2], pairs[1::2], strict=True)))


def _searched(expression: str) -> Named:
    found = re.fullmatch(r"SEARCH\('\{([^}]+)\} (.+)', '\w+', \d+\)", expression)
    assert found, expression
    namespace, *names = found[1].split(",")
    said = dict(re.findall(r'(\w+)="([^"]+)"', found[2]))
    name = said.pop("MetricName")
    return Named(namespace, name, frozenset(said.items()), frozenset(set(names) - set(said)))


def _is(one: Named, name: str, dimensions: frozenset[tuple[str, str]]) -> bool:
    rest = dimensions - one.dimensions
    return one.name == name and one.dimensions <= dimensions and {k for k, _ in rest} == one.open


def _rings(alarm: dict[str, Any], values: dict[str, float]) -> bool:
    """As CloudWatch evaluates one period; a metric that is missing leaves nothing to evaluate."""
    asked = [one["Id"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
    if not asked:
        value = values.get(alarm["MetricName"])
    elif values:
        (math,) = [one for one in alarm["Metrics"] if "Expression" in one]
        expression = math["Expression"].replace(" AND ", " and ").replace("IF(", "_if(")
        functions = {"_if": lambda condition, one, other: one if condition else other}
        value = eval(expression, {"__builtins__": {}, **functions}, {k: values[k] for k in asked})  # noqa: S307 - our own
    else:
        value = None
    if value is None:
        return bool(alarm["TreatMissingData"] != "notBreaching")
    threshold = alarm["Threshold"]
    compared: dict[str, bool] = {
        "GreaterThanThreshold": value > threshold,
        "GreaterThanOrEqualToThreshold": value >= threshold,
        "LessThanThreshold": value < threshold,
    }
    return compared[alarm["ComparisonOperator"]]
