"""What a scoring will take by each engine: calls, jobs, bytes, seconds, money, and what binds.

A written model, not a simulation: each bound gives a time, and the longest is the time. Figures that no
page states are assumptions of `Quotas`, and are said with the answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

from nova_rft.judge import Usage
from nova_rft.judge.models import cost_of
from nova_rft.scale.estimate._load import Load
from nova_rft.scale.estimate._quotas import Quotas

EngineName = Literal["here", "lambda", "map", "batch"]
# Bedrock User Guide, "Process multiple prompts with batch inference": half the on-demand price.
BATCH_PRICE: Final = 0.5
# Memory of the reward Lambda and of the function that a map's children run, in gigabytes.
_REWARD_GB: Final = 1769 / 1024
_CHUNK_GB: Final = 256 / 1024
# A child's start, its task and its end.
TRANSITIONS: Final = 3
# Bytes of a batch's line beside the question: record id, settings, the answer's schema.
_LINE: Final = 1500
_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a scoring will take; money in the prices' currency, that of services in USD.

    Attributes:
        engine: That scores.
        items: Responses.
        events: Calls of the reward Lambda; for `here` and `batch` scored on this machine.
        bytes: Of all events.
        calls: Of judges, retries not counted.
        tokens_in: That judges read.
        tokens_out: That they write.
        jobs: Batches.
        children: Of the map.
        seconds: About.
        binds: What the time is due to.
        times: What each bound alone would take.
        judges: What judges cost; None without prices.
        services: What Lambda, Step Functions and S3 cost.
        event_s: Seconds of one event.
        notes: What people should know beside.
    """

    engine: EngineName
    items: int
    events: int
    bytes: int
    calls: int
    tokens_in: int
    tokens_out: int
    jobs: int
    children: int
    seconds: float
    binds: str
    times: Mapping[str, float]
    judges: float | None
    services: float
    event_s: float
    notes: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """As documented for `score --estimate --json`."""
        return asdict(self)


def estimate(
    load: Load, engine: EngineName, quotas: Quotas | None = None, *, concurrency: int = 32
) -> Estimate:
    """What it will take.

    Args:
        load: What there is to score.
        engine: By which.
        quotas: Of the account.
        concurrency: Events in flight at most, as the engine is told.
    """
    quotas = quotas or Quotas()
    event_s = _event_s(load, quotas)
    jobs = jobs_of(load, quotas) if engine == "batch" else 0
    times = _times(load, engine, quotas, concurrency, event_s)
    binds = max(times, key=lambda name: times[name])
    # Lambda's room is there bit by bit; what bounds the rest does so all the time.
    ramp = _at_once(engine, quotas, concurrency) / quotas.lambda_starts_per_s
    seconds = times[binds] + (ramp if engine in ("lambda", "map") else 0.0)
    return Estimate(
        engine=engine,
        items=load.items,
        events=load.events,
        bytes=load.bytes,
        calls=load.calls,
        tokens_in=round(sum(one.calls * one.tokens_in for one in load.judges)),
        tokens_out=round(sum(one.calls * one.tokens_out for one in load.judges)),
        jobs=jobs,
        children=load.events if engine == "map" else 0,
        seconds=seconds,
        binds=binds,
        times=times,
        judges=_judges(load, engine),
        services=_services(load, engine, quotas, event_s),
        event_s=event_s,
        notes=tuple(_notes(load, engine, quotas, event_s)),
    )


def jobs_of(load: Load, quotas: Quotas) -> int:
    """Batches of all rounds and models; a judge's calls are spread evenly over its rounds."""
    return sum(_jobs(*asked, quotas) for asked_of in _rounds(load) for asked in asked_of.values())


def _rounds(load: Load) -> list[dict[str, tuple[int, float]]]:
    """Calls of each model and their bytes, round by round: judges with one model share its batches."""
    rounds: list[dict[str, tuple[int, float]]] = []
    for number in range(max((one.rounds for one in load.judges), default=0)):
        asked: dict[str, tuple[int, float]] = {}
        for one in load.judges:
            if one.model and number < one.rounds:
                calls, size = asked.get(one.model, (0, 0.0))
                more = math.ceil(one.calls / one.rounds)
                line = one.tokens_in * _BYTES + _LINE
                asked[one.model] = calls + more, size + more * line
        rounds.append(asked)
    return rounds


def _jobs(calls: int, size: float, quotas: Quotas) -> int:
    """Batches of one model in one round; none where there are too few calls for one."""
    if calls < quotas.batch_least:
        return 0
    return max(math.ceil(calls / quotas.batch_records), math.ceil(size / quotas.batch_bytes))


