"""`nova-rft judge probe`: the attack battery against the spec's judge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json
from nova_rft.cli._spending import spending
from nova_rft.cli.judge._choose import JudgeOption, TermOption, choose

if TYPE_CHECKING:
    from nova_rft.data import Rollout
    from nova_rft.judge.attacks import Probed


def probe(
    spec: SpecArgument = SPEC_FILE,
    term: TermOption = None,
    judge: JudgeOption = None,
    records: Annotated[
        Path | None, typer.Option(help="Whose prompts to attack; by default data.train.")
    ] = None,
    prompts: Annotated[int, typer.Option(min=1, max=1000, help="How many prompts.")] = 3,
    margin: Annotated[
        float, typer.Option(min=0, help="What an attack must gain to count as paid.")
    ] = 0.1,
    json: JsonOption = False,
) -> None:
    """Try known attacks on a judge, and say which of them pay; each asks the judge.

    An attack pays when it scores more than "I do not know." by more than the margin. Exit status 1
    when one does.
    """
    from nova_rft.judge.attacks import probe as try_all
    from nova_rft.project import Project
    from nova_rft.spec import parse_judge

    project = Project.load(spec)
    models = project.judge_models(parse_judge(judge) if judge else None)
    judges = project.judges(parse_judge(judge) if judge else None, models=models)
    settings, chosen = choose({t.name: (t, made) for t, made in judges}, term, "judge")
    tasks = _tasks(records or project.records(project.spec.data.train).path, prompts)
    with console().status(f"attacking {settings.name} on {len(tasks)} prompts"):
        found = try_all(chosen, settings, tasks, margin=margin)
    if json:
        print_json([_as_dict(one) for one in found])
    else:
        _print(found, settings.name, len(tasks))
    console().print(spending(models.totals, project.spec.required_reward), markup=False)
    if any(one.paid for one in found) or not any(one.tried for one in found):
        raise typer.Exit(1)


def _tasks(file: Path, count: int) -> list[Rollout]:
    from nova_rft.data import json_lines, read_bytes_lines, record_rollout
    from nova_rft.errors import UsageError

    tasks = []
    for line in islice(json_lines(read_bytes_lines(file)), count):
        task = None if line.problem else record_rollout(line.value)
        if task is None:
            raise UsageError(f"{file}:{line.number}: no usable record; `nova-rft check` says more")
        tasks.append(task)
    if not tasks:
        raise UsageError(f"{file}: holds no records; name another file with --records")
    return tasks


def _as_dict(one: Probed) -> dict[str, Any]:
    # JSON has no NaN.
    return {**asdict(one), "gain": None if math.isnan(one.gain) else one.gain}


def _print(found: Sequence[Probed], judge: str, prompts: int) -> None:
    from rich.table import Table

    out = console()
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title in ("attack", "pays", "jams", "mean gain"):
        table.add_column(title, justify="left" if title == "attack" else "right")
    for one in found:
        if one.paid or one.jammed:
            gain = "" if math.isnan(one.gain) else f"{one.gain:+.2f}"
            colour = "red" if one.paid else "default"
            pays = f"[{colour}]{one.paid} of {one.tried}[/]"
            table.add_row(f"{one.family}: {one.name}", pays, str(one.jammed or ""), gain)
    if table.row_count:
        out.print(table)
    paid = [one for one in found if one.paid]
    tried = [one for one in found if one.tried]
    if not tried:
        out.print(
            f"[red]{judge} could judge none of the attacks[/]; score some rollouts to see why"
        )
        return
    colour = "red" if paid else "green"
    out.print(
        f"[{colour}]{len(paid)} of {len(tried)} attacks pay[/] with {judge} on {prompts} prompts"
    )
    if any(one.jammed for one in found):
        out.print("A jammed judge abstains: on_abstain says what the response then gets.")
