"""The deployed reward Lambda under load: up to 100 events in flight, over HTTP, judged in 0.2 s.

The embedded AWS deploys the project by the CDK and runs its zip, one process for each event in flight,
as Lambda does; the judge is a Converse endpoint in a process of its own. Every answer is looked at: all
ids in their order, and each rollout's own value. All of it shares this machine's processors, so the
figures bound the code from above, and say nothing of AWS's network.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast
from unittest.mock import patch

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from bench._figure import Figure, at_most
from bench._slow_endpoint import slow_endpoint
from nova_rft import local_aws
from nova_rft.project import Project

ROOT: Final = Path(__file__).parents[1]
DELAY_S: Final = 0.2
ROLLOUTS: Final = 8
# How many events are in flight, and how many are sent then.
LEVELS: Final = ((1, 20), (10, 100), (50, 150), (100, 200))
RESERVED: Final = 50
# What an event's eight rollouts may take of a copy's processor, however many are in flight.
CPU_MS: Final = 200
_SPEC: Final = """\
project: stress
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl}
calibration: {required: false}
reward:
  range: [0, 2]
  on_abstain: neutral
  terms:
    - {name: right, type: match}
    - {name: repeated, type: repetition, weight: 0}
    - name: judge
      type: rubric
      model: {provider: bedrock, id: us.amazon.nova-pro-v1:0, concurrency: 16}
      criteria: [{name: kind, question: Is it kind?}]
"""
_WORDS: Final = "The tenant asked for a repair, and the landlord agreed to it by Friday. " * 8


@dataclass
class Load:
    """What came of the events of one level.

    Attributes:
        seconds: How long each event took that was answered.
        errors: What went wrong, each in a sentence.
        wall: Seconds that all took together.
        throttles: How often Lambda had no room; each is asked again.
        memory: Megabytes of all copies of the function together, shared pages once.
        cpu: Seconds of processor that they took together.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wall: float = 0.0
    throttles: int = 0
    memory: float = 0.0
    cpu: float = 0.0


def measure() -> list[Figure]:
    """The table's rows."""
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        judge = stack.enter_context(slow_endpoint(DELAY_S))
        server = stack.enter_context(_embedded(Path(scratch)))
        function, arn = _deployed(Path(scratch), judge)
        figures: list[Figure] = []
        for flying, events in LEVELS:
            # The copies that this level needs beyond the last one's are made first, and told apart.
            cold = _load(arn, flying, 2 * flying)
            _, before = _copies(server)
            warm = _load(arn, flying, events)
            warm.memory, after = _copies(server)
            warm.cpu = after - before
            figures += _figures(flying, cold, warm)
        _lambda().put_function_concurrency(
            FunctionName=function, ReservedConcurrentExecutions=RESERVED
        )
        flying, events = LEVELS[-1]
        figures.append(_throttled(_load(arn, flying, events), events))
    return figures


def _figures(flying: int, cold: Load, warm: Load) -> Iterator[Figure]:
    title = f"{flying} in flight"
    if flying > 1:
        what = f"{title}: the slowest of the first {len(cold.seconds)}, copies started"
        yield Figure(f"{flying}-first", what, max(cold.seconds), "s", wrong=_some(cold))
    rate = len(warm.seconds) / warm.wall
    note = f"{rate * ROLLOUTS:.0f} rollouts/s, {_times(warm.seconds)}"
    what = f"{title}: every id in order, every value right"
    yield Figure(f"{flying}-rate", what, rate, "events/s", note=note, wrong=_some(warm))
    each = 1000 * warm.cpu / len(warm.seconds)
    note = f"{warm.memory:.0f} MB in all copies"
    what = f"{title}: processor for an event"
    yield Figure(f"{flying}-cpu", what, each, "ms", bound=at_most(CPU_MS), note=note)


def _some(load: Load) -> str:
    return "; ".join(load.errors[:3])


def _throttled(load: Load, events: int) -> Figure:
    flying, lost = LEVELS[-1][0], len(load.errors)
    rate = len(load.seconds) / load.wall
    missing = events - len(load.seconds)
    wrong = _some(load) or ("" if load.throttles else "nothing was throttled")
    note = f"{rate:.1f} events/s, {load.throttles} throttles asked again"
    what = f"{flying} in flight, {RESERVED} reserved: events lost"
    return Figure("throttled", what, max(lost, missing), "", "", None, at_most(0), note, wrong)


