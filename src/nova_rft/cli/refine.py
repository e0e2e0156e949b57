"""`nova-rft refine`: a judge's words improved against people's labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, console
from nova_rft.cli._how import how
from nova_rft.cli._refinement_view import show
from nova_rft.errors import UsageError

if TYPE_CHECKING:
    from nova_rft.calibrate.refine import Method
    from nova_rft.spec import JudgeModelSpec


def refine(
    labels: Annotated[
        Path, typer.Argument(help="What people said: JSON Lines, JSON, CSV, TSV or Parquet.")
    ],
    spec: Annotated[Path, typer.Option(help="The spec.")] = SPEC_FILE,
    out: Annotated[
        Path | None, typer.Option(help="Write the spec with the better words here; a new file.")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write it even where the gain may be chance.")
    ] = False,
    term: Annotated[
        str, typer.Option(help="The judge by name, a juror as JURY.JUROR; by default the only one.")
    ] = "",
    method: Annotated[
        str,
        typer.Option(
            help="gepa: a model rewrites guidance, questions and anchors. examples: the judge is shown "
            "some of people's verdicts; no other model is needed."
        ),
    ] = "gepa",
    reflect: Annotated[
        str | None,
        typer.Option(help="The model that rewrites, as --judge; by default the judge's own."),
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            help="In place of the judge's model: scripted, replay:FILE, bedrock:MODEL or "
            "openai:URL#MODEL."
        ),
    ] = None,
    calls: Annotated[
        int, typer.Option(min=1, help="Different questions to models, at most.")
    ] = 2_000,
    money: Annotated[
        float | None,
        typer.Option(
            min=0, help="What may be paid, by the spec's prices, over all runs of this command."
        ),
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Minutes after which the search ends.")
    ] = None,
    variants: Annotated[
        int, typer.Option(min=1, max=1_000, help="Variants that are tried, at most.")
    ] = 24,
    held_out: Annotated[
        float, typer.Option(min=0.1, max=0.9, help="Share of the prompts that are held out.")
    ] = 0.5,
    human: Annotated[
        list[str] | None,
        typer.Option(help="The field of people's labels; repeated, one for each annotator."),
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
    seed: Annotated[int, typer.Option(min=0, help="Seed of split, search and resamples.")] = 0,
    json: JsonOption = False,
) -> None:
    """Improve what a judge is told on part of the labels; report on the held-out ones alone.

    The better spec is written only when the gain on held-out labels is beyond chance. Stopped anywhere,
    the same command goes on and pays nothing twice. Exit status 1 when nothing was gained.
    """
    from nova_rft.calibrate import Columns, Draws, read_labels
    from nova_rft.calibrate.refine import Plan
    from nova_rft.files import write_whole
    from nova_rft.project import Bounds, Project, Rewriting

    if out is not None and out.exists():
        raise UsageError(f"{out}: is there already; name a new file")
    project = Project.load(spec)
    read = read_labels(labels, Columns(tuple(human or ("human",))))
    rewriting = Rewriting(term, _model(judge), _model(reflect), Bounds(calls, money, minutes))
    asked = how(people, order, Draws(draws, seed), project.spec.calibration.thresholds)
    with console().status("asking") as status:
        plan = Plan(_method(method), held_out, variants, seed, status.update)
        found, text = project.refine(read, rewriting, plan, asked)
    worth = found.beyond_chance or (force and found.search.best is not None)
    written = out if worth else None
    if written is not None:
        write_whole(written, text)
    show(found, project, text, written, json=json)
    if not found.beyond_chance:
        raise typer.Exit(1)


def _model(text: str | None) -> JudgeModelSpec | None:
    from nova_rft.spec import parse_judge

    return parse_judge(text) if text else None


def _method(text: str) -> Method:
    from typing import get_args

    from nova_rft.calibrate.refine import Method

    if text not in get_args(Method):
        raise UsageError(f"--method {text}: use {' or '.join(get_args(Method))}")
    return text  # type: ignore[return-value]  # One of them: looked up above.
