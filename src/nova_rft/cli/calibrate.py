"""`nova-rft calibrate`: the judge against people."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._calibration_view import Found, show
from nova_rft.cli._common import SPEC_FILE, JsonOption, console
from nova_rft.cli._how import how
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.calibrate import How, Labels
    from nova_rft.project import Project


def calibrate(
    labels: Annotated[
        Path, typer.Argument(help="What people said: JSON Lines, JSON, CSV, TSV or Parquet.")
    ],
    replay: Annotated[
        bool, typer.Option("--replay", help="Take the verdicts in the file; ask nobody.")
    ] = False,
    spec: Annotated[
        Path | None, typer.Option(help=f"The spec; by default {SPEC_FILE}, with --replay none.")
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option(
            help="In place of the spec's judge models, several to compare: scripted, replay:FILE, "
            "bedrock:MODEL or openai:URL#MODEL."
        ),
    ] = None,
    term: Annotated[
        list[str] | None, typer.Option(help="Judges of the reward by name; by default all.")
    ] = None,
    repeats: Annotated[
        int,
        typer.Option(min=1, max=16, help="How often each question is asked; 2 or more show noise."),
    ] = 1,
    attacks: Annotated[
        int, typer.Option(min=0, max=1000, help="On how many prompts known attacks are tried.")
    ] = 1,
    human: Annotated[
        list[str] | None,
        typer.Option(help="The field of people's labels; repeated, one for each annotator."),
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="A field with a metric of production, such as thumbs.")
    ] = None,
    people: Annotated[
        str, typer.Option(help="How several annotators become one: majority, mean or median.")
    ] = "majority",
    order: Annotated[
        str, typer.Option(help="Labels from the worst to the best, such as bad,fair,good.")
    ] = "",
    draws: Annotated[
        int, typer.Option(min=100, max=20_000, help="Resamples for each interval.")
    ] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resamples.")] = 0,
    record: Annotated[
        Path | None, typer.Option(help="Write the judge's replies here, for replay:FILE.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write a page with pictures and the worst disagreements.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Hold a judge against people: agreement, biases, noise, and whether it is fit to train with.

    Without --replay the spec's judges are asked, and what is found is kept beside the spec, where
    nova-rft submit looks for it. Exit status 1 when one of the spec's judges is not fit.
    """
    from nova_rft.calibrate import Columns, Draws, Fitness, read_labels
    from nova_rft.spec import Thresholds

    if replay and (judge or term or record or repeats > 1):
        raise UsageError(
            "--replay takes the verdicts in the file; leave --judge, --term, --record and --repeats out"
        )
    project = None if replay and spec is None else _project(spec)
    thresholds = project.spec.calibration.thresholds if project else Thresholds()
    asked = how(people, order, Draws(draws, seed), thresholds)
    columns = Columns(tuple(human or ("human",)), tuple(metric or ()))
    read = read_labels(labels, columns, recorded=replay)
    if project is None or replay:
        found = _replayed(read, asked)
    else:
        found = _asked(project, read, asked, judge or [], term or [], (repeats, attacks), record)
    show(read, found, asked, page, json=json)
    if project and any(one.ruling.fitness is Fitness.UNFIT for one in found.judges):
        raise typer.Exit(1)


def _project(spec: Path | None) -> Project:
    from nova_rft.project import Project

    return Project.load(spec or SPEC_FILE)


def _replayed(labels: Labels, how: How) -> Found:
    from nova_rft.calibrate import calibrate

    with console().status("resampling"):
        return Found([calibrate(labels, judge, how) for judge in labels.judges])


def _asked(
    project: Project,
    labels: Labels,
    how: How,
    judges: list[str],
    terms: list[str],
    often: tuple[int, int],
    record: Path | None,
) -> Found:
    """Asks each judge, one after the other; those that are the spec's own are kept beside it."""
    from nova_rft.judge import RecordingModel
    from nova_rft.project import Asking
    from nova_rft.spec import parse_judge

    candidates = project.candidates(terms, [parse_judge(one) for one in judges])
    found = Found([], currency=_currency(project))
    with ExitStack() as stack:
        status = stack.enter_context(console().status("asking"))
        stream = stack.enter_context(record.open("w", encoding="utf-8")) if record else None
        asking = Asking(
            *often,
            recorder=lambda model: RecordingModel(model, stream) if stream else model,
            progress=lambda judge, done, of: status.update(f"{judge}: {done:,} of {of:,} labels"),
        )
        for candidate in candidates:
            calibration, jurors = project.calibrate(labels, candidate, how, asking)
            found.judges.append(calibration)
            found.juries |= {candidate.name: jurors} if jurors else {}
    if not judges:
        kept = list(zip(candidates, found.judges, strict=True))
        found.kept = project.keep_calibration(kept)
    return found


def _currency(project: Project) -> str:
    budget = project.spec.required_reward.budget
    return budget.currency if budget else "USD"
