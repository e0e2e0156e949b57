"""Rollouts to be looked at: read from files, scored where they are not, or kept by a job."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nova_rft.errors import StorageError, UsageError
from nova_rft.project._base import state_folder
from nova_rft.project._jobs import Jobs
from nova_rft.project._rewards import Rewards
from nova_rft.spec import JudgeModelSpec, digest

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.aws.traces import TraceTail
    from nova_rft.data import Rollout
    from nova_rft.jobs import Job
    from nova_rft.judge.models import Totals
    from nova_rft.reward import BadItem, JudgeModels
    from nova_rft.rollouts import Noise, Seen

_AN_EVENT: Final = 256


@dataclass(frozen=True, slots=True)
class Rollouts:
    """Rollouts to be looked at, all of them scored.

    Attributes:
        where: What holds them, for people.
        seen: The rollouts.
        unread: Items that hold none.
        problem: What is wrong with the first of these.
        reward_digest: Of the reward that scored them; empty where that is not known.
    """

    where: str
    seen: tuple[Seen, ...]
    unread: int = 0
    problem: str = ""
    reward_digest: str = ""


class ReadsRollouts(Rewards, Jobs):
    """A project's rollouts."""

    def rollouts(
        self,
        file: Path,
        scores: Path | None = None,
        *,
        judge: JudgeModelSpec | None = None,
        models: JudgeModels | None = None,
        workers: int = 1,
    ) -> Rollouts:
        """The rollouts of a file, or of a folder of such; where one is not scored, all are scored now.

        Args:
            file: Reward events, traces, or what `preview` drew.
            scores: The answer to these events.
            judge: Put in the place of every judge model of the spec, where there is something to score.
            models: As `judge_models` gives them, to read afterwards what they took.
            workers: Processes, for a reward without a judge.

        Raises:
            UsageError: a file is missing or is no such thing.
        """
        from nova_rft.reward import BadItem
        from nova_rft.rollouts import read_seen

        seen: list[Seen] = []
        bad: list[BadItem] = []
        for one in read_seen(file, scores):
            if isinstance(one, BadItem):
                bad.append(one)
            else:
                seen.append(one)
        if bad and not seen:
            raise UsageError(
                f"{file}: none of {len(bad):,} items is a rollout (the first: {bad[0].problem}); give "
                "reward events, traces, or what nova-rft preview drew"
            )
        known = {str(one.noted.get("reward_digest") or "") for one in seen}
        if any(not one.scored for one in seen):
            seen = list(self._scored(seen, judge, models, workers))
            known = {digest(self._reward_spec(judge))}
        return Rollouts(
            str(file),
            tuple(seen),
            len(bad),
            bad[0].problem if bad else "",
            known.pop() if len(known) == 1 else "",
        )

    def _scored(
        self,
        seen: Sequence[Seen],
        judge: JudgeModelSpec | None,
        models: JudgeModels | None,
        workers: int,
    ) -> Iterator[Seen]:
        from nova_rft.rollouts import seen_of_score

        events = _events([one.rollout for one in seen])
        told = self.score(events, judge, models=models, workers=workers)
        for event, scored in zip(events, told, strict=True):
            for rollout, one in zip(event, scored, strict=True):
                yield seen_of_score(rollout, one)

    def job_rollouts(self, name: str | None = None) -> Rollouts:
        """What a job's reward Lambda kept, of a running job or an ended one; without a name the newest.

        Those of validation prompts are left out.

        Raises:
            UsageError: there is no such job, or it calls no reward Lambda.
        """
        job = self.job(name)
        if not job.reward_version:
            raise UsageError(f"{job.name} calls no reward Lambda, so it has left no rollouts")
        found = self._traced(job, None)
        if not found:
            yet = "" if job.status.ended else " yet"
            raise UsageError(f"{job.name} has left no rollouts{yet}; look again while it trains")
        deployed = self._deployed_digest(job.reward_version)
        return Rollouts(job.name, tuple(found), reward_digest=deployed)

    def trace_tail(self, job: Job) -> TraceTail:
        """The newest rollouts that a job's reward Lambda keeps, look by look."""
        from nova_rft.aws.traces import TraceTail

        return TraceTail(self.aws, self._output_bucket, job.reward_version, job.created)

    def keep_traces(self, name: str | None = None) -> Path:
        """Copies what a job's reward Lambda kept into the job's run folder; the file, as JSON Lines.

        Raises:
            UsageError: there is no such job, or it has left no rollouts.
            StorageError: this machine refused to store it.
        """
        from nova_rft.aws.traces import read_traces
        from nova_rft.files import write_stream

        job = self.job(name)
        end = job.ended or datetime.now(UTC)
        version, bucket = job.reward_version, self._output_bucket
        rows = read_traces(self.aws, bucket, version, job.created, end) if version else iter(())
        first = next(rows, None)
        if first is None:
            raise UsageError(f"{job.name} has left no rollouts; look again while it trains")
        path = state_folder() / "runs" / job.name / "rollouts.jsonl"
        try:
            write_stream(path, (json.dumps(row).encode() + b"\n" for row in chain([first], rows)))
        except OSError as error:
            raise StorageError(f"{path}: cannot be written: {error.strerror}; make room") from None
        return path

    def _traced(self, job: Job, most: int | None) -> list[Seen]:
        """Rollouts of training prompts, all or the first; no event is cut through."""
        from nova_rft.aws.traces import read_traces
        from nova_rft.report import prompt_digest

        end = job.ended or datetime.now(UTC)
        rows: Iterable[dict[str, Any]] = read_traces(
            self.aws, self._output_bucket, str(job.reward_version), job.created, end
        )
        held_out = self._validation_prompts()
        trained = (row for row in rows if prompt_digest(row["prompt"]) not in held_out)
        if most is None:
            return list(_seen(trained))
        found = list(islice(_seen(trained), most))
        whole = len(found) < most
        return found if whole else [one for one in found if one.event != found[-1].event]

    def _deployed_digest(self, version: str) -> str:
        """The digest of the deployed reward, if that is the version; else empty."""
        from nova_rft.aws.stacks import NotDeployed, deployment

        try:
            deployed = deployment(self.aws, self.spec)
        except NotDeployed:
            return ""
        arn = deployed.reward_version_arn or ""
        return (deployed.reward_digest or "") if arn.endswith(f":{version}") else ""

    def noise(
        self, rollouts: Rollouts, readings: int, judge: JudgeModelSpec | None = None
    ) -> tuple[Noise | None, Totals]:
        """The reward's noise: the rollouts scored again, so often that each has so many readings.

        Args:
            rollouts: Scored already; that is the first reading.
            readings: All in all, from 2.
            judge: Put in the place of every judge model of the spec.

        Raises:
            UsageError: the reward has no judge, whose readings alone differ.
        """
        from nova_rft.aws.judges import judge_models
        from nova_rft.judge.models import MemoryPurse, Totals
        from nova_rft.reward import JudgeModels
        from nova_rft.rollouts import measured_noise
        from nova_rft.spec import judge_models_of

        # Kept replies would be the same reading again.
        reward = self._reward_spec(judge).model_copy(update={"cache": False})
        if not any(judge_models_of(reward.terms)):
            raise UsageError("the reward has no judge, so every reading would be the same")
        place = {id(one.rollout): row for row, one in enumerate(rollouts.seen)}
        rewards = [[one.reward for one in rollouts.seen]]
        took = Totals()
        for _ in range(readings - 1):
            models = JudgeModels(reward, judge_models(lambda: self.aws), purse=MemoryPurse())
            again: list[float | None] = [None] * len(place)
            for one in self._scored(rollouts.seen, judge, models, 1):
                again[place[id(one.rollout)]] = one.reward
            rewards.append(again)
            took += models.totals
        return measured_noise(rewards, f"{readings} readings of each rollout"), took


def _seen(rows: Iterable[dict[str, Any]]) -> Iterator[Seen]:
    from nova_rft.reward import BadItem, read_trace
    from nova_rft.rollouts import seen_of_row

    for row in rows:
        one = seen_of_row(read_trace(row), row)
        if not isinstance(one, BadItem):
            yield one


def _events(rollouts: Sequence[Rollout]) -> list[list[Rollout]]:
    """Rollouts as events of about one size, those of a group together."""
    groups: dict[str, list[Rollout]] = {}
    for one in rollouts:
        groups.setdefault(one.group, []).append(one)
    events: list[list[Rollout]] = [[]]
    for group in groups.values():
        if len(events[-1]) >= _AN_EVENT:
            events.append([])
        events[-1] += group
    return events
