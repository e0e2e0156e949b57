"""Whether a job's model may go on to people and to use: by its job's figures, then against its base.

The job's own figures are free and come first. The comparison has the model deployed for use on demand,
which costs nothing until it is asked; approved, that deployment is the one that serves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nova_rft.errors import FindingsError
from nova_rft.jobs import NotYet
from nova_rft.pipeline._evaluating import Evaluations, Stuck
from nova_rft.pipeline._run import Run
from nova_rft.pipeline._verdict import Verdict, verdict
from nova_rft.pipeline._whether import not_evaluated
from nova_rft.pipeline._workplace import Passing, Workplace
from nova_rft.project import Project
from nova_rft.spec import GainThresholds, Pipeline

# Late, in the functions: see `_evaluating`.
if TYPE_CHECKING:
    from nova_rft.evaluate import Evaluation


@dataclass(frozen=True, slots=True)
class Fitness:
    """What speaks for a model that may go on.

    Attributes:
        said: In sentences.
        address: Where its evaluation is kept; None where there was none.
    """

    said: str
    address: str | None = None


def fitness(place: Workplace, run: Run, project: Project, until: float) -> Fitness | None:
    """What was found; None where another call has to go on.

    Args:
        place: What the pipeline works with.
        run: Whose job has completed.
        project: As it was packed.
        until: A `time.monotonic()` value past which nothing more is asked.

    Raises:
        FindingsError: the model is not to be served, or nobody can tell and nobody is asked.
        Passing: no model answered; a later try may do better.
    """
    settings = place.settings
    job = project.job(run.job or run.name)
    look = project.live(job)
    own = verdict(look.measures, look.advice, least_gain=settings.least_gain)
    if own.fit is False:
        raise FindingsError(f"the model is not to be served: {'; '.join(own.said)}")
    hindrance = not_evaluated(project.spec, settings)
    if hindrance:
        return by_its_job(settings, own, hindrance)
    deployment = _deployed(place, run, project)
    if deployment is None:
        return None
    kept = Evaluations(place.aws, place.bucket, run.name, place.scratch)
    try:
        found = kept.go_on(project, deployment, until=until, budget=settings.evaluation_budget)
    except Stuck as stuck:
        raise Passing(str(stuck)) from stuck
    if found is None:
        return None
    thresholds = project.spec.evaluation.thresholds
    return by_evaluation(settings, thresholds, own, found, kept.address)


def by_its_job(settings: Pipeline, own: Verdict, hindrance: str) -> Fitness:
    """What is said of a model that was not compared with its base.

    Raises:
        FindingsError: its job says nothing of it, and nobody is asked.
    """
    said = f"{'; '.join(own.said)}; not compared with its base: {hindrance}"
    if own.fit is None:
        _somebody_is_asked(settings, said)
    return Fitness(said)


def by_evaluation(
    settings: Pipeline, thresholds: GainThresholds, own: Verdict, found: Evaluation, address: str
) -> Fitness:
    """What is said of a model that was compared: thresholds count, and without them what is worse fails.

    Raises:
        FindingsError: the model is not to be served, or nobody can tell and nobody is asked.
    """
    from nova_rft.evaluate import Finding, unmet

    finding, says = found.verdict.finding, " ".join(found.verdict.says)
    missed = unmet(found, thresholds)
    if finding is Finding.WORSE and not thresholds.asked:
        missed = (says,)
    if missed:
        raise FindingsError(f"the model is not to be served: {'; '.join(missed)} ({address})")
    said = f"{says} Its job: {'; '.join(own.said)}. Spent: {found.spent:.2f} {found.currency}."
    if own.fit is None and finding is not Finding.REAL_GAIN:
        _somebody_is_asked(settings, said)
    return Fitness(said, address)


def _somebody_is_asked(settings: Pipeline, said: str) -> None:
    """Refuses to serve what nobody looked at."""
    if settings.serve and not settings.approval:
        raise FindingsError(
            f"{said.removesuffix('.')}, and nobody is asked; say approval: true for the stage, or serve "
            "the model yourself: nova-rft serve-model"
        )


def _deployed(place: Workplace, run: Run, project: Project) -> str | None:
    """The deployment by which the model is asked; None while it is being made."""
    if not run.trial and project.find_served(run.name) is None:
        # Before it is made: whoever rejects the model knows then that it is the run's own.
        place.runs.note(run, trial=True)
    try:
        served = project.serve(run.name, wait_s=0.0)
    except NotYet:
        return None
    return served.model_id if served.status == "Active" else None
