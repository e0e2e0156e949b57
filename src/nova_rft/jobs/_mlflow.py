"""Runs in MLflow, beside AWS: where a spec names a tracking server, a job's figures appear there too."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from nova_rft.errors import NovaRftError, UsageError
from nova_rft.jobs._job import Status
from nova_rft.jobs._measures import Measure
from nova_rft.jobs._track import Live, prefix
from nova_rft.jobs.requests import DIGEST_TAG
from nova_rft.spec import MlflowSpec, Spec

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

_JOB: Final = "nova-rft.job"
_ENDS: Final = {Status.COMPLETED: "FINISHED", Status.FAILED: "FAILED", Status.STOPPED: "KILLED"}


class MlflowUnreachable(NovaRftError):
    """The tracking server did not take a run; the job itself is not touched by that."""


def log_mlflow(look: Live, spec: Spec) -> str:
    """Logs what is known of a job: parameters once, each step once, the end when it comes.

    Told again, it adds what is new: the run is found by the job's address.

    Returns:
        The run's id.

    Raises:
        UsageError: the spec names no tracking server, or the extra is not installed.
        MlflowUnreachable: the server did not answer, or refused.
    """
    if spec.mlflow is None:
        raise UsageError("the spec names no tracking server; write mlflow.tracking_uri into it")
    if find_spec("mlflow") is None:
        raise UsageError("mlflow is an extra; install it: pip install 'nova-rft[mlflow]'")
    # MLflow counts its users unless told not to.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        client = MlflowClient(tracking_uri=spec.mlflow.tracking_uri)
        return _log(client, look, spec, spec.mlflow)
    except (MlflowException, OSError) as error:
        first = (str(error).strip().splitlines() or ["no reason given"])[0]
        raise MlflowUnreachable(
            f"{spec.mlflow.tracking_uri}: the run could not be logged: {first}; check "
            "mlflow.tracking_uri, or leave it out"
        ) from error


def _log(client: MlflowClient, look: Live, spec: Spec, place: MlflowSpec) -> str:
    job = look.job
    experiment = _experiment(client, place.experiment or prefix(spec).removesuffix("-"))
    run = _run(client, experiment, look, spec)
    known = run.data.metrics
    last = int(known.get("step", 0))
    new = [one for one in look.measures if one.step > last]
    if new:
        client.log_batch(run.info.run_id, metrics=_metrics(new))
    if job.status.ended and run.info.status == "RUNNING":
        client.set_terminated(run.info.run_id, _ENDS[job.status])
    run_id: str = run.info.run_id
    return run_id


def _experiment(client: MlflowClient, name: str) -> str:
    found = client.get_experiment_by_name(name)
    made: str = found.experiment_id if found else client.create_experiment(name)
    return made


def _run(client: MlflowClient, experiment: str, look: Live, spec: Spec) -> Any:
    job = look.job
    there = client.search_runs([experiment], f"tags.`{_JOB}` = '{job.arn}'", max_results=1)
    if there:
        return there[0]
    tags = {_JOB: job.arn, "technique": spec.technique, "backend": spec.backend}
    if DIGEST_TAG in job.tags:
        tags["digest"] = job.tags[DIGEST_TAG]
    run = client.create_run(experiment, run_name=job.name, tags=tags)
    from mlflow.entities import Param

    given = {"model": spec.model, **job.hyperparameters}
    client.log_batch(run.info.run_id, params=[Param(k, str(v)) for k, v in given.items()])
    return run


def _metrics(measures: list[Measure]) -> list[Any]:
    from mlflow.entities import Metric

    # The step itself, so that the next look knows what is logged already.
    return [
        Metric(name, value, 0, one.step)
        for one in measures
        for name, value in {**one.values, "step": float(one.step)}.items()
    ]
