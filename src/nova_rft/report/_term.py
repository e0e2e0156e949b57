"""What is known of each term of the reward, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from nova_rft.report._figures import Histogram, Signal, Spread


@dataclass(frozen=True, slots=True)
class CriterionSummary:
    """One criterion of a rubric, and how often the judge found it met; of records' own no weight.

    As a gate it has `gate`: what it needs, in words.
    """

    name: str
    question: str
    weight: float | None
    verdicts: int
    met_share: float | None
    gate: str = ""


@dataclass(frozen=True, slots=True)
class TermSummary:
    """One term of the reward.

    Attributes:
        name: The spec's name for it.
        type: The spec's type, such as `math`; `unknown` where rollouts carry a term that the spec
            does not have.
        weight: How many times its value counts.
        plain: What it rewards, in plain words.
        judge: The judge models that the spec names, for a judge.
        answered_by: The judges that answered, by their own names.
        low: Least possible value.
        high: Greatest possible value.
        values: Raw values, before the weight.
        histogram: Of the raw values.
        trend: Mean raw value at each point of the reward over time; None where there is none.
        at_low: Share of the values at `low`.
        at_high: Share of the values at `high`.
        variance_share: Its share in the variance of the weighted sum over all rollouts.
        variance_share_within: The same inside groups, where advantages are taken.
        signal: Groups that this term alone could not tell apart.
        abstained: Rollouts for which it had no score.
        criteria: For a rubric.
        input_tokens: What the judges read.
        output_tokens: What the judges wrote.
        scripted_tokens: Read and written by scripts in their places: nobody is paid for these.
        gate: What its own gate needs, in words; empty where it has none.
    """

    name: str
    type: str
    weight: float | None
    plain: str
    judge: str | None
    answered_by: list[str]
    low: float | None
    high: float | None
    values: Spread | None
    histogram: Histogram | None
    trend: list[float | None]
    at_low: float | None
    at_high: float | None
    variance_share: float | None
    variance_share_within: float | None
    signal: Signal
    abstained: int
    criteria: list[CriterionSummary]
    input_tokens: int
    output_tokens: int
    scripted_tokens: tuple[int, int] = (0, 0)
    gate: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """A judge beside a verifier, over rollouts that both have told.

    Attributes:
        judge: The judge's name.
        verifier: The verifier's name.
        rollouts: How many both have told.
        correlation: Inside groups (Pearson); None where one of them does not vary there.
        when_right: The judge's mean value where the verifier gives its best.
        when_wrong: The same where it gives less.
    """

    judge: str
    verifier: str
    rollouts: int
    correlation: float | None
    when_right: float | None
    when_wrong: float | None
