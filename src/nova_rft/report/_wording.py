"""Plain words for what the spec and the traces say in names, and numbers as people read them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Final

from nova_rft.reward import Cause
from nova_rft.spec import (
    BedrockJudge,
    Combine,
    CosineLengthTerm,
    JudgeModelSpec,
    JuryTerm,
    LinearLengthTerm,
    OnAbstain,
    OpenAIGraderTerm,
    OpenAIJudge,
    PreferenceTerm,
    PythonTerm,
    QuizTerm,
    RepetitionTerm,
    ReplayJudge,
    RewardSpec,
    RubricTerm,
    SoftOverlongTerm,
    TermSpec,
    TrlTerm,
    VerifiersTerm,
    single_judges,
)

ON_ABSTAIN: Final = {
    OnAbstain.GROUP_MEAN: "the mean of the siblings, so that the advantage vanishes",
    OnAbstain.NEUTRAL: "the middle of the reward's range",
    OnAbstain.VERIFIERS: "the terms that need no judge",
    OnAbstain.RAISE: "nothing: the event fails",
}

TECHNIQUES: Final = {
    "rft": "Reinforcement fine-tuning",
    "sft": "Supervised fine-tuning",
    "dpo": "Direct preference optimization",
    "cpt": "Continued pre-training",
    "distillation": "Distillation",
}
BACKENDS: Final = {
    "bedrock": "Amazon Bedrock",
    "bedrock-openai": "Amazon Bedrock\u2019s OpenAI-compatible API",
    "sagemaker": "Amazon SageMaker (serverless)",
    "sagemaker-recipe": "Amazon SageMaker (a training job by recipe)",
    "hyperpod": "Amazon SageMaker HyperPod",
}
ADAPTERS: Final = {
    "lora": "an adapter (LoRA)",
    "full": "all weights",
    "managed": "the service chooses",
}

# What a job measures, in the order in which it is shown.
MEASURES: Final = {
    "loss": "Training loss",
    "validation_loss": "Validation loss",
    "perplexity": "Perplexity",
    "reward": "Mean reward",
    "validation_reward": "Validation reward",
    "reward_max": "Highest reward",
    "reward_min": "Lowest reward",
    "entropy": "Entropy",
    "policy_loss": "Policy loss",
    "clip_fraction": "Share clipped",
    "grad_norm": "Gradient norm",
    "advantage": "Mean advantage",
    "prompt_length": "Prompt length",
    "length": "Response length",
    "aborted": "Share broken off",
    "learning_rate": "Learning rate",
}

CAUSES: Final = {
    Cause.BAD_ITEM: "The item held no rollout.",
    Cause.NO_REFERENCE: "The record has no reference answer.",
    Cause.UNREADABLE_REFERENCE: "The reference answer could not be read.",
    Cause.NO_COMPARISON: "There was no other response to compare with.",
    Cause.NO_CRITERIA: "The record's criteria could not be used.",
    Cause.JUDGES_DISAGREE: "The judges of the jury disagreed.",
    Cause.BUDGET_SPENT: "The budget for judging is spent.",
    Cause.JUDGE_UNAVAILABLE: "The judge did not answer.",
    Cause.JUDGE_REFUSED: "The judge refused to answer.",
    Cause.UNREADABLE_VERDICT: "The judge's reply did not answer the question.",
    Cause.GATE_CLOSED: "A gate before it was closed, so it was not asked.",
    Cause.NO_VALUE: "The function gave no value.",
    Cause.DEADLINE: "Time ran out.",
    Cause.TERM_FAILED: "A term of the reward failed.",
}


def cause_in_words(cause: str) -> str:
    """What a cause means; the cause itself where it is not a known one."""
    return CAUSES[Cause(cause)] if cause in set(Cause) else cause


def judge_name(judge: JudgeModelSpec) -> str:
    """A judge model as a reader knows it."""
    match judge:
        case BedrockJudge():
            return f"{judge.id} on Amazon Bedrock"
        case OpenAIJudge():
            return f"{judge.id} at {judge.base_url}"
        case ReplayJudge():
            return f"recorded replies ({judge.file})"
        case _:
            return "the scripted judge: surface rules, no model"


_AGGREGATE: Final = {
    "weighted": "the weighted share that is met",
    "points": "the points earned over those that could be",
    "holistic": "one verdict on all of them together",
}
_AGAINST: Final = {
    "comparisons": "the record's comparison responses",
    "siblings": "the other rollouts of its prompt",
    "both": "the other rollouts of its prompt, with the record's comparison responses as anchors",
}
_RATING: Final = {
    "borda": "the share of them that it beats, a tie counting half",
    "bradley_terry": "its logarithmic strength (Bradley-Terry)",
}


def term_in_words(term: TermSpec) -> str:
    """What a term rewards or punishes."""
    match term:
        case RubricTerm():
            count = len(term.criteria)
            seen = "sees" if term.show_reference else "does not see"
            return (
                f"Judge: a model answers {count} {'question' if count == 1 else 'questions'} about "
                f"the response; the value is {_AGGREGATE[term.aggregate]}. "
                f"The judge {seen} the reference answer."
            )
        case PreferenceTerm():
            return (
                f"Judge: a model compares the response with {_AGAINST[term.against]}; the value is "
                f"{_RATING[term.rating]}."
            )
        case QuizTerm():
            return (
                "Judge: a model answers questions on the source from the response alone; the value "
                "is the share that it gets right."
            )
        case JuryTerm():
            jurors = ", ".join(judge.name for judge in term.judges)
            return f"Jury: the {term.combine} of {len(term.judges)} judges ({jurors})."
        case SoftOverlongTerm():
            free = term.max_length - term.buffer
            return (
                f"Penalty on length: 0 up to {free:,} {term.unit.value}, "
                f"falling to \u22121 at {term.max_length:,} and beyond."
            )
        case LinearLengthTerm():
            return (
                f"Penalty on length: 0 up to {term.target:,} {term.unit.value}, then falling by 1 for "
                f"every {term.target:,} beyond, never below {short(term.floor)}."
            )
        case CosineLengthTerm():
            (right, least), (wrong, most) = term.right, term.wrong
            return (
                f"Length reward: along a cosine, from {short(right)} to {short(least)} for a right "
                f"response and from {short(wrong)} to {short(most)} for a wrong one, at "
                f"{term.max_length:,} {term.unit.value}; {short(term.exceeded)} from there on."
            )
        case RepetitionTerm():
            looks = " and ".join(f"{look.n} {look.unit.value}" for look in term.ngrams)
            return (
                f"Penalty on repetition: minus the share of repeated runs of {looks}, the worst "
                f"of these looks, above an allowance of {percent(term.allowance)}."
            )
        case PythonTerm() | TrlTerm() | VerifiersTerm():
            return f"Function: what {term.function} gives."
        case OpenAIGraderTerm():
            return f"Grader: what a {term.grader.type} of OpenAI's API gives."
    # The other kinds say what they are in the spec's own words.
    return " ".join((type(term).__doc__ or "").split())


def composition(reward: RewardSpec) -> str:
    """How the terms become one number."""
    low, high = (short(end) for end in reward.range)
    match reward.combine:
        case Combine.GATED_PRODUCT:
            return (
                "The reward is the product of the values, each to the power of its weight, a penalty as "
                f"1 plus its value, stretched to {low} to {high}.{_gated(reward)}"
            )
        case Combine.LEXICOGRAPHIC:
            return (
                f"The terms decide in their order, each in {reward.levels:,} levels: a later one only "
                f"between equals of all before it. The range is {low} to {high}.{_gated(reward)}"
            )
    into = "clipped" if reward.scale == "clip" else "stretched"
    return (
        f"The reward is the sum of weight times value, {into} to the range from {low} to {high}."
        + _gated(reward)
    )


def _gated(reward: RewardSpec) -> str:
    rubrics = [term for term in single_judges(reward.terms) if isinstance(term, RubricTerm)]
    gates = [term for term in reward.terms if term.gate is not None]
    if not gates and all(one.gate is False for term in rubrics for one in term.criteria):
        return ""
    return f" Where a gate is closed it is {short(reward.range[0])}, whatever the rest earns."


def term_bounds(term: TermSpec) -> tuple[float | None, float | None]:
    """Least and greatest value that a term can have; None where there is no bound."""
    if isinstance(term, RubricTerm) and term.aggregate == "points" and term.clip is None:
        weights = [criterion.weight for criterion in term.criteria]
        earned = math.fsum(weight for weight in weights if weight > 0)
        lost = math.fsum(weight for weight in weights if weight < 0)
        return (lost / earned if earned else None), 1.0
    low, high = term.bounds or (-math.inf, math.inf)
    return (low if low > -math.inf else None), (high if high < math.inf else None)


def number(value: float | None, digits: int = 3) -> str:
    """A figure with a real minus sign; a dash where there is none."""
    if value is None:
        return "\u2013"
    text = f"{value:,.{digits}f}"
    text = text.lstrip("-") if float(text.replace(",", "")) == 0 else text
    return text.replace("-", "\u2212")


def signed(value: float | None, digits: int = 3) -> str:
    """A difference with its sign, plus or minus; a dash where there is none."""
    text = number(value, digits)
    return f"+{text}" if value is not None and value > 0 else text


def short(value: float | None) -> str:
    """A weight or an end of a range, without zeros that say nothing."""
    return "\u2013" if value is None else f"{value:,.6g}".replace("-", "\u2212")


def figure(value: float, digits: int = 4) -> str:
    """A figure of any size, to so many digits that count."""
    text = f"{value:.{digits}g}" if abs(value) < 1_000 else f"{value:,.0f}"
    return text.replace("-", "\u2212")


def dollars(usd: float) -> str:
    """US dollars, to the cent."""
    return "under $0.01" if 0 < usd < 0.005 else f"${usd:,.2f}"


def money(amount: float, currency: str) -> str:
    """An amount of money; US dollars with their sign, to the cent."""
    return dollars(amount) if currency == "USD" else f"{currency}\u00a0{amount:,.2f}"


def percent(share: float | None) -> str:
    """A share in per cent; never 0 or 100 for what is only close to it."""
    if share is None:
        return "\u2013"
    if 0 < abs(share) < 0.0005:
        return "under\u00a00.1\u00a0%"
    if 0.9995 <= share < 1:
        return "over\u00a099.9\u00a0%"
    text = f"{100 * share:.1f}".removesuffix(".0")
    return text.replace("-", "\u2212") + "\u00a0%"


def counted(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun: 1 rollout, 2,000 rollouts."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def when(text: str | None) -> str:
    """An ISO 8601 time as people read it, to the second; the text itself where it is none."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return text or "\u2013"
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def duration(seconds: float | None) -> str:
    """Hours, minutes and seconds."""
    if seconds is None:
        return "\u2013"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest, "s")]
    said = [f"{amount}\u00a0{unit}" for amount, unit in parts if amount]
    return " ".join(said) or "under a second"
