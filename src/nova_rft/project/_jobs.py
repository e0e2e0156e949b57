"""Jobs: deployed, submitted, followed, reported on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nova_rft.project._base import Base, state_folder

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.jobs import Job, Live, Submission
    from nova_rft.report import ReportInput, Summary

# How old what is known of other jobs may be, while one is watched.
_ASK_AGAIN_S: Final = 60.0


class Jobs(Base):
    """What a project's jobs are and say."""

    @cached_property
    def _shared(self) -> dict[str, tuple[float, list[str]]]:
        """By job, when it was asked and which others share its reward's version."""
        return {}

    def deploy(self, progress: Callable[[str], None] = lambda _: None) -> dict[str, dict[str, str]]:
        """Deploys the stacks; outputs of each by its name."""
        from nova_rft.deploy import deploy

        return deploy(self.file, progress=progress)

    def submit(
        self, *, again: bool = False, progress: Callable[[str], None] = lambda _: None
    ) -> Submission:
        """Submits the job, or finds it; see `nova_rft.jobs.submit`."""
        from nova_rft.errors import FindingsError
        from nova_rft.jobs import RecordFiles, submit

        data = self.spec.data
        there = [self.records(name) for name in (data.train, data.validation) if name]
        for finding in (found for one in there for found in one.findings):
            if finding.severity == "error":
                raise FindingsError(
                    f"{finding} (`nova-rft check` shows all; nothing was submitted)"
                )
        files = RecordFiles(*(one.path for one in there))
        return submit(
            self.spec, files, self.aws, again=again, state=state_folder(), progress=progress
        )

    def job(self, name: str | None = None) -> Job:
        """A job by name, or the newest."""
        from nova_rft.jobs import get_job

        return get_job(self.aws, self.spec, name)

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs of the project, the newest first."""
        from nova_rft.jobs import all_jobs

        return all_jobs(self.aws, self.spec)

    def live(self, job: Job) -> Live:
        """What is known of a job while it trains."""
        from nova_rft.aws.traces import newest_event
        from nova_rft.jobs import live, overlapping

        look = live(self.aws, self.spec, job)
        rows = newest_event(
            self.aws,
            self._output_bucket,
            _version(job),
            job.created,
            job.ended or datetime.now(UTC),
        )
        scored = sorted(
            (row for row in rows if not row["abstained"]), key=lambda row: -float(row["reward"])
        )
        asked_at, shared = self._shared.get(job.arn, (-_ASK_AGAIN_S, []))
        if time.monotonic() - asked_at >= _ASK_AGAIN_S:
            # A call for each job that ran meanwhile: not at every look.
            shared = overlapping(self.aws, self.spec, job)
            self._shared[job.arn] = time.monotonic(), shared
        return replace(look, shared_with=shared, examples=[*scored[:1], *scored[1:][-1:]])

    def stop(self, name: str | None = None) -> Job:
        """Asks for a job to be stopped; returns it as it is then."""
        from nova_rft.jobs import stop

        job = self.job(name)
        stop(self.aws, job)
        return self.job(job.arn)

    def model_tags(self, job: Job) -> dict[str, str]:
        """Tags of the model that a job made; none while there is no model."""
        from nova_rft.aws.customization import tags_of

        return tags_of(self.aws, job.custom_model_arn) if job.custom_model_arn else {}

    def report(self, name: str | None = None, out: Path | None = None) -> tuple[Path, Summary]:
        """Writes the page on a job, by default into its run folder; its path and what it says.

        Reads the job, its tags and the traces that its reward Lambda kept.
        """
        from nova_rft.report import summarise, write_report

        job = self.job(name)
        summary = summarise(self._report_input(job))
        path = out or state_folder() / "runs" / job.name / "report.html"
        return write_report(summary, path), summary

    @cached_property
    def _output_bucket(self) -> str:
        from nova_rft.aws.stacks import deployment

        return deployment(self.aws, self.spec).output_bucket

    def _report_input(self, job: Job) -> ReportInput:
        from nova_rft.aws.traces import read_traces
        from nova_rft.jobs import overlapping
        from nova_rft.report import JobFacts, ReportInput

        version = _version(job)
        end = job.ended or datetime.now(UTC)
        facts = JobFacts(
            name=job.name,
            arn=job.arn,
            status=str(job.status),
            created=job.created,
            ended=job.ended,
            base_model=job.base_model,
            custom_model_arn=job.custom_model_arn,
            failure=job.failure,
            hyperparameters={key: str(value) for key, value in job.hyperparameters.items()},
            tags=job.tags,
            model_tags=self.model_tags(job),
            reward_version=version,
            attempt=int(job.tags.get("nova-rft:attempt", "1")),
            shared_with=overlapping(self.aws, self.spec, job),
        )
        rows = list(read_traces(self.aws, self._output_bucket, version, job.created, end))
        return ReportInput(self.spec, facts, rows, self._validation_prompts())

    def _validation_prompts(self) -> frozenset[str]:
        """Digests of the validation prompts, where the records are at hand."""
        from nova_rft.data import json_lines, read_bytes_lines, record_rollout
        from nova_rft.report import prompt_digest

        if self.spec.data.validation is None:
            return frozenset()
        file = self.records(self.spec.data.validation).path
        if not file.is_file():
            return frozenset()
        rollouts = (record_rollout(line.value) for line in json_lines(read_bytes_lines(file)))
        return frozenset(
            prompt_digest([{"role": turn.role, "content": turn.text} for turn in rollout.prompt])
            for rollout in rollouts
            if rollout
        )


def _version(job: Job) -> str:
    return (job.reward_version_arn or "").rsplit(":", 1)[-1]
