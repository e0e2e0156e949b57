"""Questions put into batches, batches sent and waited for, their answers taken in."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any, Final

from nova_rft.aws.batches import BatchPlace, batch_answers, batch_state, submit_batch
from nova_rft.aws.session import Aws
from nova_rft.aws.storage import upload
from nova_rft.errors import AwsBusy
from nova_rft.files import write_stream
from nova_rft.judge import Usage
from nova_rft.judge.models import cost_of
from nova_rft.scale._engine import EngineFailed, Say, say_nothing
from nova_rft.scale.batch._store import JobRow, Kept, Store
from nova_rft.scale.estimate import BATCH_PRICE, Quotas
from nova_rft.spec import Price

# An error in a record, by its HTTP status, after which asking again can help.
_PASSING: Final = (408, 424, 429, 500, 502, 503, 504)
_FIRST_LOOK_S: Final = 0.25
_LONGEST_LOOK_S: Final = 60.0
_TOGETHER: Final = 1000


@dataclass(frozen=True, slots=True)
class Jobs:
    """The batches of one store.

    Attributes:
        aws: The account.
        place: Where records and answers lie, and the role of the jobs.
        store: Questions and replies.
        prices: Of models, on demand.
        quotas: What a batch may hold.
        say: Told how far batches are.
    """

    aws: Aws
    place: BatchPlace
    store: Store
    prices: Mapping[str, Price]
    quotas: Quotas
    say: Say = say_nothing

    def plan(self) -> dict[str, int]:
        """Puts questions into batches; where there are too few for one, how many of which model."""
        few = {}
        for model, (count, size) in self.store.waiting().items():
            if count < self.quotas.batch_least:
                few[model] = count
                continue
            jobs = max(
                ceil(count / self.quotas.batch_records), ceil(size / self.quotas.batch_bytes)
            )
            # Evenly, so that the last one is not too small to be a batch.
            each = ceil(count / jobs)
            for _ in range(jobs):
                some = self.store.keys_waiting(model, each)
                self.store.plan(self._name(model, some), model, [key for key, _ in some])
        return few

    def _name(self, model: str, keys: Sequence[tuple[str, int]]) -> str:
        """A batch's name, by where and what it is: planned again by another run it is the same batch."""
        seen = sha256(f"{self.place.bucket} {self.place.prefix} {model}".encode())
        for key, tries in keys:
            seen.update(f" {key} {tries}".encode())
        return f"nova-rft-{seen.hexdigest()[:32]}"

    def finish(self) -> None:
        """Sends what is planned, waits for all, and takes the answers in.

        Raises:
            EngineFailed: a batch failed as a whole; its questions wait again.
        """
        pause = _FIRST_LOOK_S
        while waiting := self.store.open_jobs():
            running = [one for one in waiting if one.arn]
            for job in waiting:
                if job.arn is None and len(running) < self.quotas.batch_jobs:
                    if not self._send(job):
                        break
                    running.append(job)
            ended = [one for one in self.store.open_jobs() if one.arn and self._ended(one)]
            if ended:
                pause = _FIRST_LOOK_S
                continue
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_LOOK_S)

    def _send(self, job: JobRow) -> bool:
        """Makes a batch, or finds it made by a run that was killed; False where there is no room."""
        with tempfile.TemporaryDirectory(prefix="nova-rft-") as scratch:
            file = Path(scratch) / f"{job.name}.jsonl"
            write_stream(file, self.store.lines(job.name))
            key = f"{self.place.prefix}records/{job.name}.jsonl"
            records = upload(self.aws, file, self.place.bucket, key)
        try:
            arn = submit_batch(self.aws, self.place, job.name, job.model, records)
        except AwsBusy:
            return False
        self.store.sent(job.name, arn)
        return True

    def _ended(self, job: JobRow) -> bool:
        assert job.arn is not None  # noqa: S101 - its caller looks
        state = batch_state(self.aws, job.arn)
        if state.running:
            self.say(f"{job.name}: {state.status}, {state.processed:,} of {state.total:,} records")
            return False
        if state.readable:
            self._take_in(job, job.arn)
        left = self.store.merged(job.name)
        self.say(f"{job.name}: {state.status}, {left:,} records without an answer")
        if not state.readable or state.status == "Stopped":
            raise EngineFailed(
                f"the batch {job.name} is {state.status}: {state.message or 'no reason given'}; its "
                "answers so far are kept, and the same command asks for the others again"
            )
        return True

    def _take_in(self, job: JobRow, arn: str) -> None:
        known = self.store.forms(job.name)
        read = (
            reply
            for line in batch_answers(self.aws, self.place, arn)
            if (reply := self._reply(line, job.model)) and reply[0] in known
        )
        while some := list(islice(read, _TOGETHER)):
            self.store.take_in(some)

    def _reply(
        self, line: Mapping[str, Any], model: str
    ) -> tuple[str, Kept, Usage, float | None] | None:
        """One line of the answers; None where the question has to be asked again."""
        key, output, error = line.get("recordId"), line.get("modelOutput"), line.get("error")
        if not isinstance(key, str):
            return None
        if isinstance(output, dict):
            usage = _usage(output.get("usage", {}))
            price = self.prices.get(model)
            cost = None if price is None else BATCH_PRICE * cost_of(usage, price)
            kept = {name: output.get(name) for name in ("output", "stopReason", "usage")}
            return key, Kept(kept), usage, cost
        if isinstance(error, dict) and error.get("errorCode") not in _PASSING:
            message = str(error.get("errorMessage", "no reason given"))
            # Bedrock's records name the status alone: 400 is what Converse calls a ValidationException.
            code = "ValidationException" if error.get("errorCode") == 400 else "Refused"
            return key, Kept(None, code, message), Usage(), 0.0
        return None


def _usage(told: Mapping[str, Any]) -> Usage:
    return Usage(
        told.get("inputTokens", 0),
        told.get("outputTokens", 0),
        told.get("cacheReadInputTokens", 0),
        told.get("cacheWriteInputTokens", 0),
    )
