"""Scoring many responses: by an engine, with a ledger, row for row."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from nova_rft.errors import UsageError
from nova_rft.files import write_stream
from nova_rft.project._base import state_folder
from nova_rft.project._rewards import Rewards
from nova_rft.spec import JudgeModelSpec

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.aws.folder import BucketFolder
    from nova_rft.aws.stacks import Deployment
    from nova_rft.scale import Engine, Folder, Scoring, Summary
    from nova_rft.scale.estimate import Estimate

EngineName = Literal["here", "lambda", "map", "batch"]
_S3: Final = "s3://"


@dataclass(frozen=True, slots=True)
class _Made:
    """An engine, and the folder in which other machines find its rows."""

    engine: Engine
    folder: Folder | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """How a file is to be scored; `name` is the ledger's."""

    engine: EngineName
    judge: JudgeModelSpec | None
    concurrency: int | None
    workers: int
    name: str
    say: Callable[[str], None]


class Scales(Rewards):
    """What a project can score beyond what one process should."""

    @contextmanager
    def scoring(
        self,
        file: str | Path,
        *,
        engine: EngineName = "here",
        judge: JudgeModelSpec | None = None,
        event_size: int = 256,
        concurrency: int | None = None,
        workers: int = 1,
        say: Callable[[str], None] = lambda text: None,
    ) -> Iterator[Scoring]:
        """A file's scoring, made ready: `run` it, then take its `rows`; `score_file` does both.

        What the reward is known to give lies in a ledger in the state folder, and where the engine runs
        in AWS in the output bucket too; none of it is paid for again.

        Args:
            file: Reward events, or rollouts; here or in S3.
            engine: Where they are scored.
            judge: In the place of every judge model of the spec; `here` alone.
            event_size: Items of one event at most, unless one prompt has more.
            concurrency: Events in flight at most, for `lambda` and `map`; left out, the engine's own.
            workers: Processes, for `here` and a reward without a judge.
            say: Told how far things are in AWS that take long.

        Raises:
            UsageError: the file cannot be read, or the engine cannot take the reward.
            NotDeployed: the engine needs what is not deployed.
        """
        from nova_rft.reward import read_raw_items
        from nova_rft.scale import Ledger, Limits, Scoring, Work

        if judge and engine != "here":
            raise UsageError(f"--engine {engine} asks the spec's own judges; leave --judge out")
        with ExitStack() as stack:
            identity = self._identity(engine, judge)
            asked = _Asked(engine, judge, concurrency, workers, identity[:24], say)
            made = self._engine(asked, stack)
            place = state_folder() / "scores"
            path = stack.enter_context(self._local(file))
            ledger = stack.enter_context(Ledger(place / f"{asked.name}.sqlite", made.folder))
            work = stack.enter_context(Work(read_raw_items(path), identity, place))
            yield Scoring(work, ledger, made.engine, Limits(items=event_size))

    def score_file(
        self,
        file: str | Path,
        out: str | Path,
        progress: Callable[[int, int], None] = lambda done, of: None,
        **how: Any,
    ) -> Summary:
        """Scores a file into another one: a row for each item, in order, under its id.

        Args:
            file: Reward events, or rollouts; here or in S3.
            out: JSON Lines, here or in S3: each row as the reward Lambda answers.
            progress: Told how many items of how many have a row.
            **how: As `scoring` takes them.

        Raises:
            EngineFailed: the engine cannot go on; what it scored is kept, and the same call goes on.
        """
        with self.scoring(file, **how) as scoring:
            summary = scoring.run(progress)
            self.write_rows(scoring.rows(), out)
        return summary

    def estimate(
        self,
        file: str | Path,
        *,
        engine: EngineName = "here",
        judge: JudgeModelSpec | None = None,
        event_size: int = 256,
        concurrency: int = 32,
        quotas: Mapping[str, float] | None = None,
    ) -> Estimate:
        """What scoring a file will take, with nothing asked and nothing spent.

        Args:
            file: Reward events, or rollouts; here or in S3.
            engine: Where they would be scored.
            judge: In the place of every judge model of the spec.
            event_size: Items of one event at most.
            concurrency: Events in flight at most.
            quotas: The account's own, by their names in `nova_rft.scale.estimate.Quotas`.

        Raises:
            UsageError: the file cannot be read, or there is no such quota.
        """
        from nova_rft.reward import read_raw_items
        from nova_rft.scale import Limits, Work
        from nova_rft.scale.estimate import Quotas, estimate, load_of

        limits = Limits(items=event_size)
        place = state_folder() / "scores"
        with self._local(file) as path, Work(read_raw_items(path), "", place) as work:
            events = size = 0
            for chunk in work.chunks(limits.items, limits.size):
                events, size = events + 1, size + chunk.size
            load = load_of(self._reward_spec(judge), work.shape, events=events, size=size)
        own = Quotas().with_own(quotas or {})
        return estimate(load, engine, own, concurrency=concurrency)

    def write_rows(self, rows: Iterator[dict[str, Any]], out: str | Path) -> None:
        """Writes rows as JSON Lines, whole or not at all, here or in S3."""
        lines = (json.dumps(row).encode() + b"\n" for row in rows)
        if not str(out).startswith(_S3):
            write_stream(Path(out), lines)
            return
        from nova_rft.aws.storage import send, split_uri

        with tempfile.TemporaryDirectory(prefix="nova-rft-") as scratch:
            whole = Path(scratch) / "rows.jsonl"
            write_stream(whole, lines)
            send(self.aws, whole, *split_uri(str(out)))

    @contextmanager
    def _local(self, file: str | Path) -> Iterator[Path]:
        if not str(file).startswith(_S3):
            yield Path(file)
            return
        from nova_rft.aws.storage import local_copy

        with local_copy(self.aws, str(file)) as path:
            yield path

    def _identity(self, name: EngineName, judge: JudgeModelSpec | None) -> str:
        """What rows depend on beside their items: a published version, or the reward as it is here."""
        from nova_rft.scale import identity_deployed, identity_here

        if name in ("here", "batch"):
            return identity_here(self._reward_spec(judge), self.folder)
        deployed = self._deployed()
        return identity_deployed(deployed.reward_digest or "", deployed.reward_version_arn or "")

    def _engine(self, asked: _Asked, stack: ExitStack) -> _Made:
        match asked.engine:
            case "lambda":
                return self._lambda_engine(asked)
            case "map":
                return self._map_engine(asked)
            case "batch":
                return self._batch_engine(asked, stack)
        return self._here_engine(asked)

    def _here_engine(self, asked: _Asked) -> _Made:
        from nova_rft.scale import HereEngine

        # A run that is killed has paid for what it was told so far.
        models = self.judge_models(asked.judge, keep=True)
        scores = partial(self.score, judge=asked.judge, models=models, workers=asked.workers)
        return _Made(HereEngine(scores, lambda: models.totals))

    def _lambda_engine(self, asked: _Asked) -> _Made:
        from nova_rft.scale import LambdaEngine

        engine = LambdaEngine(self.reward_lambda(), asked.concurrency or 32)
        return _Made(engine, self._rows_folder(self._deployed().output_bucket, asked.name))

    def _map_engine(self, asked: _Asked) -> _Made:
        from nova_rft.aws.scoring import scoring_stack
        from nova_rft.scale import MapEngine

        made, version = scoring_stack(self.aws, self.spec), self._deployed().reward_version_arn
        if made.machine is None or version is None:
            raise UsageError("the project deploys no reward Lambda; use --engine here or batch")
        parts = self._rows_folder(made.bucket, asked.name)
        most = asked.concurrency or 500
        engine = MapEngine(self.aws, made.machine, version, parts, most, asked.say)
        # Before the ledger is read: what it scored meanwhile belongs into it.
        engine.settle()
        return _Made(engine, parts)

    def _batch_engine(self, asked: _Asked, stack: ExitStack) -> _Made:
        from nova_rft.aws.judges import judge_models
        from nova_rft.aws.scoring import scoring_stack
        from nova_rft.scale.batch import BatchEngine, Jobs, Store, check_batchable
        from nova_rft.scale.estimate import Quotas

        reward = self._reward_spec(None)
        check_batchable(reward)
        made = scoring_stack(self.aws, self.spec)
        file = state_folder() / "scores" / f"{asked.name}-batches.sqlite"
        store = stack.enter_context(Store(file))
        jobs = Jobs(self.aws, made.batches, store, reward.prices, Quotas(), asked.say)
        engine = BatchEngine(reward, self.folder, judge_models(lambda: self.aws), jobs)
        return _Made(engine, self._rows_folder(made.bucket, asked.name))

    def _deployed(self) -> Deployment:
        from nova_rft.aws.stacks import deployment

        return deployment(self.aws, self.spec)

    def _rows_folder(self, bucket: str, name: str) -> BucketFolder:
        from nova_rft.aws.folder import BucketFolder

        return BucketFolder(self.aws, bucket, f"scores/{name}/")
