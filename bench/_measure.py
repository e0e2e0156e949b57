"""Measuring whole processes, as the operating system accounts for them."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """What one run took: seconds of processor and clock, peak memory in megabytes."""

    cpu: float
    wall: float
    memory: float


def run_once(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Runs a command to its end.

    Raises:
        RuntimeError: it failed; a failed run measures nothing.
    """
    started = time.perf_counter()
    child = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert child.stderr is not None  # noqa: S101 - asked for above
    with child.stderr as stream:
        said = stream.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {said.decode()[-500:]}")
    return Cost(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=time.perf_counter() - started,
        memory=usage.ru_maxrss / 1024,
    )


def median_of(
    command: Sequence[str], runs: int, environment: Mapping[str, str] | None = None
) -> Cost:
    """Medians over several runs, after one that warms the caches."""
    run_once(command, environment)
    return median([run_once(command, environment) for _ in range(runs)])


def in_turn(
    commands: Mapping[str, Sequence[str]], runs: int, environment: Mapping[str, str]
) -> dict[str, list[Cost]]:
    """Runs several commands A B C A B C ..., so that a slow moment of the machine hits all alike."""
    for command in commands.values():
        run_once(command, environment)
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            costs[name].append(run_once(command, environment))
    return costs


def median(costs: Sequence[Cost]) -> Cost:
    """Median of each figure."""
    return Cost(
        cpu=statistics.median(cost.cpu for cost in costs),
        wall=statistics.median(cost.wall for cost in costs),
        memory=statistics.median(cost.memory for cost in costs),
    )
