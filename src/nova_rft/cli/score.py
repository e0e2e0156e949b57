"""`nova-rft score`: the reward on this machine, the very answer that the Lambda gives."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, of_spec
from nova_rft.cli._score_engine import score_by_engine
from nova_rft.cli._score_estimate import read_quotas, show_estimate
from nova_rft.cli._spending import spending
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.reward import Scored


class EngineName(StrEnum):
    """Where responses are scored."""

    HERE = "here"
    LAMBDA = "lambda"
    MAP = "map"
    BATCH = "batch"


def score(
    file: Annotated[
        str, typer.Argument(help="Reward events: a JSON list or JSON Lines (.gz), here or in S3.")
    ],
    spec: SpecOption = SPEC_FILE,
    judge: Annotated[
        str | None,
        typer.Option(
            help="In place of the spec's judges: scripted, replay:FILE, bedrock:MODEL or "
            "openai:URL#MODEL."
        ),
    ] = None,
    event_size: Annotated[
        int, typer.Option(min=1, help="Items in an event, at least; a group is never cut.")
    ] = 256,
    record: Annotated[
        Path | None, typer.Option(help="Write the judge's replies here, for replay:FILE.")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes, for a reward without a judge; by default one for each processor.",
        ),
    ] = None,
    engine: Annotated[
        EngineName | None,
        typer.Option(
            help="here: on this machine. lambda: the deployed function. map: the same by Step "
            "Functions. batch: the judges in Bedrock's batches, at half the price. Rows are kept, "
            "and none is paid twice."
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(help="With --engine: where to write the rows, JSON Lines; here or s3://."),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, max=10_000, help="Events in flight at most, for lambda and map."),
    ] = None,
    deployed: Annotated[
        bool, typer.Option("--lambda", help="The same as --engine lambda.")
    ] = False,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say what it will take, and spend nothing.")
    ] = False,
    quota: Annotated[
        list[str] | None,
        typer.Option(
            help="With --estimate: a quota of this account as NAME=VALUE; may be repeated."
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Score reward events with the spec's reward; with --json exactly the Lambda's answer list."""
    from nova_rft.project import Project
    from nova_rft.reward import read_events
    from nova_rft.spec import parse_judge

    _agree(engine, deployed=deployed, estimate=estimate, quota=quota, concurrency=concurrency)
    project = Project.load(spec)
    if deployed:
        engine = EngineName.LAMBDA
    if estimate:
        foreseen = project.estimate(
            file,
            engine=(engine or EngineName.HERE).value,
            judge=parse_judge(judge) if judge else None,
            event_size=event_size,
            concurrency=concurrency or 32,
            quotas=read_quotas(quota or ()),
        )
        show_estimate(foreseen, project.spec.required_reward, json=json)
        return
    if engine or out:
        engine = engine or EngineName.HERE
        _fits(engine, judge=judge, record=record, workers=workers)
        score_by_engine(
            project,
            file,
            out,
            json=json,
            engine=engine.value,
            judge=parse_judge(judge) if judge else None,
            event_size=event_size,
            concurrency=concurrency,
            workers=workers or os.cpu_count() or 1,
        )
        return
    chosen = parse_judge(judge) if judge else None
    with ExitStack() as stack:
        models = project.judge_models(chosen, recorder=_recorder(record, stack))
        events = read_events(file, event_size)
        found = project.score(events, chosen, models=models, workers=workers or os.cpu_count() or 1)
        scored = (one for event in found for one in event)
        summary = _Summary(project)
        if json:
            _stream(summary.seen(scored))
        else:
            for _ in summary.seen(scored):
                pass
    summary.print()
    spent = spending(models.totals, project.spec.required_reward)
    if spent:
        console().print(spent, markup=False)
    if not json and summary.nothing_scored:
        draw = f"nova-rft preview{of_spec(spec)}"
        console().print(
            f"Nothing was scored. Rollouts of records are drawn by {draw}",
            markup=False,
            soft_wrap=True,
        )
    elif not json:
        how = f" --judge {judge}" if judge else ""
        told = f"Next: nova-rft signal {file}{how}{of_spec(spec, '--spec ')} says what they teach"
        console().print(told, markup=False, soft_wrap=True)