def _times(seconds: Sequence[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return ", ".join(f"p{place} {cuts[place - 1]:.2f} s" for place in (50, 95, 99))


@contextmanager
def _embedded(home: Path) -> Iterator[int]:
    """The embedded AWS; gives its process."""
    running = local_aws.up(home)
    there = {
        **local_aws.environment(running.endpoint),
        "NOVA_RFT_HOME": str(home),
        "NOVA_RFT_WHEELHOUSE": os.environ.get("NOVA_RFT_WHEELHOUSE", str(ROOT / ".wheelhouse")),
    }
    try:
        with patch.dict(os.environ, there):
            yield running.pid
    finally:
        local_aws.down(home)


def _deployed(folder: Path, judge: str) -> tuple[str, str]:
    """The function's name, and a version of it whose judge is the slow endpoint."""
    (folder / "nova-rft.yaml").write_text(_SPEC)
    name = Project.load(folder / "nova-rft.yaml").deploy()["reward"]["RewardFunctionName"]
    variables = _lambda().get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    _lambda().update_function_configuration(
        FunctionName=name,
        Environment={"Variables": {**variables, "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": judge}},
    )
    return name, _lambda().publish_version(FunctionName=name)["FunctionArn"]


def _lambda() -> Any:
    # Its own retries are bounded by a quota for each client: what is refused is asked again here.
    config = Config(
        retries={"total_max_attempts": 1}, max_pool_connections=LEVELS[-1][0], read_timeout=300
    )
    return cast(Any, boto3).client("lambda", config=config)


def _load(arn: str, flying: int, events: int) -> Load:
    """Keeps so many events in flight until all are answered."""
    load, client, lock = Load(), _lambda(), threading.Lock()

    def one(number: int) -> None:
        began = time.perf_counter()
        throttles, problem = _sent(client, arn, _event(number))
        seconds = time.perf_counter() - began
        with lock:
            load.throttles += throttles
            load.errors += [problem] if problem else []
            load.seconds += [] if problem else [seconds]

    began = time.perf_counter()
    with ThreadPoolExecutor(flying) as pool:
        list(pool.map(one, range(events)))
    load.wall = time.perf_counter() - began
    return load


def _sent(client: Any, arn: str, event: list[dict[str, Any]]) -> tuple[int, str]:
    """How often there was no room for an event, and what was wrong with its answer."""
    throttles = 0
    while True:
        try:
            answer = client.invoke(FunctionName=arn, Payload=json.dumps(event).encode())
            return throttles, _problem(event, answer)
        except client.exceptions.TooManyRequestsException:
            throttles += 1
            time.sleep(random.uniform(0, min(0.2 * 2**throttles, 2)))  # noqa: S311 - no secret
        except (ClientError, HTTPClientError) as error:
            return throttles, str(error)


def _event(number: int) -> list[dict[str, Any]]:
    """A group of rollouts; no two events have an id or a response in common."""
    mark = f"{number}-{random.getrandbits(64):x}"
    return [
        {
            "id": f"{mark}-{place}",
            "messages": [
                {"role": "user", "content": f"What is {place % 2}? {mark}"},
                {"role": "assistant", "content": f"{_WORDS}{mark} {place}\nA: {place % 2}"},
            ],
            "metadata": {"reference_answer": "1"},
        }
        for place in range(ROLLOUTS)
    ]


def _problem(event: list[dict[str, Any]], answer: Any) -> str:
    """What is wrong with an answer; nothing where nothing is."""
    body = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        return f"{body.get('errorType')}: {body.get('errorMessage')}"
    if [one["id"] for one in body] != [one["id"] for one in event]:
        return "ids are missing or out of order"
    rewards = [one["aggregate_reward_score"] for one in body]
    wanted = [1.0 + place % 2 for place in range(ROLLOUTS)]
    return "" if rewards == wanted else f"rewards {rewards} instead of {wanted}"


def _copies(server: int) -> tuple[float, float]:
    """Megabytes and seconds of processor of the server's children: the copies of the function."""
    memory, cpu = 0, 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if f"\nPPid:\t{server}\n" in status.read_text():
                rollup = status.with_name("smaps_rollup").read_text()
                memory += int(rollup.split("\nPss:")[1].split()[0])
                ticks = status.with_name("stat").read_text().rpartition(")")[2].split()[11:13]
                cpu += sum(map(int, ticks))
        except (OSError, IndexError):
            continue
    return memory / 1024, cpu / os.sysconf("SC_CLK_TCK")
