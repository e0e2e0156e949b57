"""The local run folder: it repeats what AWS knows, for people to read; nothing depends on it."""

from __future__ import annotations

import json
from pathlib import Path

from nova_rft.errors import StorageError
from nova_rft.files import write_whole
from nova_rft.jobs._job import Job
from nova_rft.spec import Spec


def run_folder(state: Path, name: str) -> Path:
    """The folder of one job."""
    return state / "runs" / name


def write_run(state: Path, job: Job, spec: Spec) -> Path:
    """Writes `job.json` and `spec.json` into the run's folder, each whole or not at all.

    Raises:
        StorageError: this machine's disk refused; the job itself is not touched by that.
    """
    folder = run_folder(state, job.name)
    try:
        write_whole(folder / "job.json", json.dumps(job.as_dict(), indent=2) + "\n")
        write_whole(folder / "spec.json", spec.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be written: {error.strerror}; the job {job.name} is submitted all "
            "the same: `nova-rft jobs` shows it"
        ) from None
    return folder