def _event_s(load: Load, quotas: Quotas) -> float:
    """Seconds of one event: its judges one after the other, each judge's calls side by side."""
    events = max(load.events, 1)
    waiting = 0.0
    for one in load.judges:
        latency = quotas.judge_latency_s if one.latency_s is None else one.latency_s
        waves = max(math.ceil(one.calls / events / one.concurrency), one.rounds)
        waiting += waves * latency if one.calls else 0.0
    return waiting + quotas.overhead_s + load.items / events * load.work_s


def _at_once(engine: EngineName, quotas: Quotas, concurrency: int) -> float:
    """Events that are scored at the same time."""
    if engine == "here":
        return 1.0
    if engine == "lambda":
        return min(concurrency, quotas.lambda_concurrency)
    # Each child has two executions: the one that reads its chunk waits for the reward's.
    return min(concurrency, quotas.map_concurrency, quotas.lambda_concurrency / 2)


def _times(
    load: Load, engine: EngineName, quotas: Quotas, concurrency: int, event_s: float
) -> dict[str, float]:
    if engine == "batch":
        return _batch_times(load, quotas)
    events = load.events * event_s / _at_once(engine, quotas, concurrency)
    times = {"events at once": events, **_model_times(load, quotas)}
    if engine in ("lambda", "map"):
        times["bytes from here"] = load.bytes / quotas.uplink_bytes_per_s
    if engine == "map":
        times["state transitions"] = load.events * TRANSITIONS / quotas.transitions_per_s
        times["writes to S3"] = load.events / quotas.s3_puts_per_s
    return times


def _model_times(load: Load, quotas: Quotas) -> dict[str, float]:
    """What the quotas of the busiest model alone would take."""
    calls: dict[str, float] = {}
    tokens: dict[str, float] = {}
    for one in load.judges:
        if one.model:
            calls[one.model] = calls.get(one.model, 0) + one.calls
            reserved = one.calls * (one.tokens_in + max(one.reserved, one.tokens_out))
            tokens[one.model] = tokens.get(one.model, 0) + reserved
    return {
        "a model's requests a minute": 60
        * max(calls.values(), default=0)
        / quotas.requests_per_minute,
        "a model's tokens a minute": 60
        * max(tokens.values(), default=0)
        / quotas.tokens_per_minute,
    }


def _batch_times(load: Load, quotas: Quotas) -> dict[str, float]:
    """Rounds one after the other; of each the batches that may run at once, side by side."""
    rounds = _rounds(load)
    batches = 0.0
    for asked in rounds:
        slowest = 0.0
        for calls, size in asked.values():
            jobs = _jobs(calls, size, quotas)
            if jobs:
                waves = math.ceil(jobs / quotas.batch_jobs)
                work = calls / jobs / quotas.batch_records_per_s
                slowest = max(slowest, waves * (quotas.batch_queue_s + work))
        batches += slowest
    sent = sum(size for asked in rounds for _, size in asked.values())
    return {
        "batches": batches,
        # It is scored once more than there are rounds: the last time with every reply.
        "this machine": load.items * load.work_s * (1 + len(rounds)),
        "bytes from here": sent / quotas.uplink_bytes_per_s,
    }


def _judges(load: Load, engine: EngineName) -> float | None:
    total = 0.0
    for one in load.judges:
        if one.price is None:
            return None
        usage = Usage(round(one.calls * one.tokens_in), round(one.calls * one.tokens_out))
        total += cost_of(usage, one.price)
    return total * (BATCH_PRICE if engine == "batch" else 1.0)


def _services(load: Load, engine: EngineName, quotas: Quotas, event_s: float) -> float:
    calls = load.events * event_s * quotas.lambda_gb_s * _REWARD_GB
    calls += load.events * quotas.lambda_call
    puts = load.events * quotas.s3_put
    if engine == "lambda":
        return calls + puts
    if engine == "map":
        again = load.events * (event_s * quotas.lambda_gb_s * _CHUNK_GB + quotas.lambda_call)
        # A chunk, its rows, the look whether they are there, which is priced as a write, and its result.
        return calls + again + 4 * puts + load.events * TRANSITIONS * quotas.transition
    return 0.0


def _notes(load: Load, engine: EngineName, quotas: Quotas, event_s: float) -> list[str]:
    notes = []
    if engine in ("lambda", "map") and event_s > quotas.lambda_seconds:
        notes.append(
            f"an event takes about {event_s:,.0f} s, more than the {quotas.lambda_seconds:,.0f} of a "
            "Lambda; lower --event-size"
        )
    if engine == "batch":
        few = sum(
            calls
            for asked in _rounds(load)
            for calls, size in asked.values()
            if not _jobs(calls, size, quotas)
        )
        if few:
            notes.append(
                f"{few:,} calls are fewer than the {quotas.batch_least:,.0f} of a batch, and are asked "
                "on demand at the whole price"
            )
    if any(one.price is None for one in load.judges):
        notes.append("what judges cost is not known: add reward.prices")
    return notes
