"""`nova-rft rehearse`: what a small policy makes of the reward, before any money is spent."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console, print_json
from nova_rft.cli._rehearsing import progress_on
from nova_rft.cli._spending import spending
from nova_rft.errors import NovaRftError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from nova_rft.rehearse import Outcome

_COLOURS = {"learns": "green", "stalls": "yellow", "hacks": "red", "cannot tell": "yellow"}


class Stopped(NovaRftError):
    """Ctrl-C ended it after a step."""

    exit_status = 130


class Through(StrEnum):
    """Where the reward runs."""

    HERE = "here"
    LAMBDA = "lambda"


def rehearse(
    spec: SpecArgument = SPEC_FILE,
    task: Annotated[
        str | None,
        typer.Option(help="In place of a spec, built in: format, summary, arithmetic or repair."),
    ] = None,
    flaw: Annotated[
        str,
        typer.Option(
            help="With --task format: a reward that is flawed on purpose: length, keywords, "
            "form-only, words-only, confidence."
        ),
    ] = "",
    policy: Annotated[
        str,
        typer.Option(
            help="tiny (made and warmed up on the spot), a folder that holds a Hugging Face model, or "
            "on a GPU the name of one."
        ),
    ] = "tiny",
    seed: Annotated[int, typer.Option(min=0, help="Seed of all that chance decides.")] = 0,
    steps: Annotated[int, typer.Option(min=1, help="Training steps, at most.")] = 100,
    minutes: Annotated[float, typer.Option(min=0.05, help="Minutes of training, at most.")] = 10.0,
    through: Annotated[
        Through, typer.Option(help="Where the reward runs: here, or in the deployed Lambda.")
    ] = Through.HERE,
    judge: Annotated[
        str | None,
        typer.Option(
            help="In place of the spec's judges: scripted, replay:FILE, bedrock:MODEL or "
            "openai:URL#MODEL."
        ),
    ] = None,
    batch: Annotated[int, typer.Option(min=2, help="Rollouts in one step.")] = 64,
    group: Annotated[int, typer.Option(min=2, help="Rollouts of one prompt.")] = 8,
    learning_rate: Annotated[
        float | None, typer.Option(min=1e-9, help="By default 5e-4 for tiny, 1e-6 for others.")
    ] = None,
    max_new_tokens: Annotated[
        int | None, typer.Option(min=1, help="Longest response, in the policy's tokens.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the page.")] = None,
    json: JsonOption = False,
) -> None:
    """Train a small policy with the spec's reward: what does it learn, and is that what was meant?

    Ctrl-C stops after the step; the same command goes on from there. Exit status 1 where the reward is
    hacked.
    """
    from nova_rft.project import Project
    from nova_rft.rehearse import Settings
    from nova_rft.spec import parse_judge

    settings = Settings(
        policy=policy,
        seed=seed,
        steps=steps,
        minutes=minutes,
        batch=batch,
        group=group,
        learning_rate=learning_rate,
        max_new_tokens=max_new_tokens,
    )
    project = Project.load(_built_in(task, flaw, seed) if task or flaw else spec)
    chosen = parse_judge(judge) if judge else None
    screen = console()
    models = None if through is Through.LAMBDA else project.judge_models(chosen)
    with progress_on(screen, settings) as progress:
        outcome = project.rehearse(
            settings, through=through.value, judge=chosen, models=models, progress=progress
        )
    page = project.rehearsal_page(outcome, out)
    spent = spending(models.totals, project.spec.required_reward) if models else None
    if spent:
        screen.print(spent, markup=False)
    if not outcome.interrupted:
        _say(outcome, page, screen)
    if json:
        print_json({**outcome.as_dict(), "page": str(page)})
    if outcome.interrupted:
        taken = len(outcome.trained)
        raise Stopped(f"stopped after {taken} of {steps} steps; the same command goes on from here")
    if outcome.verdict.name == "hacks":
        raise typer.Exit(1)


def _built_in(task: str | None, flaw: str, seed: int) -> Path:
    """Writes the task where its spec and its records can be read."""
    from nova_rft.project import state_folder
    from nova_rft.rehearse.tasks import write_task

    if task is None:
        raise UsageError("--flaw is of a built-in task; add --task format")
    name = "-".join(part for part in (task, flaw, str(seed)) if part)
    return write_task(state_folder() / "tasks" / name, task, flaw, seed=seed)


def _say(outcome: Outcome, page: Path, screen: Console) -> None:
    verdict = outcome.verdict
    colour = _COLOURS[verdict.name]
    screen.print(f"[bold {colour}]{verdict.name}[/]: ", end="")
    screen.print(verdict.reason, markup=False, highlight=False)
    screen.print(f"before training: {outcome.foresight.reason}", markup=False)
    for advice in outcome.advice:
        screen.print(f"- {advice}", markup=False)
    if outcome.policy.name == "tiny":
        screen.print(
            "[dim]A tiny policy shows what the reward invites, not what Nova will learn.[/]"
        )
    screen.print(str(page), markup=False, soft_wrap=True)
