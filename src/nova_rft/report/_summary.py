"""A report's content as plain data; nothing here computes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from nova_rft.report._asked import Asked
from nova_rft.report._checked import Checked
from nova_rft.report._compared import Compared
from nova_rft.report._conclusion import Conclusion
from nova_rft.report._costs import Cost
from nova_rft.report._figures import Histogram, OverTime, Signal, Spread
from nova_rft.report._gates import GateSummary
from nova_rft.report._job import JobSummary
from nova_rft.report._judged import Judged
from nova_rft.report._measured import Advised, CostSummary, Measured
from nova_rft.report._pairs import Pair
from nova_rft.report._rehearsed import RehearsalSummary
from nova_rft.report._shown import Example, Reading
from nova_rft.report._term import Beside, TermSummary
from nova_rft.rollouts import SignalStanding

Tone = Literal["plain", "good", "warning"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence or two for people."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that must be known before anything else on the page is read."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Validation:
    """Rollouts of validation prompts; they are in no other figure.

    Attributes:
        rollouts: How many.
        reward: Their rewards.
        over_time: Their reward from event to event.
    """

    rollouts: int
    reward: Spread | None
    over_time: OverTime | None


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths of the responses.

    Attributes:
        unit: What they are counted in.
        values: All responses.
        histogram: All responses.
        correlation: Of length with reward inside groups (Pearson); None where one does not vary.
        longest: To read.
        shortest: To read.
    """

    unit: str
    values: Spread
    histogram: Histogram
    correlation: float | None
    longest: list[Example]
    shortest: list[Example]


@dataclass(frozen=True, slots=True)
class AbstentionSummary:
    """Rollouts that could not be scored for one cause."""

    cause: str
    plain: str
    count: int
    details: list[str]
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Summary:
    """All that a report says; what is about rollouts is empty where nothing is rewarded.

    Attributes:
        asked: What the spec asks for.
        conclusion: What came out, step by step.
        checked: Each file of records with what a check finds; empty where it was not asked.
        rehearsed: The newest rehearsal of this reward; None where there is none.
        known_signal: What was known of the reward's signal before training.
        compared: What an evaluation found of the trained model; None where there is none.
        costs: What was paid for.
        job: The job, where there is one.
        notices: What must be known first.
        says: What the figures say, in plain language.
        measures: What the job measured of itself: for each step `step`, and figures by name.
        measured: The same in short: each figure from its first step to its last.
        advice: What rules of thumb say of that.
        cost: What training cost; None where that was not asked.
        rollouts: Rows read.
        scored: Of these, those with a reward.
        prompts: Different groups.
        first_at: When the first rollout was scored, as the row says it.
        last_at: When the last was.
        versions: Versions of the reward function that scored them.
        reward: Rewards of the rollouts that were scored.
        histogram: Of the same.
        clipped: Rewards that the range cut off: below, above.
        signal: Groups by what went to the trainer.
        over_time: None without rows.
        terms: In the spec's order.
        gates: Each gate of the reward, and how often it closed.
        beside: Each judge beside each verifier.
        judged: Each judge against people's labels.
        validation: None where no rollout is of a validation prompt.
        lengths: None without rows.
        best: To read.
        best_ties: Rollouts that share the highest reward.
        worst: To read.
        worst_ties: Rollouts that share the lowest reward.
        abstentions: By cause, most frequent first.
        pairs: Two terms beside each other, those that tell most first.
        reading: Rollouts to read side by side; None where nothing is rewarded.
    """

    asked: Asked
    conclusion: Conclusion
    checked: list[Checked]
    rehearsed: RehearsalSummary | None
    known_signal: SignalStanding | None
    compared: Compared | None
    costs: list[Cost]
    job: JobSummary | None
    notices: list[Notice]
    says: list[Statement]
    measures: list[dict[str, float]]
    measured: list[Measured]
    advice: list[Advised]
    cost: CostSummary | None
    rollouts: int
    scored: int
    prompts: int
    first_at: str | None
    last_at: str | None
    versions: list[str]
    reward: Spread | None
    histogram: Histogram | None
    clipped: tuple[int, int]
    signal: Signal
    over_time: OverTime | None
    terms: list[TermSummary]
    gates: list[GateSummary]
    beside: list[Beside]
    judged: list[Judged]
    validation: Validation | None
    lengths: Lengths | None
    best: list[Example]
    best_ties: int
    worst: list[Example]
    worst_ties: int
    abstentions: list[AbstentionSummary]
    pairs: list[Pair]
    reading: Reading | None

    def as_dict(self) -> dict[str, Any]:
        """The same as dicts, lists, texts and numbers, ready for JSON; without texts side by side."""
        return asdict(replace(self, reading=None))
