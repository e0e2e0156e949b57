"""A policy that is really trained: by `python -m nova_rft.rehearse`, in a process of its own.

The process asks for a reward where it needs one, so that the grader stays this side's to call: lines of
JSON go both ways, as `nova_rft.rehearse._job` says. What trains weighs 1.5 GB and is not imported here.
"""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from nova_rft.local_aws.training._asked import Rewarded, Step
from nova_rft.local_aws.training._ends import JobFailed, JobStopped
from nova_rft.local_aws.training._grading import Scorer
from nova_rft.local_aws.training._policy import PolicyFailed, Trained
from nova_rft.rehearse import JobAsked

# Rollouts of a prompt where the service chooses.
_SAMPLES: Final = 8
_LOOK_S: Final = 0.1
_Records = Sequence[dict[str, Any]]


def train_apart(
    asked: Rewarded,
    records: _Records,
    validation: _Records,
    policy: Trained,
    scorer: Scorer,
    stopping: threading.Event,
) -> Iterator[Step]:
    """Trains, and gives each step's figures in verl's names.

    Raises:
        JobFailed: the grader failed, or answered what is no answer.
        PolicyFailed: the policy cannot be had or trained.
        JobStopped: `stopping` was set.
    """
    samples = asked.samples or _SAMPLES
    process = _Process(stopping)
    with contextlib.closing(process):
        process.say(asdict(_job(asked, records, validation, policy, samples)))
        while (told := process.told()) is not None:
            if "failed" in told:
                raise PolicyFailed(told["failed"])
            if "step" in told:
                yield told["step"]
            if "event" in told:
                event, size = told["event"], told["group"]
                groups = (event[start : start + size] for start in range(0, len(event), size))
                process.say({"rewards": scorer.score(groups)})
            if "done" in told:
                return
        raise JobFailed("the training process ended before its time; its last words are in the log")


def _job(
    asked: Rewarded, records: _Records, validation: _Records, policy: Trained, samples: int
) -> JobAsked:
    return JobAsked(
        policy=policy.place,
        kept=str(policy.kept.absolute()),
        records=list(records),
        validation=list(validation) if asked.eval_every else [],
        prompts=asked.batch_size,
        samples=samples,
        epochs=asked.epochs,
        steps=asked.steps,
        eval_every=asked.eval_every,
        learning_rate=asked.learning_rate,
        max_new_tokens=asked.max_new_tokens,
    )


class _Process:
    """The process, and the lines that go both ways."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._told: queue.Queue[bytes] = queue.Queue()
        self._child = subprocess.Popen(
            [sys.executable, "-m", "nova_rft.rehearse"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def say(self, line: dict[str, Any]) -> None:
        """Sends a line; that nobody reads it any more is found out where an answer is waited for."""
        assert self._child.stdin is not None  # noqa: S101 - for the type checker
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.write(json.dumps(line).encode() + b"\n")
            self._child.stdin.flush()

    def told(self) -> dict[str, Any] | None:
        """The next line; None where the process has ended.

        Raises:
            JobStopped: the job was asked to stop.
        """
        while True:
            if self._stopping.is_set():
                raise JobStopped
            with contextlib.suppress(queue.Empty):
                line = self._told.get(timeout=_LOOK_S)
                return json.loads(line) if line else None

    def close(self) -> None:
        """Ends the process, wherever it is."""
        self._child.kill()
        self._child.wait()
        assert self._child.stdin is not None  # noqa: S101 - for the type checker
        with contextlib.suppress(BrokenPipeError):
            self._child.stdin.close()
        self._reader.join()

    def _read(self) -> None:
        assert self._child.stdout is not None  # noqa: S101 - for the type checker
        with self._child.stdout as lines:
            for line in lines:
                self._told.put(line)
        self._told.put(b"")
