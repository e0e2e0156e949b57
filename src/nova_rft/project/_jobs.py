"""Jobs: deployed, submitted, followed, reported on."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from nova_rft.project._base import state_folder
from nova_rft.project._handle import JobHandle
from nova_rft.project._patience import patiently
from nova_rft.project._story import Story

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.jobs import Job, Listed, Live, Plan, RecordFiles, Started, Status
    from nova_rft.report import ReportInput, Summary

# How old what is known of other jobs may be, while one is watched.
_ASK_AGAIN_S: Final = 60.0


class Jobs(Story):
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
        self,
        *,
        again: bool = False,
        named: str | None = None,
        uncalibrated: bool = False,
        progress: Callable[[str], None] = lambda _: None,
    ) -> JobHandle:
        """Submits the job, or finds it; see `nova_rft.jobs.submit`.

        Args:
            again: Whether a Failed or Stopped job is followed by a next attempt.
            named: The name of the job that it has to be; whatever became of it, it is made or found.
            uncalibrated: Whether judges may train that were not calibrated, or were found unfit.
            progress: Told each step in a few words.

        Raises:
            FindingsError: a judge of the reward is not known to agree with people; also what
                `nova_rft.jobs.submit` raises.
        """
        from nova_rft.jobs import submit

        if not uncalibrated:
            self.check_standing()
        made = submit(
            self.spec,
            self.record_files(),
            self.aws,
            again=again,
            named=named,
            state=state_folder(),
            progress=progress,
        )
        return JobHandle(self, made.job, created=made.created)

    def next_job(
        self, *, again: bool = False, progress: Callable[[str], None] = lambda _: None
    ) -> tuple[str, Job | None]:
        """The name of the job that `submit` would make or find, and the job where it is there.

        Raises what `nova_rft.jobs.next_job` raises.
        """
        from nova_rft.jobs import next_job

        identity, job = next_job(
            self.spec, self.record_files(), self.aws, again=again, progress=progress
        )
        return identity.name, job

    def check_standing(self) -> None:
        """Refuses judges that are not known to agree with people, where the spec asks for it.

        Raises:
            FindingsError: one was not calibrated, or was found unfit.
        """
        from nova_rft.calibrate import standing
        from nova_rft.errors import FindingsError

        if self.spec.technique != "rft":
            return
        found = standing(self.spec, self.folder)
        if not found.ok:
            raise FindingsError(
                f"judge {found.problems[0]}; a judge that disagrees with people teaches that. "
                "Submit all the same with --uncalibrated, or say calibration.required: false"
            )

    def plan(
        self, *, again: bool = False, progress: Callable[[str], None] = lambda _: None
    ) -> Plan:
        """For HyperPod: uploads, writes the recipe, says the command; see `nova_rft.jobs.plan_job`."""
        from nova_rft.jobs import plan_job

        return plan_job(
            self.spec,
            self.record_files(),
            self.aws,
            again=again,
            state=state_folder(),
            progress=progress,
        )

    def start(
        self, *, again: bool = False, progress: Callable[[str], None] = lambda _: None
    ) -> tuple[Plan, Started, bool]:
        """For HyperPod: plans, and starts that on the spec's cluster; see `nova_rft.jobs.start`.

        Returns:
            The plan, the job on the cluster, and whether this call started it.

        Raises:
            UsageError: the spec names no cluster, or the extra `hyperpod` is not installed.
        """
        from nova_rft.jobs import cluster_job, require_tools, start

        job = cluster_job(self.spec)
        # Before anything is uploaded.
        require_tools()
        plan = self.plan(again=again, progress=progress)
        return (plan, *start(self.aws, plan, job, progress=progress))

    def record_files(self) -> RecordFiles:
        """The records on this machine, as JSON Lines.

        Raises:
            FindingsError: one of them could not be converted.
        """
        from nova_rft.errors import FindingsError
        from nova_rft.jobs import RecordFiles

        data = self.spec.data
        there = [self.records(name) for name in (data.train, data.validation) if name]
        for finding in (found for one in there for found in one.findings):
            if finding.severity == "error":
                raise FindingsError(
                    f"{finding} (`nova-rft check` shows all; nothing was submitted)"
                )
        return RecordFiles(*(one.path for one in there))

    def job(self, name: str | None = None) -> Job:
        """A job by name or address, or the newest."""
        from nova_rft.jobs import get_job

        return get_job(self.aws, self.spec, name)

    def handle(self, name: str | None = None) -> JobHandle:
        """A job by name or address, or the newest, to wait for and to read."""
        return JobHandle(self, self.job(name))

    def jobs(
        self,
        *,
        status: Status | None = None,
        after: datetime | None = None,
        before: datetime | None = None,
        limit: int | None = None,
    ) -> list[Listed]:
        """The project's jobs, the newest first; see `nova_rft.jobs.all_jobs`."""
        from nova_rft.aws.stacks import NotDeployed
        from nova_rft.jobs import all_jobs

        try:
            bucket = self._output_bucket
        except NotDeployed:
            bucket = None  # Jobs outlive the stacks; what was adopted is told in their bucket.
        return all_jobs(
            self.aws,
            self.spec,
            status=status,
            after=after,
            before=before,
            limit=limit,
            bucket=bucket,
        )

    def changed(self, handles: Sequence[JobHandle], *, every_s: float = 30.0) -> list[JobHandle]:
        """Those of some jobs that are not as they were: by one list, as far back as the oldest."""
        from nova_rft.jobs import Status, all_jobs

        since = min(handle.job.created for handle in handles) - timedelta(seconds=1)
        found = patiently(
            lambda: all_jobs(self.aws, self.spec, after=since), for_s=900.0, look_s=every_s
        )
        listed = {job.arn: job for job in found}
        return [
            handle
            for handle in handles
            # One that no list shows is asked after by itself: adopted, or gone.
            if (known := listed.get(handle.job.arn)) is None
            or (known.status, known.updated) != (handle.job.status, handle.job.updated)
            or known.status is Status.STOPPING
        ]

    def adopt(self, name_or_arn: str) -> JobHandle:
        """Takes in a job that was started elsewhere; see `nova_rft.jobs.adopt`."""
        from nova_rft.jobs import adopt

        return JobHandle(self, adopt(self.aws, self.spec, self._output_bucket, name_or_arn))

    def resumed_from(self, source: str) -> Self:
        """The project with another start: an earlier job's model by the job's name, or its address.

        Raises:
            UsageError: there is no such job, it has made no model, or the backend cannot go on from it.
        """
        from nova_rft.errors import UsageError
        from nova_rft.jobs import start_of
        from nova_rft.spec import parse

        if not source.startswith(("arn:", "s3://")):
            source = start_of(self.job(source))
        tree = self.spec.model_dump(mode="json", exclude_none=True) | {"resume_from": source}
        try:
            # Read again: what a backend goes on from is the spec's own rule.
            return type(self)(parse(json.dumps(tree), str(self.file)), self.file)
        except UsageError as error:
            raise UsageError(f"--resume-from: {error}") from None

    def clone(self, name: str | None, changes: Mapping[str, Any]) -> Self:
        """The project as it was when a job was submitted, with changes; see `nova_rft.jobs.spec_of`."""
        from nova_rft.jobs import spec_of

        spec = spec_of(self.aws, self._output_bucket, self.job(name), changes)
        return type(self)(spec, self.file)

    def live(self, job: Job) -> Live:
        """What is known of a job while it trains."""
        from nova_rft.aws.traces import newest_event
        from nova_rft.jobs import live, overlapping

        look = live(self.aws, self.spec, job)
        if not job.reward_version:
            return look
        rows = newest_event(
            self.aws,
            self._output_bucket,
            job.reward_version,
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

    def log_mlflow(self, look: Live) -> str | None:
        """Logs what is known of a job where the spec names a tracking server; the run's id.

        Raises:
            UsageError: the extra is not installed.
            MlflowUnreachable: the server did not answer, or refused.
        """
        from nova_rft.jobs import log_mlflow

        return log_mlflow(look, self.spec) if self.spec.mlflow else None

    def stop(self, name: str | None = None) -> Job:
        """Asks for a job to be stopped; returns it as it is then."""
        from nova_rft.jobs import stop

        job = self.job(name)
        stop(self.aws, self.spec, job)
        return self.job(job.arn)

    def model_tags(self, job: Job) -> dict[str, str]:
        """Tags of the model that a job made; none while there is no model."""
        from nova_rft.aws.customization import tags_of

        made = job.custom_model_arn
        if made is None or not made.startswith("arn:"):
            return {}
        if ":bedrock:" in made:
            return tags_of(self.aws, made)
        from nova_rft.aws.training_jobs import tags_of_resource

        return tags_of_resource(self.aws, made)

    def report(
        self,
        name: str | None = None,
        out: Path | None = None,
        *,
        evaluation: Path = Path("evaluation"),
    ) -> tuple[Path, Summary]:
        """Writes the page on a job, by default into its run folder; its path and what it says.

        Reads the job, its tags and the traces that its reward Lambda kept; and beside it what was
        checked, calibrated, rehearsed and evaluated. Where no job is named and there is none yet, the
        page is about all that comes before one.

        Args:
            name: The job; left out, the newest.
            out: Where to write the page.
            evaluation: The folder of `nova-rft evaluate`.
        """
        from nova_rft.jobs import NoJob

        try:
            job = self.job(name)
        except NoJob:
            return self.report_so_far(out, evaluation=evaluation)
        given = self._with_story(self._report_input(job), evaluation)
        return self._write_report(given, out or state_folder() / "runs" / job.name / "report.html")

    @cached_property
    def _output_bucket(self) -> str:
        from nova_rft.aws.stacks import deployment

        return deployment(self.aws, self.spec).output_bucket

    def _report_input(self, job: Job) -> ReportInput:
        from nova_rft.aws.traces import read_traces
        from nova_rft.jobs import live, overlapping
        from nova_rft.report import JobFacts, ReportInput

        look = live(self.aws, self.spec, job)
        version = job.reward_version
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
            reward_version=version or None,
            attempt=int(job.tags.get("nova-rft:attempt", "1")),
            shared_with=overlapping(self.aws, self.spec, job) if version else (),
            backend=job.backend,
            measures=[one.as_dict() for one in look.measures],
            advice=[one.as_dict() for one in look.advice],
            cost=look.cost.as_dict() if look.cost else None,
        )
        if not version:
            return ReportInput(self.spec, facts, ())  # No reward, no traces: nothing else to ask.
        end = job.ended or datetime.now(UTC)
        rows = list(read_traces(self.aws, self._output_bucket, version, job.created, end))
        traces = f"s3://{self._output_bucket}/traces/{version}/"
        return ReportInput(self.spec, facts, rows, self._validation_prompts(), traces=traces)

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
