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
    from nova_rft.scale import Engine, Folder, Scoring, Summary
    from nova_rft.scale.estimate import Estimate

EngineName = Literal["here", "lambda"]
_S3: Final = "s3://"


@dataclass(frozen=True, slots=True)
class _Made:
    """An engine, what its rows depend on, and the bucket in which other machines find them."""

    engine: Engine
    identity: str
    bucket: str | None = None


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
    ) -> Iterator[Scoring]:
        """A file's scoring, made ready: `run` it, then take its `rows`; `score_file` does both.

        What the reward is known to give lies in a ledger in the state folder, and where the engine runs
        in AWS in the output bucket too; none of it is paid for again.

        Args:
            file: Reward events, or rollouts; here or in S3.
            engine: Where they are scored.
            judge: In the place of every judge model of the spec; `here` alone.
            event_size: Items of one event at most, unless one prompt has more.
            concurrency: Events in flight at most; left out, the engine's own.
            workers: Processes, for `here` and a reward without a judge.

        Raises:
            UsageError: the file cannot be read, or the engine cannot take the reward.
            NotDeployed: the engine needs what is not deployed.
        """
        from nova_rft.reward import read_raw_items
        from nova_rft.scale import Ledger, Limits, Scoring, Work

        if judge and engine != "here":
            raise UsageError(f"--engine {engine} asks the spec's own judges; leave --judge out")
        with ExitStack() as stack:
            made = self._engine(engine, judge, concurrency, workers)
            place = state_folder() / "scores"
            name = made.identity[:24]
            path = stack.enter_context(self._local(file))
            folder = self._shared(made.bucket, name)
            ledger = stack.enter_context(Ledger(place / f"{name}.sqlite", folder))
            work = stack.enter_context(Work(read_raw_items(path), made.identity, place))
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

    def _engine(
        self, name: EngineName, judge: JudgeModelSpec | None, concurrency: int | None, workers: int
    ) -> _Made:
        if name == "lambda":
            return self._lambda_engine(concurrency)
        return self._here_engine(judge, workers)

    def _here_engine(self, judge: JudgeModelSpec | None, workers: int) -> _Made:
        from nova_rft.scale import HereEngine, identity_here

        models = self.judge_models(judge)
        scores = partial(self.score, judge=judge, models=models, workers=workers)
        engine = HereEngine(scores, lambda: models.totals)
        return _Made(engine, identity_here(self._reward_spec(judge), self.folder))

    def _lambda_engine(self, concurrency: int | None) -> _Made:
        from nova_rft.aws.stacks import deployment
        from nova_rft.scale import LambdaEngine, identity_deployed

        function = self.reward_lambda()
        deployed = deployment(self.aws, self.spec)
        engine = LambdaEngine(function, concurrency or 32)
        identity = identity_deployed(
            deployed.reward_digest or "", deployed.reward_version_arn or ""
        )
        return _Made(engine, identity, deployed.output_bucket)

    def _shared(self, bucket: str | None, name: str) -> Folder | None:
        if bucket is None:
            return None
        from nova_rft.aws.folder import BucketFolder

        return BucketFolder(self.aws, bucket, f"scores/{name}/")
