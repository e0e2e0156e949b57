"""The verifier of programs: a record's cases, run in the sandbox."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.data import Rollout, loads
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward._term import late
from nova_rft.sandbox import Case, CodeRunner, Kind, Limits, Ran
from nova_rft.spec import CodeTerm

_BLOCK: Final = re.compile(r"^[ \t]*```[ \t]*([\w+-]*)[^\n]*\n(.*?)^[ \t]*```", re.M | re.S)
_PYTHON: Final = ("", "py", "python", "python3")
_SHOWN: Final = 5


class UnreadableTests(ValueError):
    """A record's tests that cannot be run, said in one sentence."""


@dataclass(frozen=True, slots=True)
class Check:
    """One case of a record, and what passes it.

    Attributes:
        kind: What is done with the program.
        text: Standard input, expression or statements.
        output: What must come out; of a test nothing does.
    """

    kind: Kind
    text: str
    output: Any = None

    def passed(self, ran: Ran) -> bool:
        """Whether what came of it is what should."""
        if not ran.finished:
            return False
        if self.kind is Kind.SCRIPT:
            return _lines(ran.output) == _lines(str(self.output))
        if self.kind is Kind.CALL:
            return _same(loads(ran.output), self.output)
        return True


def checks_of(given: Any) -> list[Check]:
    """A record's tests: a text of asserts, a list of them, or a list of cases; see `CodeTerm`.

    Raises:
        UnreadableTests: it is nothing of that, or there are none.
    """
    entries = given if isinstance(given, list) else [given]
    checks = [_check(entry) for entry in entries]
    if not checks:
        raise UnreadableTests("there are no tests")
    return checks


def _check(entry: Any) -> Check:
    if isinstance(entry, str) and entry.strip():
        return Check(Kind.TEST, entry)
    if isinstance(entry, Mapping) and "output" in entry:
        if isinstance(entry.get("call"), str):
            return Check(Kind.CALL, entry["call"], entry["output"])
        if isinstance(entry.get("input"), str) and isinstance(entry["output"], str):
            return Check(Kind.SCRIPT, entry["input"], entry["output"])
    raise UnreadableTests(
        f"{json.dumps(entry, default=str)[:100]} is neither a text of asserts nor a case of texts "
        "{input, output} or of {call, output}"
    )


def program_of(response: str) -> str:
    """The program in a response: its last fenced block of Python, else all of it."""
    blocks = [body for kind, body in _BLOCK.findall(response) if kind.lower() in _PYTHON]
    return blocks[-1] if blocks else response


class Code:
    """Share of a record's cases that the response's program passes."""

    def __init__(self, spec: CodeTerm, runner: CodeRunner) -> None:
        """Takes the sandbox; whether it can be used shows when it first is."""
        self._spec = spec
        self._runner = runner
        self._limits = Limits(**spec.limits.model_dump())

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One share for each rollout; an abstention without tests, or where no time was left.

        Raises:
            SandboxDenied: programs cannot be run here.
        """
        self._runner.prepare()
        plans = [self._plan(rollout) for rollout in rollouts]
        cases = [
            Case(program_of(rollout.response), check.kind, check.text)
            for rollout, plan in zip(rollouts, plans, strict=True)
            if isinstance(plan, list)
            for check in plan
        ]
        ran = iter(self._runner.run(cases, self._limits, deadline=deadline))
        return [self._value(plan, ran) if isinstance(plan, list) else plan for plan in plans]

    def _plan(self, rollout: Rollout) -> list[Check] | Abstention:
        given = rollout.metadata.get(self._spec.tests)
        if given is None:
            return Abstention(
                Cause.NO_REFERENCE, f"the record has no tests in its field {self._spec.tests!r}"
            )
        try:
            return checks_of(given)
        except UnreadableTests as problem:
            return Abstention(Cause.UNREADABLE_REFERENCE, str(problem))

    def _value(self, plan: Sequence[Check], ran: Iterator[Ran | None]) -> Outcome:
        results = [next(ran) for _ in plan]
        done = [result for result in results if result is not None]
        if len(done) < len(plan):
            return late(f"{len(plan) - len(done)} of {len(plan)} cases")
        passed = [check.passed(result) for check, result in zip(plan, done, strict=True)]
        share = sum(passed) / len(passed)
        problems = [
            result.problem or f"gave {result.output[:200]!r}"
            for result, right in zip(done, passed, strict=True)
            if not right
        ]
        value = float(share == 1) if self._spec.all_or_nothing else share
        details = {"cases": len(plan), "passed": sum(passed), "problems": problems[:_SHOWN]}
        return Score(value, details)


def _lines(text: str) -> list[str]:
    """Lines without spaces at their ends and without empty ones at the text's end."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def _same(found: Any, wanted: Any) -> bool:
    """Equal as JSON; floats to nine digits, true is not 1."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12)
    if isinstance(found, list) and isinstance(wanted, list):
        pairs = zip(found, wanted, strict=False)
        return len(found) == len(wanted) and all(_same(*pair) for pair in pairs)
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(_same(found[k], wanted[k]) for k in wanted)
    return type(found) is type(wanted) and bool(found == wanted)
