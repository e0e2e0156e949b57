"""Customization jobs: pure request builders, submitting once, following to the end."""

from nova_rft.jobs._job import Job, Status, iso, job_from_bedrock
from nova_rft.jobs._submit import RecordFiles, Submission, submit
from nova_rft.jobs._track import (
    Live,
    all_jobs,
    expected_rollouts,
    get_job,
    live,
    overlapping,
    stop,
)
from nova_rft.jobs.requests import Identity, Records, identify

__all__ = [
    "Identity",
    "Job",
    "Live",
    "RecordFiles",
    "Records",
    "Status",
    "Submission",
    "all_jobs",
    "expected_rollouts",
    "get_job",
    "identify",
    "iso",
    "job_from_bedrock",
    "live",
    "overlapping",
    "stop",
    "submit",
]
