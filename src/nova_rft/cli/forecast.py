"""`nova-rft forecast`: where the reward would take the policy, before anything is trained."""

from __future__ import annotations

from typing import Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, of_spec, say_deploy
from nova_rft.cli._outlook_view import show_outlook
from nova_rft.cli._rollouts import (
    JobOption,
    JudgeOption,
    RolloutsArgument,
    ScoresOption,
    read_rollouts,
)


def forecast(
    file: RolloutsArgument = None,
    spec: SpecOption = SPEC_FILE,
    job: JobOption = None,
    scores: ScoresOption = None,
    judge: JudgeOption = None,
    check: Annotated[
        list[str] | None,
        typer.Option(help="A field of the records that says what is right, such as is_correct."),
    ] = None,
    budget: Annotated[
        list[float] | None,
        typer.Option(
            min=0, help="Divergence from the policy as it is, in nats a prompt; may be repeated."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the resamples.")] = 0,
    json: JsonOption = False,
) -> None:
    """Say what there will be more of, and less, if a policy is trained by the reward.

    Lengths, form, habits, terms, phrases, and held-out checks: terms of weight 0, else the verifiers,
    else the reference. Rollouts that are not scored are scored first. Exit status 1 where the reward
    grows while a check falls.
    """
    from nova_rft.project import Project
    from nova_rft.spec import parse_judge

    project = Project.load(spec)
    rollouts = read_rollouts(project, file, job, scores, parse_judge(judge) if judge else None)
    with console().status("weighing"):
        found = project.outlook(rollouts, checks=check or (), budgets=budget or (), seed=seed)
    show_outlook(found, rollouts, json=json)
    codes = {one.code for one in found.findings}
    if not json and codes & {"check_falls", "check_lags"}:
        console().print(f"Next: nova-rft rehearse{of_spec(spec)} shows what comes of it")
    elif not json:
        say_deploy(spec)
    if "check_falls" in codes:
        raise typer.Exit(1)
