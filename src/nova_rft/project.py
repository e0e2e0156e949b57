"""`Project`: the stages of one spec as methods, for notebooks and for the command line."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nova_rft.data import Finding, RecordCheck
from nova_rft.errors import UsageError
from nova_rft.spec import JudgeModelSpec, JudgeTerm, RewardSpec, Spec, load, with_models

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.aws.records import Ready
    from nova_rft.aws.reward_lambda import RewardLambda
    from nova_rft.aws.session import Aws
    from nova_rft.distil import Distilled, Distillery
    from nova_rft.jobs import Job, Live, Submission
    from nova_rft.judge import Judge, JudgeModel
    from nova_rft.judge.models import Totals
    from nova_rft.report import ReportInput, Summary
    from nova_rft.reward import Item, JudgeCalls, JudgeModels, Quizzes, RewardFunction, Scored
    from nova_rft.reward.contract import Call, Tried


# How old what is known of other jobs may be, while one is watched.
_ASK_AGAIN_S: Final = 60.0


def state_folder() -> Path:
    """Where this machine's notes are kept: `NOVA_RFT_HOME`, else `.nova-rft` in the working folder."""
    return Path(os.environ.get("NOVA_RFT_HOME") or ".nova-rft")


class Project:
    """One spec and what can be done with it."""

    def __init__(self, spec: Spec, file: Path) -> None:
        """Takes a spec that is loaded already; `Project.load` reads one."""
        self.spec = spec
        self.file = file
        self.folder = file.parent
        self._ready: dict[str, Ready] = {}
        self._shared: dict[str, tuple[float, list[str]]] = {}

    @classmethod
    def load(cls, path: str | Path = "nova-rft.yaml") -> Project:
        """Reads the spec.

        Raises:
            UsageError: the file is missing.
            InvalidSpec: it is no valid spec; every problem is named.
        """
        return cls(load(path), Path(path))

    @cached_property
    def aws(self) -> Aws:
        """The AWS region that the spec or the environment names."""
        from nova_rft.aws.session import Aws

        return Aws(self.spec.region)

    def check(self, *, deep: bool = False) -> list[tuple[str, RecordCheck]]:
        """Checks every file of records, references scored by the verifiers; what was found, by name.

        Args:
            deep: Also what takes long: every record's program is run, and validation prompts are looked
                for among the training prompts.
        """
        files = [(self.spec.data.train, True)]
        if self.spec.data.validation:
            files.append((self.spec.data.validation, False))
        checks = [(name, self._check_file(name, training, deep)) for name, training in files]
        if deep:
            for name, found in checks:
                found.findings += self._look_deeper(name, found.findings)
        return checks

    def data_page(self, findings: Sequence[Finding], path: Path) -> Path:
        """Writes the page on the training records: what was found, lengths, turns, languages.

        Raises:
            StorageError: this machine refused to store it.
        """
        from nova_rft.data import file_source
        from nova_rft.data.check import profile_of
        from nova_rft.report import write_data_page

        name, technique = self.spec.data.train, self.spec.technique
        profile = profile_of(file_source(self.records(name).path))
        return write_data_page(profile, findings, name, technique, path)

    def records(self, name: str) -> Ready:
        """A file of records that the spec names, as JSON Lines on this machine.

        Raises:
            AwsRefused: it lies in S3 and may not be read.
            UsageError: it cannot be read.
        """
        from nova_rft.aws.records import ready

        if name not in self._ready:
            copies = state_folder() / "records"
            spec = self.spec
            self._ready[name] = ready(
                name, spec.data, spec.technique, self.folder, copies, lambda: self.aws
            )
        return self._ready[name]

    def _look_deeper(self, name: str, known: Sequence[Finding]) -> Iterator[Finding]:
        """Near duplicates, and of the validation records those that were trained on."""
        from nova_rft.data import RULES, file_source
        from nova_rft.data.check import leaks, near_leaks, near_twice

        there, train = self.records(name), self.records(self.spec.data.train)
        if not (there.path.is_file() and train.path.is_file()):
            return
        source, file = file_source(there.path), str(there.path)
        seen = file_source(train.path)
        found = [] if name == self.spec.data.train else list(leaks(seen, source, file))
        known = [*map(there.in_copy, known), *found]
        try:
            found += near_twice(source, file, known)
            if name != self.spec.data.train:
                found += near_leaks(seen, source, file, known)
        except UsageError as missing:
            rule = RULES["deep.near_twice"]
            found.append(Finding(file, 0, "", rule.id, rule.severity, str(missing)))
        for finding in found:
            yield there.in_place(name, finding)

    def check_terms(self) -> list[Finding]:
        """Makes every term that needs no judge model: its files, patterns and functions are found."""
        from nova_rft.reward import check_terms

        return list(check_terms(self.spec.reward, self.folder, self.file))

    def check_judges(self) -> list[Finding]:
        """Asks whether each judge model exists and may be used; free calls, nothing is judged.

        Raises:
            AwsRefused: AWS could not be reached.
            UsageError: there are no credentials, or no region.
        """
        from nova_rft.aws.access import model_problems
        from nova_rft.spec import judge_models_of

        models = judge_models_of(self.spec.reward.terms)
        return [
            Finding(
                str(self.file),
                0,
                "reward",
                "judge.model",
                "error" if problem.certain else "warning",
                problem.message,
            )
            for problem in model_problems(models, lambda: self.aws)
        ]

    def quizzes(self) -> list[Quizzes]:
        """What the training records bring for the reward's quiz judges.

        Raises:
            UsageError: the file is missing or unreadable.
        """
        from nova_rft.reward import count_quizzes

        return count_quizzes(self.spec.reward, self.records(self.spec.data.train).path)

    def judge_calls(self, rollouts: int | None = None) -> list[JudgeCalls]:
        """What the judges of the reward will be asked for the rollouts of one prompt."""
        from nova_rft.reward import judge_calls

        drawn = rollouts or self.spec.training.samples_per_prompt or 1
        return list(judge_calls(self.spec.reward.terms, drawn))

    def _check_file(self, name: str, training: bool, deep: bool) -> RecordCheck:
        there = self.records(name)
        path = there.path
        if not path.is_file():
            key = "train" if training else "validation"
            finding = Finding(
                str(path), 0, "", "data.missing", "error", f"no such file; data.{key} names it"
            )
            return RecordCheck(0, [finding])
        from nova_rft.reward import check_records

        found = check_records(
            self.spec.reward,
            path,
            training=training,
            folder=self.folder,
            model=self.spec.model,
            max_prompt_tokens=self.spec.training.max_prompt_length,
            deep=deep,
        )
        found.findings = [
            *there.findings,
            *(there.in_place(name, finding) for finding in found.findings),
        ]
        return found

    def judge_models(
        self,
        judge: JudgeModelSpec | None = None,
        *,
        recorder: Callable[[JudgeModel], JudgeModel] = lambda model: model,
    ) -> JudgeModels:
        """The judge models of the reward, with their prices, budget and cache.

        A budget's total counts for the returned object alone; kept replies lie in the state folder.

        Args:
            judge: Stands in the place of every judge model of the spec.
            recorder: Wraps each judge model, such as `RecordingModel`.
        """
        from nova_rft.aws.judges import judge_models
        from nova_rft.judge.models import MemoryPurse
        from nova_rft.judge.models.file_store import FileStore
        from nova_rft.reward import JudgeModels

        reward = self._reward_spec(judge)
        kept = state_folder() / "judge-replies.sqlite"
        return JudgeModels(
            reward,
            judge_models(lambda: self.aws),
            purse=MemoryPurse(),
            store=FileStore(kept) if reward.cache else None,
            recorder=recorder,
        )

    def distillery(
        self,
        out: Path,
        *,
        teacher: JudgeModelSpec | None = None,
        judge: JudgeModelSpec | None = None,
    ) -> Distillery:
        """The spec's distillation into a folder, with what earlier runs left there.

        Args:
            out: The folder.
            teacher: In the place of the spec's.
            judge: In the place of every judge model of the spec.

        Raises:
            UsageError: the spec has none, a prompt cannot be asked, or a model lacks the price that the
                budget needs.
        """
        from nova_rft.data import record_rollout
        from nova_rft.data.source import objects, record_source
        from nova_rft.distil import Distillery

        spec = with_judge(self.spec, judge) if judge else self.spec
        asked = spec.distillation
        if asked and teacher:
            asked = asked.model_copy(update={"teacher": teacher})
            spec = spec.model_copy(update={"distillation": asked})
        given = [one for one in (teacher, judge) if one is not None]
        if asked and asked.budget and (unpriced := spec.unpriced(*given)):
            raise UsageError(
                f"there is a budget but no price for {', '.join(unpriced)}; add it under reward.prices"
            )
        file = self.records(spec.data.train).path
        read = ((line, record_rollout(record)) for line, record in objects(record_source(file)))
        return Distillery(spec, ((line, one) for line, one in read if one), out)

    def distil(
        self,
        distillery: Distillery,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> tuple[Distilled, Totals]:
        """Has the teacher answer and the reward judge; what came of it, and what it took.

        Replies and money are kept in the distillery's folder: stopped anywhere, it goes on without
        paying twice.

        Args:
            distillery: As `distillery` gives it.
            progress: Told how many prompts of how many are answered.
        """
        from nova_rft.aws.judges import judge_models
        from nova_rft.distil import FilePurse, distil
        from nova_rft.judge.models.file_store import FileStore
        from nova_rft.reward import JudgeModels, RewardFunction

        asked, out = distillery.asked, distillery.out
        reward = distillery.spec.reward.model_copy(update={"budget": asked.budget, "cache": True})
        models = JudgeModels(
            reward,
            judge_models(lambda: self.aws),
            purse=FilePurse(out / "spent.txt"),
            store=FileStore(out / "replies.sqlite"),
        )
        function = RewardFunction(reward, models, folder=self.folder)
        return distil(distillery, models(asked.teacher), function, progress), models.totals

    def reward(
        self, judge: JudgeModelSpec | None = None, *, models: JudgeModels | None = None
    ) -> RewardFunction:
        """The reward function, the same that the Lambda runs.

        Args:
            judge: Put in the place of every judge model of the spec.
            models: As `judge_models` gives them, to read afterwards what they took.
        """
        from nova_rft.reward import RewardFunction

        made = models or self.judge_models(judge)
        return RewardFunction(self._reward_spec(judge), made, folder=self.folder)

    def score(
        self,
        events: Iterable[Sequence[Item]],
        judge: JudgeModelSpec | None = None,
        *,
        models: JudgeModels | None = None,
        workers: int = 1,
    ) -> Iterator[list[Scored]]:
        """Scores whole events, in order; in several processes where no judge is asked.

        Args:
            events: As `nova_rft.reward.read_events` gives them.
            judge: Put in the place of every judge model of the spec.
            models: As `judge_models` gives them, to read afterwards what they took.
            workers: Processes for a reward of verifiers, penalties and functions alone.
        """
        from nova_rft.reward import score_all
        from nova_rft.spec import judge_models_of

        spec = self._reward_spec(judge)
        if any(judge_models_of(spec.terms)):
            return score_all(lambda: self.reward(judge, models=models), events, workers=1)
        return score_all(partial(_judgeless, spec, self.folder), events, workers=workers)

    def reward_lambda(self) -> RewardLambda:
        """The deployed reward Lambda, at the version that a job submitted now would call.

        Raises:
            NotDeployed: it is not there.
        """
        from nova_rft.aws.reward_lambda import RewardLambda
        from nova_rft.aws.stacks import deployment

        return RewardLambda(self.aws, deployment(self.aws, self.spec).reward_version_arn)

    def judges(
        self, judge: JudgeModelSpec | None = None, *, models: JudgeModels | None = None
    ) -> list[tuple[JudgeTerm, Judge]]:
        """The reward's judges, each with its settings.

        Args:
            judge: Put in the place of every judge model of the spec.
            models: As `judge_models` gives them.
        """
        from nova_rft.reward import Resources, build_term
        from nova_rft.spec import JUDGE_TERMS

        made = Resources(models or self.judge_models(judge), self.folder)
        terms = [t for t in self._reward_spec(judge).terms if isinstance(t, JUDGE_TERMS)]
        return [(term, build_term(term, made)) for term in terms]

    def _reward_spec(self, judge: JudgeModelSpec | None) -> RewardSpec:
        return with_judge(self.spec, judge).reward if judge else self.spec.reward

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

    @cached_property
    def _output_bucket(self) -> str:
        from nova_rft.aws.stacks import deployment

        return deployment(self.aws, self.spec).output_bucket

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


def try_reward(
    function: str | None = None,
    *,
    spec: Path,
    sample: Path | None = None,
    local: bool = False,
) -> Iterator[Tried]:
    """Asks a reward Lambda hard events; see `nova_rft.reward.contract`.

    Args:
        function: Name or ARN of any; without it the spec's, deployed or local.
        spec: The spec's file; not read where a function is named.
        sample: A file of reward events, whose first item all events are made like.
        local: The spec's reward on this machine, with scripted judges in its judges' places.

    Raises:
        NotDeployed: the spec's is not there.
        UsageError: the sample cannot be read.
        AwsRefused: the function is not there, or may not be called.
    """
    from nova_rft.reward import read_raw_events
    from nova_rft.reward.contract import try_contract

    like = next(read_raw_events(sample, 1))[0] if sample else None
    call: Call
    if function is not None:
        from nova_rft.aws.reward_lambda import RewardLambda
        from nova_rft.aws.session import Aws

        call = RewardLambda(Aws(), function).call
    elif local:
        call = _call_here(Project.load(spec))
    else:
        call = Project.load(spec).reward_lambda().call
    return try_contract(call, like)


def _call_here(project: Project) -> Call:
    from nova_rft.reward import MalformedEvent, answer, read_event
    from nova_rft.reward.contract import Answered
    from nova_rft.spec import ScriptedJudge

    function = project.reward(ScriptedJudge(provider="scripted"))

    def call(event: Any) -> Answered:
        started = time.monotonic()
        try:
            items = read_event(event)
        except MalformedEvent as error:
            return Answered(error=str(error))
        return Answered(answer(function.score(items)), seconds=time.monotonic() - started)

    return call


def _judgeless(spec: RewardSpec, folder: Path) -> RewardFunction:
    """A reward that asks no judge; made anew in each process."""
    from nova_rft.judge import ScriptedModel
    from nova_rft.reward import JudgeModels, RewardFunction

    return RewardFunction(spec, JudgeModels(spec, lambda _: ScriptedModel()), folder=folder)


def with_judge(spec: Spec, judge: JudgeModelSpec) -> Spec:
    """The spec with another model in every judge's place."""
    terms = tuple(with_models(term, lambda _: judge) for term in spec.reward.terms)
    reward = spec.reward.model_copy(update={"terms": terms})
    return spec.model_copy(update={"reward": reward})
