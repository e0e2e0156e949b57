"""A run with all of its steps done, and rollouts that would take over the page if they could."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from nova_rft.calibrate import Fitness, Standing, TermStanding
from nova_rft.data import Finding, RecordCheck
from nova_rft.rehearse import Rehearsed, Step
from nova_rft.report import ReportInput
from nova_rft.rollouts import SignalStanding

from .making import make_job, make_row, make_spec
from .test_evaluation_page import evaluation

HOSTILE: Final = (
    "<script>document.title = 'taken'</script>",
    "<img src=x onerror=\"document.title = 'taken'\">",
    "</pre></details><style>body { display: none }</style>",
    "]]><svg onload=\"document.title = 'taken'\">",
    "to the right \u202eto the left\u202c \u2066isolated",
    "W" * 3_000,
    "long " * 20_000,
    "\ud800 \x00 \x1b[31m",
)


def told(count: int = 48, hostile: bool = True, **changes: Any) -> ReportInput:
    """A report's input with every step done.

    Args:
        count: Of its rollouts, four to a prompt.
        hostile: Whether some prompts, responses and verdicts attack the page.
        **changes: To the input.
    """
    rows = [_row(number) for number in range(count)]
    if hostile:
        for number, text in enumerate(HOSTILE):
            _attack(rows[number], text)
    given: dict[str, Any] = {
        "spec": make_spec(),
        "job": make_job(
            name="contracts-dev-1",
            measures=[{"step": n, "reward": n / 10, "entropy": 1 / n} for n in range(1, 12)],
            cost={"usd": 41.2, "how": "62 minutes at the spec's price"},
        ),
        "rows": rows,
        "standing": Standing((_standing(),)),
        "checks": [("train.jsonl", _check())],
        "rehearsed": _rehearsed(),
        "signal": _signal(),
        "evaluation": evaluation().as_dict(),
        "traces": "s3://adding-dev-output/traces/3/",
    }
    return ReportInput(**{**given, **changes})


def _row(number: int) -> dict[str, Any]:
    return make_row(
        number,
        group=f"g{number // 4:03}",
        right=float(number % 3 == 0),
        style=None if number % 23 == 7 else float(number % 2),
        event=number // 8 % 60,
        prompt=f"What is 2 + 2, in case {number // 4}?",
        response=f"In case {number // 4} it is 2 + 2\n  = 4, said in way {number}. "
        * (number % 5 + 1),
    )


def _attack(row: dict[str, Any], text: str) -> None:
    row.update(id=row["id"] + text[:200], response=f"{text} = 4", reference=text[:2_000])
    row["prompt"] = [{"role": f"user{text[:60]}", "content": text[:4_000]}]
    for term in row["terms"].values():
        for verdict in term.get("details", {}).get("verdicts", []):
            verdict.update(reason=text[:400], evidence=text[:400], criterion=text[:80])


def _standing() -> TermStanding:
    agreed = {"value": 0.71, "low": 0.6, "high": 0.8}
    figures = {"n": 240, "prompts": 120, "accuracy": agreed, "kappa": agreed}
    return TermStanding(
        "style", Fitness.WARNING, ("kappa 0.71 is under the 0.75 asked for",), figures
    )


def _check() -> RecordCheck:
    def finding(line: int, rule: str) -> Finding:
        return Finding("train.jsonl", line, "reference", rule, "warning", "<b>looks</b> odd")

    rules = ("data.twice", *(f"rule.{letter}" for letter in "abcdefghij"))
    return RecordCheck(400, [finding(n, rule) for n, rule in enumerate(rules * 2, start=1)])


def _rehearsed() -> Rehearsed:
    course = [Step(n, {"reward": n / 20, "check": n / 25, "length": 20.0}, 16) for n in range(20)]
    looks = [Step(n, {"reward": n / 22, "check": n / 30}, 16, held_out=True) for n in (0, 10, 19)]
    outcome = {
        "verdict": "learns",
        "reason": "what is right rose from 0.00 to 0.76, and the reward from 0.00 to 0.95",
        "forecast": {"reason": "the reward pulls towards what is right"},
        "advice": ["Bound <their> length."],
        "policy": "tiny",
        "steps": 20,
        "seconds": 61.0,
        "interrupted": False,
    }
    ended = datetime(2026, 2, 27, 12, 0, tzinfo=UTC)
    return Rehearsed(Path("rehearsals/abc"), {}, (*course, *looks), (), outcome, ended)


def _signal() -> SignalStanding:
    return SignalStanding(
        source="preview",
        at="2026-02-28T12:00:00+00:00",
        policies=("amazon.nova-2-lite-v1:0",),
        rollouts=256,
        prompts=32,
        without_signal=0.19,
        baseline=0.41,
        positive=0.8,
        samples_per_prompt=8,
        batch_size=32,
        findings={"fine": "Most prompts have something to teach."},
    )
