"""Customization jobs: pure request builders, submitting once, following to the end."""

from nova_rft.jobs._advice import Advice, advise
from nova_rft.jobs._clone import spec_of, start_of
from nova_rft.jobs._cost import Cost, cost_so_far
from nova_rft.jobs._job import Job, Listed, Status, iso
from nova_rft.jobs._measures import Measure, column
from nova_rft.jobs._mlflow import MlflowUnreachable, log_mlflow
from nova_rft.jobs._serve import Served, serve, served_models, unserve
from nova_rft.jobs._submit import RecordFiles, Submission, plan_job, submit
from nova_rft.jobs._track import (
    Live,
    adopt,
    all_jobs,
    get_job,
    live,
    overlapping,
    prefix,
    stop,
)
from nova_rft.jobs.backends import Plan
from nova_rft.jobs.requests import Identity, Records, identify

__all__ = [
    "Advice",
    "Cost",
    "Identity",
    "Job",
    "Listed",
    "Live",
    "Measure",
    "MlflowUnreachable",
    "Plan",
    "RecordFiles",
    "Records",
    "Served",
    "Status",
    "Submission",
    "adopt",
    "advise",
    "all_jobs",
    "column",
    "cost_so_far",
    "get_job",
    "identify",
    "iso",
    "live",
    "log_mlflow",
    "overlapping",
    "plan_job",
    "prefix",
    "serve",
    "served_models",
    "spec_of",
    "start_of",
    "stop",
    "submit",
    "unserve",
]
