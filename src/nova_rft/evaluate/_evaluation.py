"""What an evaluation found, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nova_rft.evaluate._bedrock import BedrockJob
from nova_rft.evaluate._compare import Comparison
from nova_rft.evaluate._gain import How
from nova_rft.evaluate._judge import JudgeFacts
from nova_rft.evaluate._pairs import Wins
from nova_rft.evaluate._production import Beside, Followed
from nova_rft.evaluate._verdict import Finding, SkillResult, Verdict
from nova_rft.spec import GainThresholds


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A contender, and what its answers took.

    Attributes:
        name: In the evaluation.
        id: As its service names it.
        job: The job that made it; empty where that is not known.
        answers: That came, to records and skills together.
        missing: That did not.
        cut_off: Share of answers that ended at the bound on their length.
        median_s: Seconds to an answer, half of them; None where no time is known.
        slow_s: Seconds to an answer, 95 of 100.
        input_tokens: Of a question, on average.
        output_tokens: Of an answer, on average.
        cost: Of an answer, on average; None without a price.
        unscored: By cause, answers whose reward could not be told.
        scripted: Answers that a script gave in the model's place: their seconds and tokens are not its.
    """

    name: str
    id: str
    job: str
    answers: int
    missing: int
    cut_off: float
    median_s: float | None
    slow_s: float | None
    input_tokens: float
    output_tokens: float
    cost: float | None
    unscored: Mapping[str, int] = field(default_factory=dict)
    scripted: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {**asdict(self), "unscored": dict(self.unscored)}


@dataclass(frozen=True, slots=True)
class Example:
    """Answers to one prompt, side by side.

    Attributes:
        why: What makes it worth reading.
        prompt: Its text.
        reference: The reference answer's text; empty where there is none.
        answers: By contender its first answer.
        values: By contender the primary measure.
        reason: The judge's, of the pair.
    """

    why: str
    prompt: str
    reference: str
    answers: Mapping[str, str]
    values: Mapping[str, float]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Contrast:
    """One contender against the base.

    Attributes:
        name: The contender's.
        verdict: By the primary measure.
        measures: All others, p corrected together (Holm).
        habits: How it writes.
        slices: The primary measure by fields of the records; the false discovery rate is held.
        skills: What it kept and lost.
        wins: Pair by pair; None where no judge compared.
        examples: To be read.
    """

    name: str
    verdict: Verdict
    measures: tuple[Comparison, ...]
    habits: tuple[Comparison, ...]
    slices: tuple[Comparison, ...]
    skills: tuple[SkillResult, ...]
    wins: Wins | None
    examples: tuple[Example, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`; without examples, which the page shows."""
        return {
            "model": self.name,
            "verdict": self.verdict.as_dict(),
            "measures": [one.as_dict() for one in self.measures],
            "habits": [one.as_dict() for one in self.habits],
            "slices": [one.as_dict() for one in self.slices],
            "skills": [one.as_dict() for one in self.skills],
            "wins": self.wins.as_dict() if self.wins else None,
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Models compared with the base on held-out records.

    Attributes:
        project: The project's name.
        records: The file of held-out records.
        prompts: How many of them were asked.
        samples: Answers of each model to each prompt.
        models: Who was compared, the base first.
        judge: Who graded.
        contrasts: Each other model against the base, the custom one first.
        production: What users did, model by model.
        followed: How far the primary measure goes with what users did, prompt by prompt.
        left_out: Terms of the reward that mean nothing between models.
        how: How intervals and tests were made.
        spent: Money, over all runs into the folder, as far as prices are known.
        currency: Of the prices.
        bedrock: Bedrock's own jobs; what completed ones say is among the measures.
    """

    project: str
    records: str
    prompts: int
    samples: int
    models: tuple[ModelFacts, ...]
    judge: JudgeFacts
    contrasts: tuple[Contrast, ...]
    production: tuple[Beside, ...] = ()
    followed: tuple[Followed, ...] = ()
    left_out: tuple[str, ...] = ()
    how: How = field(default_factory=How)
    spent: float = 0.0
    currency: str = "USD"
    bedrock: tuple[BedrockJob, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """On the custom model, or the first one that is compared."""
        return self.contrasts[0].verdict

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {
            "project": self.project,
            "records": self.records,
            "prompts": self.prompts,
            "samples": self.samples,
            "verdict": str(self.verdict.finding),
            "models": [one.as_dict() for one in self.models],
            "judge": self.judge.as_dict(),
            "contrasts": [one.as_dict() for one in self.contrasts],
            "production": [one.as_dict() for one in self.production],
            "followed": [one.as_dict() for one in self.followed],
            "left_out": list(self.left_out),
            "how": asdict(self.how),
            "spent": self.spent,
            "currency": self.currency,
            "bedrock": [one.as_dict() for one in self.bedrock],
        }


def unmet(evaluation: Evaluation, thresholds: GainThresholds) -> tuple[str, ...]:
    """What the first contrast does not reach, one sentence each; nothing where nothing is asked for.

    What could not be measured is not reached: a gate fails closed.
    """
    if not thresholds.asked:
        return ()
    first = evaluation.contrasts[0]
    found = []
    if thresholds.gain is not None:
        found += _gain_missed(first.verdict, thresholds.gain)
    if thresholds.win_rate is not None:
        low = first.wins.controlled.low if first.wins else None
        if low is None or low <= thresholds.win_rate:
            what = f"the low end of the length-controlled win rate {_told(low)}"
            found.append(f"{what}; more than {thresholds.win_rate:g} is asked for")
    if thresholds.skills:
        found += [
            f"the skill {one.name} is not known to be kept: {one.says}"
            for one in first.skills
            if one.says != "kept"
        ]
    return tuple(found)


def _gain_missed(verdict: Verdict, least: float) -> list[str]:
    """Of few prompts an interval alone may end at 0 by luck, so a gain must be real beside."""
    primary = verdict.primary
    low, name = primary.gain.figure.low, primary.measure.name
    if low is None or low <= least:
        return [f"the low end of the gain in {name} {_told(low)}; more than {least:g} is asked for"]
    if least >= 0 and verdict.finding is not Finding.REAL_GAIN:
        return [f"the gain in {name} is not told from luck (p = {primary.corrected:.2g})"]
    return []


def _told(low: float | None) -> str:
    return "is not known" if low is None else f"is {low:.3g}"


def passed(evaluation: Evaluation, thresholds: GainThresholds) -> bool:
    """Whether the first contrast reaches all that is asked for; a gate for pipelines."""
    return not unmet(evaluation, thresholds)
