"""`nova-rft evaluate`: the trained model against its base and others, and whether the gain is real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json
from nova_rft.errors import BudgetSpent, UsageError

if TYPE_CHECKING:
    from nova_rft.evaluate import Bill, Evaluation
    from nova_rft.project import Evaluating, Project
    from nova_rft.spec import EvaluationSpec, GainThresholds, Skill

_MODEL: Final = "bedrock:MODEL (also a deployment's ARN), openai:URL#MODEL or scripted"


class SampledBy(StrEnum):
    """How answers are asked for."""

    HERE = "here"
    BATCH = "batch"


def evaluate(
    spec: SpecArgument = SPEC_FILE,
    model: Annotated[
        list[str] | None,
        typer.Option(help=f"NAME=MODEL: one more to compare with the base; MODEL: {_MODEL}."),
    ] = None,
    base: Annotated[
        str | None, typer.Option(help="What is compared against, in place of the spec's model.")
    ] = None,
    custom: Annotated[
        str | None,
        typer.Option(
            help="The trained model: a job, a deployment, a model, or none; by default that of the "
            "newest completed job."
        ),
    ] = None,
    records: Annotated[
        Path | None, typer.Option(help="Held-out records; by default data.validation.")
    ] = None,
    skills: Annotated[
        list[str] | None,
        typer.Option(
            help="NAME=FILE:TERM,...: a skill to be kept, measured by terms of the reward."
        ),
    ] = None,
    judge: Annotated[
        str | None, typer.Option(help="Who grades and compares; not a judge that trained.")
    ] = None,
    same_judge: Annotated[
        bool, typer.Option("--same-judge", help="Let a judge that trained grade all the same.")
    ] = False,
    slices: Annotated[
        list[str] | None, typer.Option("--slice", help="A field of the records to report apart.")
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option("-n", "--samples", min=1, max=64, help="Answers of each model to a prompt."),
    ] = None,
    prompts: Annotated[int | None, typer.Option(min=1, help="Prompts, at most.")] = None,
    primary: Annotated[
        str | None, typer.Option(help="The measure whose verdict counts; by default the reward.")
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(min=0, help="Money past which nothing more is asked, over all runs."),
    ] = None,
    engine: Annotated[
        SampledBy,
        typer.Option(
            help="here: asks on demand. batch: asks the base and other models on Bedrock in batches, "
            "at half the price and in hours; a custom model answers on demand alone."
        ),
    ] = SampledBy.HERE,
    bedrock: Annotated[
        bool,
        typer.Option("--bedrock", help="Start Bedrock's own evaluation jobs, or read them."),
    ] = False,
    threshold: Annotated[
        float | None,
        typer.Option(help="Exit status 1 unless the gain's interval lies above this."),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="The folder; one that is there already is continued.")
    ] = Path("evaluation"),
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say what it will take, and ask nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Compare the trained model with the base on held-out records, and say whether the gain is real.

    What was found is written to evaluation.json and evaluation.html in the folder. Stopped anywhere,
    the same command goes on and pays nothing twice. Exit status 1 when a threshold is not met or the
    budget is spent.
    """
    from nova_rft.project import Project
    from nova_rft.spec import parse_judge

    project = Project.load(spec)
    asked = project.spec.evaluation
    given = {
        "base": parse_judge(base, "--base") if base else None,
        "models": dict(map(_named, model)) if model else None,
        "records": str(records.resolve()) if records else None,
        "skills": tuple(_skill(project, one) for one in skills) if skills else None,
        "judge": parse_judge(judge) if judge else None,
        "slices": tuple(slices) if slices else None,
        "samples": samples,
        "prompts": prompts,
        "primary": primary,
        "thresholds": _thresholds(asked, threshold),
    }
    changes = {name: value for name, value in given.items() if value is not None}
    settled = project.evaluating(
        out, custom=custom, same_judge=same_judge, engine=engine.value, **changes
    )
    bill = project.evaluation_bill(settled)
    _say_beforehand(settled, bill, budget)
    if estimate:
        if json:
            print_json(asdict(bill))
        return
    found = _evaluate(project, settled, budget, bedrock)
    _show(found, settled.asked.thresholds, out, json=json)