def _agree(
    engine: EngineName | None,
    *,
    deployed: bool,
    estimate: bool,
    quota: list[str] | None,
    concurrency: int | None,
) -> None:
    """Refuses options that would be ignored, or cost what another one says is not to be spent."""
    if deployed and engine not in (None, EngineName.LAMBDA):
        raise UsageError(f"--lambda and --engine {engine} contradict each other; leave one out")
    if quota and not estimate:
        raise UsageError("--quota is for an estimate; add --estimate, or leave --quota out")
    if concurrency and not deployed and engine not in (EngineName.LAMBDA, EngineName.MAP):
        raise UsageError(
            f"--concurrency is for --engine lambda and map, and this is {engine or 'here'}; leave it "
            "out, or name one of them"
        )


def _fits(engine: EngineName, **given: object) -> None:
    if given["record"]:
        raise UsageError("--record keeps replies of a plain score; leave --engine and --out out")
    if engine is not EngineName.HERE and (given["judge"] or given["workers"]):
        raise UsageError(
            f"--engine {engine} asks the spec's own judges where it runs; leave --judge, --record "
            "and --workers out"
        )


def _recorder(record: Path | None, stack: ExitStack) -> Any:
    if record is None:
        return lambda model: model
    from nova_rft.judge import RecordingModel

    stream = stack.enter_context(record.open("w", encoding="utf-8"))
    return lambda model: RecordingModel(model, stream)


def _stream(scored: Iterator[Scored]) -> None:
    """The answer list as AWS's Lambda runtime writes it, item by item, so that memory stays flat."""
    from nova_rft.reward import answer, to_json

    before = "["
    for one in scored:
        sys.stdout.write(before + to_json(answer([one]))[1:-1])
        before = ", "
    sys.stdout.write("]\n" if before == ", " else "[]\n")
    sys.stdout.flush()


class _Summary:
    """What people want to know of a scoring: how many, how good, how many not scored and why."""

    def __init__(self, project: Any) -> None:
        self._names = [term.name for term in project.spec.required_reward.terms]
        self._sums = dict.fromkeys(self._names, 0.0)
        self._counts = dict.fromkeys(self._names, 0)
        self._rollouts = 0
        self._reward = 0.0
        self._causes: dict[str, tuple[int, str]] = {}
        self._notes: set[str] = set()

    def seen(self, scored: Iterator[Scored]) -> Iterator[Scored]:
        for one in scored:
            self._add(one)
            yield one

    def _add(self, one: Scored) -> None:
        from nova_rft.reward import Abstention, Score

        self._rollouts += 1
        if isinstance(one.outcome, Abstention):
            count, detail = self._causes.get(one.outcome.cause, (0, one.outcome.detail))
            self._causes[one.outcome.cause] = (count + 1, detail)
        else:
            self._reward += one.outcome.value
        for name, result in one.terms.items():
            if isinstance(result, Score):
                self._sums[name] += result.value
                self._counts[name] += 1
                if result.details.get("said"):
                    self._notes.add(str(result.details["said"])[:200])

    @property
    def nothing_scored(self) -> bool:
        """Whether no rollout has a reward."""
        return self._rollouts == self._abstained

    @property
    def _abstained(self) -> int:
        return sum(count for count, _ in self._causes.values())

    def print(self) -> None:
        out, abstained = console(), self._abstained
        scored = self._rollouts - abstained
        mean = f"mean reward {self._reward / scored:+.4f}" if scored else "no reward"
        out.print(f"{self._rollouts:,} rollouts, {mean}, {abstained:,} abstained")
        for name in self._names:
            if self._counts[name]:
                mean = f"{self._sums[name] / self._counts[name]:+.4f}"
                out.print(f"  {name}: mean {mean}", markup=False)
        for cause, (count, detail) in self._causes.items():
            out.print(f"  abstained, {cause}: {count:,}, such as: {detail}", markup=False)
        for note in sorted(self._notes)[:3]:
            out.print(f"  the judge says of itself: {note}", markup=False)
