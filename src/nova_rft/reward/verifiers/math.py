"""The verifier of mathematical answers: math-verify, kept where it can be killed."""

from __future__ import annotations

import os
import re
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from queue import Empty, SimpleQueue
from typing import Final

from nova_rft.data import Rollout, reference_text
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward.text.final_answer import last_number, marked_answer
from nova_rft.reward.verifiers._killable import KillableWorker, WorkerFailed, WorkerNotReady
from nova_rft.spec import MathTerm

_PLAIN: Final = re.compile(
    r"([-+]?)[ ]?\$?[ ]?(\d{1,3}(?:,\d{3})+|\d{1,40})(\.\d{1,40})?([eE][-+]?\d{1,2})?\.?"
)
_LONGEST: Final = 2_000


class MathVerifier:
    """1 when the response's final answer equals the reference's, else 0."""

    def __init__(self, spec: MathTerm) -> None:
        self._spec = spec
        self._workers = _Workers()

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One score for each rollout; an abstention where the reference cannot be read.

        A response whose expression cannot be evaluated in time is wrong, not abstained on: an
        abstention may pay more than a wrong answer, and a policy would learn to provoke it.
        """
        results: list[Outcome | None] = [None] * len(rollouts)
        hard: dict[int, tuple[str, str]] = {}
        for index, rollout in enumerate(rollouts):
            pair = _answers(rollout)
            results[index] = pair if isinstance(pair, Score | Abstention) else _quick(*pair)
            if results[index] is None and isinstance(pair, tuple):
                hard[index] = pair
        for index, result in zip(hard, self._compare(list(hard.values()), deadline), strict=True):
            results[index] = result
        return [result for result in results if result is not None]

    def _compare(self, pairs: Sequence[tuple[str, str]], deadline: float | None) -> list[Outcome]:
        if not pairs:
            return []
        with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, len(pairs))) as pool:
            return list(pool.map(lambda pair: self._one(pair[0], pair[1], deadline), pairs))

    def _one(self, gold: str, answer: str, deadline: float | None) -> Outcome:
        if _passed(deadline):
            return Abstention(Cause.DEADLINE, "no time left to compare the answers")
        shown = {"answer": answer, "reference": gold}
        try:
            question = {"gold": gold, "answer": answer}
            reply = self._workers.ask(question, self._spec.timeout_s, deadline)
        except WorkerFailed as problem:
            if _passed(deadline):
                return Abstention(Cause.DEADLINE, "no time left to compare the answers")
            if isinstance(problem, WorkerNotReady):
                return Abstention(Cause.TERM_FAILED, str(problem))
            return Score(0.0, {**shown, "problem": f"comparing the answers {problem}"})
        if reply.get("unreadable") == "gold":
            return Abstention(Cause.UNREADABLE_REFERENCE, f"{gold[:80]!r} is no expression")
        right = reply.get("right") is True
        details = {**shown, "problem": reply["error"]} if "error" in reply else shown
        return Score(float(right), details)


def _passed(deadline: float | None) -> bool:
    return deadline is not None and time.monotonic() >= deadline


def _answers(rollout: Rollout) -> tuple[str, str] | Score | Abstention:
    """Reference and response, each brought to its final answer."""
    reference = reference_text(rollout.reference)
    if reference is None:
        return Abstention(Cause.NO_REFERENCE, "the record has no reference answer")
    gold = marked_answer(reference) or reference.strip()
    answer = marked_answer(rollout.response) or _unmarked(rollout.response, gold)
    if answer is None:
        return Score(0.0, {"reference": gold, "problem": "the response holds no final answer"})
    if len(answer) > _LONGEST:
        return Score(0.0, {"reference": gold, "problem": "the final answer is too long to be one"})
    return gold, answer


def _unmarked(response: str, gold: str) -> str | None:
    """Where no marker names the answer: the last number if one is asked for, else the last line."""
    if _plain(gold) is not None:
        return last_number(response)
    lines = response.strip().splitlines()
    return lines[-1].strip() if lines else None


def _quick(gold: str, answer: str) -> Score | None:
    """Decides two plain numbers without math-verify, which takes half a second to import."""
    left, right = _plain(gold), _plain(answer)
    if left is None or right is None:
        return None
    # math-verify compares numbers rounded to six decimals.
    equal = abs(left - right) < Decimal("5e-7")
    return Score(float(equal), {"answer": answer, "reference": gold})


def _plain(text: str) -> Decimal | None:
    match = _PLAIN.fullmatch(text.strip())
    if match is None:
        return None
    sign, whole, fraction, power = match.groups()
    return Decimal(f"{sign}{whole.replace(',', '')}{fraction or ''}{power or ''}")


class _Workers:
    """As many comparing processes as are needed at once, kept for the next event."""

    def __init__(self) -> None:
        self._idle: SimpleQueue[KillableWorker] = SimpleQueue()
        weakref.finalize(self, _close_all, self._idle)

    def ask(
        self, question: dict[str, str], timeout_s: float, deadline: float | None
    ) -> dict[str, object]:
        try:
            worker = self._idle.get_nowait()
        except Empty:
            worker = KillableWorker("nova_rft.reward.verifiers._math_worker")
        try:
            reply: dict[str, object] = worker.ask(question, timeout_s=timeout_s, deadline=deadline)
            return reply
        finally:
            self._idle.put(worker)


def _close_all(idle: SimpleQueue[KillableWorker]) -> None:
    with suppress(Empty):
        while True:
            idle.get_nowait().close()
