"""What people are told: a subject and a text; names and sentences, never records."""

from __future__ import annotations

from nova_rft.pipeline._run import Run, State


def about_approval(run: Run) -> tuple[str, str]:
    """A model waits for somebody to say that it is to be served."""
    evaluated = run.steps.get("evaluate")
    found = f"What was found: {evaluated.said}\n" if evaluated and evaluated.said else ""
    if run.evaluation:
        found += f"All of it: {run.evaluation}\n"
    return (
        f"{run.project} ({run.stage}): a model waits for approval",
        f"{run.name} made {run.model or 'a model'}.\n{found}"
        f"Look at it: nova-rft report {run.name}\n"
        f"Serve it: nova-rft --stage {run.stage} pipeline approve --run {run.name}\n"
        f"Leave it: nova-rft --stage {run.stage} pipeline reject --run {run.name} --why ...\n",
    )


def about_end(run: Run, state: State) -> tuple[str, str]:
    """A run has come to its end."""
    lines = [f"{run.name}: {state}."]
    if run.model:
        lines.append(f"Model: {run.model}")
    if run.served:
        lines.append(f"Served as: {run.served}")
    lines += _withdrawn(run) if state is State.REJECTED else _on_trial(run)
    return f"{run.project} ({run.stage}): the pipeline {state}", "\n".join(lines) + "\n"


def about_failure(run: Run, step: str, why: str) -> tuple[str, str]:
    """A run has failed, or was stopped."""
    return (
        f"{run.project} ({run.stage}): the pipeline failed at {step}",
        f"{run.name} failed at the step {step}: {why}\n"
        f"Mend the cause, then go on from there: nova-rft --stage {run.stage} pipeline resume "
        f"--run {run.name}\n" + "".join(f"{line}\n" for line in _on_trial(run)),
    )


def about_unstarted(project: str, stage: str, said: str) -> tuple[str, str]:
    """A deployment was to start a run, and has not."""
    return f"{project} ({stage}): deploying started no run", f"{said}\n"


def about_left(run: Run) -> tuple[str, str]:
    """A run goes on whose stack is deleted, or starts something else."""
    job = f" Its job trains on, and costs: nova-rft stop {run.name}" if run.job else ""
    return (
        f"{run.project} ({run.stage}): a run goes on without its stack",
        f"{run.name} is running, at the step {run.step}, and its stack is deleted or starts another "
        f"run; its execution ends with the state machine, if that is deleted.{job}",
    )


def _withdrawn(run: Run) -> list[str]:
    """Whoever rejects deletes the deployment, which may be going on while this is told."""
    if not run.trial:
        return []
    return [
        "Whoever rejects a model deletes the deployment that it was compared by; where it is still "
        f"there (nova-rft serve-model --list), delete it: nova-rft --stage {run.stage} serve-model "
        f"--delete {run.name}"
    ]


def _on_trial(run: Run) -> list[str]:
    """What became of the deployment that a comparison needed."""
    if not run.trial:
        return []
    return [
        "Its model is still deployed for the comparison, which costs nothing until it is asked; to "
        f"delete that: nova-rft --stage {run.stage} serve-model --delete {run.name}"
    ]
