"""`nova-rft data distil`: records from a teacher's answers, the best by the spec's own reward."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json
from nova_rft.cli._spending import spending

if TYPE_CHECKING:
    from nova_rft.distil import Distilled, Distillery


def distil(
    spec: SpecArgument = SPEC_FILE,
    out: Annotated[
        Path, typer.Option(help="The folder; one that is there already is continued.")
    ] = Path("distilled"),
    teacher: Annotated[
        str | None,
        typer.Option(
            help="In place of the spec's teacher: scripted, bedrock:MODEL or openai:URL#MODEL."
        ),
    ] = None,
    judge: Annotated[
        str | None, typer.Option(help="In place of the spec's judges: as --teacher.")
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Only say what it will take, and ask nothing.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Have a teacher answer the training prompts, and keep the best answers as records for SFT.

    The reward of the spec chooses; with pair_margin it also writes pairs for DPO. Stopped anywhere,
    the same command goes on and pays nothing twice. Exit status 1 when prompts are left.
    """
    from nova_rft.project import Project
    from nova_rft.spec import parse_judge

    project = Project.load(spec)
    distillery = project.distillery(
        out,
        teacher=parse_judge(teacher) if teacher else None,
        judge=parse_judge(judge) if judge else None,
    )
    _say_beforehand(distillery, json=json and estimate)
    if estimate:
        return
    with console().status("asking") as status:
        found, totals = project.distil(
            distillery,
            lambda done, of: status.update(f"{done:,} of {of:,} prompts answered"),
        )
    if json:
        print_json({**found.as_dict(), "folder": str(out), "cost": totals.cost})
    else:
        _show(found, out)
        console().print(spending(totals, project.spec.required_reward, "calls"), markup=False)
    if found.stopped:
        raise typer.Exit(1)


def _say_beforehand(distillery: Distillery, *, json: bool) -> None:
    from dataclasses import asdict

    from nova_rft.distil import estimate

    waiting = [one.rollout for one in distillery.waiting]
    found = estimate(distillery.spec, waiting)
    if json:
        print_json(asdict(found))
        return
    out = console()
    calls = f"{found.teacher_calls:,} answers of the teacher, {found.judge_calls:,} calls of judges"
    out.print(f"{found.prompts:,} prompts wait: {calls}", markup=False)
    if not waiting:
        return
    budget = distillery.asked.budget
    currency = budget.currency if budget else "USD"
    if found.teacher_most is None or found.judges_about is None:
        out.print("what it will cost is not known: add prices under reward.prices", markup=False)
    elif found.teacher_most or found.judges_about:
        out.print(
            f"the teacher at most {currency} {found.teacher_most:.2f}, the judges about "
            f"{currency} {found.judges_about:.2f}"
            + (f"; it stops at {currency} {budget.total:g}" if budget and budget.total else ""),
            markup=False,
        )


def _show(found: Distilled, out: Path) -> None:
    said = console()
    said.print(f"{out / 'sft.jsonl'}: {found.records:,} records", markup=False)
    if found.pairs:
        said.print(f"{out / 'dpo.jsonl'}: {found.pairs:,} pairs", markup=False)
    for reason, count in found.dropped.items():
        said.print(f"no record: {reason}: {count:,} prompts", markup=False)
    if found.stopped:
        said.print(f"[yellow]stopped[/]: {found.stopped}", soft_wrap=True)
        left = found.prompts - found.answered
        said.print(f"{left:,} prompts are left; the same command goes on with them", markup=False)
