"""What a file of labels holds: what people said of responses, and what judges said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from nova_rft.data import Message

Label = str | float
Kind = Literal["pairs", "responses"]

# The criterion of what is said of a response, or a pair, as a whole.
WHOLE: Final = ""
# In which order a pair was shown; alone: one response, or a pair whose order is not known.
ALONE: Final = "alone"
FIRST_A: Final = "first_a"
FIRST_B: Final = "first_b"
PAIR_LABELS: Final = ("a", "tie", "b")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reading of a judge.

    Attributes:
        label: What it said; None where that could not be read.
        score: The number behind the label, where it has one of its own.
    """

    label: Label | None
    score: float | None = None


# By order, then by criterion: one verdict for each time that the judge was asked.
Said = Mapping[str, Mapping[str, tuple[Verdict, ...]]]


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that people labelled.

    Attributes:
        line: Where it stands in the file, from 1.
        id: Its own, or the line.
        prompt: The turns before the response.
        group: What it is resampled by: the file's `group`, else the prompt's text.
        responses: One, or a and b.
        human: By criterion what each annotator said, None where one said nothing.
        said: By judge what is recorded of it.
        metrics: Of production, as numbers.
        models: Which models wrote the responses; empty where that is not said.
        reference: The reference answer.
        fields: All other fields of the record.
        criterion: Which one criterion the row is about, where it was made of a row with several.
    """

    line: int
    id: str
    prompt: tuple[Message, ...]
    group: str
    responses: tuple[str, ...]
    human: Mapping[str, tuple[Label | None, ...]]
    said: Mapping[str, Said] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    reference: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    criterion: str = WHOLE

    @property
    def prompt_text(self) -> str:
        """The prompt's turns as one text."""
        return "\n\n".join(message.text for message in self.prompt)


@dataclass(frozen=True, slots=True)
class Labels:
    """A file of labels.

    Attributes:
        file: As the user named it.
        kind: Pairs (rankings are taken apart into them), or single responses.
        rows: All of them.
        numeric: By criterion whether its labels are numbers; in the order of the file.
        ranked: Whether the rows come from rankings.
    """

    file: str
    kind: Kind
    rows: tuple[Row, ...]
    numeric: Mapping[str, bool]
    ranked: bool = False

    @property
    def judges(self) -> tuple[str, ...]:
        """Judges of whom something is recorded, in the order of the file."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.said))

    def judged(self, judge: str) -> frozenset[str]:
        """Criteria on which something is recorded of a judge."""
        return frozenset(
            name
            for row in self.rows
            for by_criterion in row.said.get(judge, {}).values()
            for name in by_criterion
        )

    @property
    def metrics(self) -> tuple[str, ...]:
        """Production metrics that some row has."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.metrics))
