"""What a run has cost: training, the judges while it trained, and the evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nova_rft.judge import Usage
from nova_rft.judge.models import cost_of
from nova_rft.report._compared import Compared
from nova_rft.report._measured import CostSummary
from nova_rft.report._term import TermSummary
from nova_rft.report._wording import counted
from nova_rft.spec import BedrockJudge, JudgeModelSpec, OpenAIJudge, RewardSpec, single_judges


@dataclass(frozen=True, slots=True)
class Cost:
    """One thing that was paid for.

    Attributes:
        what: In plain words.
        amount: Money; None where it is not known.
        currency: Of it.
        how: How it was reckoned, or what is missing to reckon it.
    """

    what: str
    amount: float | None
    currency: str
    how: str


def costs(
    reward: RewardSpec | None,
    terms: Sequence[TermSummary],
    training: CostSummary | None,
    found: Compared | None,
) -> list[Cost]:
    """All that is known to have been paid for, in the order in which it was.

    Args:
        reward: Whose judges and prices count; None where nothing is rewarded.
        terms: With what their judges read and wrote.
        training: What the job cost.
        found: The evaluation.
    """
    made = list(_judging(reward, terms)) if reward else []
    if training is not None:
        made.insert(0, Cost("Training", training.usd, "USD", training.how))
    if found is not None:
        known = found.priced or found.spent > 0
        how = "as far as prices are known, all runs" if known else "no price of its models is known"
        made.append(Cost("Evaluation", found.spent if known else None, found.currency, how))
    return made


def totals(all_costs: Sequence[Cost]) -> dict[str, float]:
    """By currency the sum of what is known."""
    sums: dict[str, float] = {}
    for one in all_costs:
        if one.amount is not None:
            sums[one.currency] = sums.get(one.currency, 0.0) + one.amount
    return sums


def _judging(reward: RewardSpec, terms: Sequence[TermSummary]) -> Iterator[Cost]:
    currency = reward.budget.currency if reward.budget else "USD"
    by_name = {term.name: term for term in reward.terms}
    for one in terms:
        read, written = _billed(one)
        if one.name not in by_name or not read + written:
            continue
        models = [judge.model for judge in single_judges([by_name[one.name]])]
        tokens = f"{counted(read, 'token')} read, {written:,} written, in the rollouts seen here"
        amount, missing = _amount(models, one, reward)
        yield Cost(f"Judge {one.name}", amount, currency, f"{tokens}{missing}")


def _billed(term: TermSummary) -> tuple[int, int]:
    """Tokens that models read and wrote; those of a script in their place cost nothing."""
    read, written = term.scripted_tokens
    return term.input_tokens - read, term.output_tokens - written


def _amount(
    models: Sequence[JudgeModelSpec], term: TermSummary, reward: RewardSpec
) -> tuple[float | None, str]:
    """Money, and what is missing where that is not known; jurors' tokens are not told apart."""
    paid = {one.id for one in models if isinstance(one, BedrockJudge | OpenAIJudge)}
    if not paid:
        return 0.0, "; nobody is paid for these"
    unpriced = sorted(paid - reward.prices.keys())
    if unpriced:
        return None, f"; no price of {', '.join(unpriced)} among the spec\u2019s reward.prices"
    if len(paid) > 1:
        return None, "; several models share these tokens, at different prices"
    usage = Usage(*_billed(term))
    return cost_of(usage, reward.prices[paid.pop()]), ""
