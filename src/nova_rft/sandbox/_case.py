"""What is run, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a case does with a program."""

    SCRIPT = "script"
    CALL = "call"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one case may use.

    Attributes:
        time_s: Seconds on the clock; also of the processor, rounded up.
        memory_mb: Address space.
        output_kb: What it may print to either stream.
    """

    time_s: float = 5.0
    memory_mb: int = 256
    output_kb: int = 64


@dataclass(frozen=True, slots=True)
class Case:
    """One program, run once in a process of its own.

    Attributes:
        source: The program's text, Python.
        kind: script (standard input in, standard output out), call (an expression, evaluated after the
            program; its JSON comes out) or test (statements, run after the program).
        text: The standard input, the expression or the statements.
    """

    source: str
    kind: Kind
    text: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it to another machine."""
        return asdict(self)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Case:
        """The other way."""
        return cls(given["source"], Kind(given["kind"]), given["text"])


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a case.

    Attributes:
        finished: Whether it came to its end inside its limits, without an error. For a test that means
            that it passed.
        output: What a script printed, or the JSON of a call's value.
        problem: What went wrong: the limit that was reached, or the last line of the error.
    """

    finished: bool
    output: str = ""
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON carries it back."""
        return asdict(self)
