"""Customization jobs: pure request builders, submitting once, following to the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft._lazy import lazily
    from nova_rft.jobs._advice import Advice, advise
    from nova_rft.jobs._clone import spec_of, start_of
    from nova_rft.jobs._cost import Cost, cost_so_far
    from nova_rft.jobs._job import Job, Listed, Status, iso
    from nova_rft.jobs._measures import Measure, column
    from nova_rft.jobs._mlflow import MlflowUnreachable, log_mlflow
    from nova_rft.jobs._serve import NotYet, Served, serve, served_models, unserve
    from nova_rft.jobs._start_hyperpod import Started, cluster_job, require_tools, start
    from nova_rft.jobs._submit import RecordFiles, Submission, next_job, plan_job, submit
    from nova_rft.jobs._track import (
        Live,
        NoJob,
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
    "NoJob",
    "NotYet",
    "Plan",
    "RecordFiles",
    "Records",
    "Served",
    "Started",
    "Status",
    "Submission",
    "adopt",
    "advise",
    "all_jobs",
    "cluster_job",
    "column",
    "cost_so_far",
    "get_job",
    "identify",
    "iso",
    "live",
    "log_mlflow",
    "next_job",
    "overlapping",
    "plan_job",
    "prefix",
    "require_tools",
    "serve",
    "served_models",
    "spec_of",
    "start",
    "start_of",
    "stop",
    "submit",
    "unserve",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft._lazy": ("lazily",),
        "nova_rft.jobs._advice": (
            "Advice",
            "advise",
        ),
        "nova_rft.jobs._clone": (
            "spec_of",
            "start_of",
        ),
        "nova_rft.jobs._cost": (
            "Cost",
            "cost_so_far",
        ),
        "nova_rft.jobs._job": (
            "Job",
            "Listed",
            "Status",
            "iso",
        ),
        "nova_rft.jobs._measures": (
            "Measure",
            "column",
        ),
        "nova_rft.jobs._mlflow": (
            "MlflowUnreachable",
            "log_mlflow",
        ),
        "nova_rft.jobs._serve": (
            "NotYet",
            "Served",
            "serve",
            "served_models",
            "unserve",
        ),
        "nova_rft.jobs._start_hyperpod": (
            "Started",
            "cluster_job",
            "require_tools",
            "start",
        ),
        "nova_rft.jobs._submit": (
            "RecordFiles",
            "Submission",
            "next_job",
            "plan_job",
            "submit",
        ),
        "nova_rft.jobs._track": (
            "Live",
            "NoJob",
            "adopt",
            "all_jobs",
            "get_job",
            "live",
            "overlapping",
            "prefix",
            "stop",
        ),
        "nova_rft.jobs.backends": ("Plan",),
        "nova_rft.jobs.requests": (
            "Identity",
            "Records",
            "identify",
        ),
    },
)