def _evaluate(
    project: Project, settled: Evaluating, budget: float | None, bedrock: bool
) -> Evaluation:
    out = console()
    try:
        with out.status("asking") as status:
            return project.evaluate(
                settled=settled, budget=budget, bedrock=bedrock, progress=status.update
            )
    except BudgetSpent as spent:
        out.print(f"[yellow]stopped[/]: {spent}", soft_wrap=True)
        out.print("the same command with a greater --budget goes on", markup=False)
        raise typer.Exit(1) from None


def _show(found: Evaluation, thresholds: GainThresholds, folder: Path, *, json: bool) -> None:
    """Prints what was found, writes the page, and leaves with the gate's exit status."""
    from nova_rft.cli._evaluation_view import show_evaluation
    from nova_rft.evaluate import unmet
    from nova_rft.report import write_evaluation_page

    missed = unmet(found, thresholds)
    page = write_evaluation_page(found, missed, thresholds.asked, folder / "evaluation.html")
    show_evaluation(found, console())
    out = console()
    if json:
        gate = {"asked": thresholds.asked, "passed": not missed, "unmet": list(missed)}
        print_json({**found.as_dict(), "page": str(page), "gate": gate})
    else:
        out.print(f"Next: read {page}", markup=False, soft_wrap=True)
    for one in missed:
        out.print(f"[red]not met[/]: {one}", soft_wrap=True)
    if missed:
        raise typer.Exit(1)
    if thresholds.asked:
        out.print("[green]met[/]: all thresholds")


def _named(text: str) -> tuple[str, Any]:
    from nova_rft.spec import parse_judge

    name, equals, rest = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--model {text}: unknown form; use NAME=MODEL, MODEL: {_MODEL}")
    return name, parse_judge(rest, "--model")


def _skill(project: Project, text: str) -> Skill:
    from nova_rft.spec import Skill

    name, _, rest = text.partition("=")
    file, _, listed = rest.rpartition(":")
    if not name or not file or not listed:
        raise UsageError(f"--skills {text}: unknown form; use NAME=FILE:TERM,...")
    known = {term.name: term for term in project.spec.measured_reward.terms}
    names: Sequence[str] = listed.split(",")
    missing = [one for one in names if one not in known]
    if missing:
        raise UsageError(
            f"--skills {text}: the reward has no term {', '.join(missing)}; name some of "
            f"{', '.join(known)}, or write the skill's own terms under evaluation.skills"
        )
    path = file if file.startswith("s3://") else str(Path(file).resolve())
    return Skill(name=name, file=path, terms=tuple(known[one] for one in names))


def _thresholds(asked: EvaluationSpec, threshold: float | None) -> GainThresholds | None:
    if threshold is None:
        return None
    return asked.thresholds.model_copy(update={"gain": threshold})


def _say_beforehand(settled: Evaluating, bill: Bill, budget: float | None) -> None:
    out = console()
    sampling = settled.sampling
    names = ", ".join(f"{one.name} ({one.id})" for one in sampling.contenders)
    out.print(f"{names}", markup=False, soft_wrap=True)
    if settled.batched:
        alone = [one.name for one in sampling.contenders if one.name not in settled.batched]
        rest = f"; on demand: {', '.join(alone)}" if alone else ""
        out.print(f"in batches: {', '.join(settled.batched)}{rest}", markup=False)
    held_out, *skills = sampling.parts
    parts = [f"{len(held_out.prompts):,} prompts"]
    parts += [f"{len(one.prompts):,} of {one.name}" for one in skills]
    judged = f", at most {bill.judge_calls:,} calls of the judge" if bill.judge_calls else ""
    out.print(f"{', '.join(parts)}: {bill.answers:,} answers to ask for{judged}", markup=False)
    if bill.answers_most is None or bill.judges_about is None:
        out.print("what it will cost is not known: add evaluation.prices", markup=False)
    elif bill.answers_most or bill.judges_about:
        currency = settled.reward.budget.currency if settled.reward.budget else "USD"
        stop = "" if budget is None else f"; it stops at {currency} {budget:g}"
        out.print(
            f"the models at most {currency} {bill.answers_most:.2f}, the judge about "
            f"{currency} {bill.judges_about:.2f}{stop}",
            markup=False,
        )
