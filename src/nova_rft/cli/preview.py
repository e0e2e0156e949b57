"""`nova-rft preview`: what the model answers now, what the reward makes of it, and what that teaches."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json
from nova_rft.cli._signal_view import show_signal
from nova_rft.cli._spending import spending

if TYPE_CHECKING:
    from nova_rft.project import Project
    from nova_rft.rollouts import Bill, Preview


def preview(
    spec: SpecArgument = SPEC_FILE,
    samples: Annotated[
        int, typer.Option("-n", "--samples", min=2, max=64, help="Rollouts of each prompt.")
    ] = 8,
    prompts: Annotated[int, typer.Option(min=1, help="Training prompts, at most.")] = 64,
    model: Annotated[
        str | None,
        typer.Option(
            help="In place of the spec's base model: bedrock:MODEL (also a deployment's ARN), "
            "openai:URL#MODEL or scripted."
        ),
    ] = None,
    judge: Annotated[
        str | None, typer.Option(help="In place of the spec's judges: as --model, or replay:FILE.")
    ] = None,
    temperature: Annotated[
        float, typer.Option(min=0, max=1, help="Temperature of the sampling; trainers sample at 1.")
    ] = 1.0,
    budget: Annotated[
        float | None,
        typer.Option(min=0, help="Money past which nothing more is asked, over all runs."),
    ] = None,
    out: Annotated[
        Path, typer.Option(help="The folder; one that is there already is continued.")
    ] = Path("preview"),
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say what it will take, and ask nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Draw rollouts of training prompts from the model as it is, score them, and say what they teach.

    The rollouts are scored by the spec's own reward, as the Lambda does, and written to rollouts.jsonl
    in the folder, which score, label, signal and forecast read. Stopped anywhere, the same command
    goes on and pays nothing twice. Exit status 1 when prompts are left.
    """
    from nova_rft.project import Project
    from nova_rft.spec import parse_judge

    project = Project.load(spec)
    chosen = parse_judge(judge) if judge else None
    drawn = project.preview(
        out,
        samples=samples,
        prompts=prompts,
        model=parse_judge(model, "--model") if model else None,
        judge=chosen,
        temperature=temperature,
    )
    bill = project.preview_bill(drawn, chosen)
    _say_beforehand(project, drawn, bill, budget)
    if estimate:
        if json:
            print_json(asdict(bill))
        return
    stopped, cost = "", 0.0
    out_ = console()
    if drawn.waiting:
        with out_.status("asking") as status:
            stopped, totals = project.draw(
                drawn,
                judge=chosen,
                budget=budget,
                progress=lambda done, of: status.update(f"{done:,} of {of:,} prompts drawn"),
            )
        cost = totals.cost
        out_.print(spending(totals, project.spec.required_reward, "calls"), markup=False)
    else:
        drawn.write()
    left = len(drawn.waiting)
    _signal(project, drawn, left, {"stopped": stopped, "left": left, "cost": cost}, json=json)
    if stopped:
        out_.print(f"[yellow]stopped[/]: {stopped}", soft_wrap=True)
        out_.print(f"{left:,} prompts are left; the same command goes on with them", markup=False)
        raise typer.Exit(1)


def _signal(
    project: Project, drawn: Preview, left: int, about: dict[str, Any], *, json: bool
) -> None:
    """Says what the rollouts teach, and where they lie."""
    about = {"file": str(drawn.rollouts), **about}
    if left == len(drawn.prompts):
        if json:
            print_json(about)
        return
    rollouts = project.rollouts(drawn.rollouts)
    report = project.signal(rollouts)
    project.keep_signal(report, rollouts)
    show_signal(report, rollouts, json=json, about=about)
    if not json:
        told = f"Next: nova-rft forecast {drawn.rollouts}"
        console().print(told, markup=False, soft_wrap=True)


def _say_beforehand(project: Project, drawn: Preview, bill: Bill, budget: float | None) -> None:
    out = console()
    name = getattr(drawn.policy, "id", drawn.policy.provider)
    there = len(drawn.prompts) - bill.prompts
    known = f", {there:,} are drawn already" if there else ""
    out.print(
        f"{bill.prompts:,} prompts wait{known}: {bill.answers:,} answers of {name}, "
        f"{bill.judge_calls:,} calls of judges",
        markup=False,
    )
    if not bill.prompts:
        return
    known_budget = project.spec.required_reward.budget
    currency = known_budget.currency if known_budget else "USD"
    if bill.answers_most is None or bill.judges_about is None:
        out.print("what it will cost is not known: add prices under reward.prices", markup=False)
    elif bill.answers_most or bill.judges_about:
        stop = "" if budget is None else f"; it stops at {currency} {budget:g}"
        out.print(
            f"the model at most {currency} {bill.answers_most:.2f}, the judges about "
            f"{currency} {bill.judges_about:.2f}{stop}",
            markup=False,
        )
