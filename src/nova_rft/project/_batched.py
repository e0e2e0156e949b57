"""Answers of the models that are compared by Bedrock's batches: half the price, and hours."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nova_rft.errors import BudgetSpent, UsageError
from nova_rft.spec import BedrockJudge, RewardSpec

# Late, in the functions: boto3 is only needed where AWS is asked.
if TYPE_CHECKING:
    from nova_rft.evaluate import Contender, Sampling
    from nova_rft.project._base import Base
    from nova_rft.sampling import FilePurse
    from nova_rft.scale.batch import Question


def in_batches(contenders: Iterable[Contender]) -> tuple[str, ...]:
    """Names of those that batches can ask; the others answer on demand.

    Raises:
        UsageError: none can be.
    """
    why = {one.name: _hindrance(one) for one in contenders}
    found = tuple(name for name, hindrance in why.items() if not hindrance)
    if not found:
        told = "; ".join(f"{name}: {hindrance}" for name, hindrance in why.items())
        raise UsageError(f"no model can be asked in batches ({told}); leave --engine out")
    return found


def batch_shares(names: Iterable[str]) -> dict[str, float]:
    """What answers in batches cost of the price on demand, by the names of those that are asked so."""
    batched = tuple(names)
    if not batched:
        # The pipeline's functions, which ask on demand, do not bring what scores at scale.
        return {}
    from nova_rft.scale.estimate import BATCH_PRICE

    return dict.fromkeys(batched, BATCH_PRICE)


def _hindrance(one: Contender) -> str:
    if not isinstance(one.model, BedrockJudge):
        return f"{one.id} is not asked by Converse"
    return one.model.not_batched


def draw_in_batches(
    project: Base,
    sampling: Sampling,
    names: Iterable[str],
    reward: RewardSpec,
    purse: FilePurse,
    *,
    budget: float | None,
    progress: Callable[[str], None],
) -> None:
    """Has batches answer what they can; whatever they leave is asked on demand afterwards.

    Args:
        project: Whose stage has the role and the bucket.
        sampling: What is missing, and where answers are kept.
        names: Of the contenders that are asked.
        reward: Whose prices count.
        purse: Is paid for each answer.
        budget: Money that may be spent in all.
        progress: Told how far they are.

    Raises:
        BudgetSpent: the budget may not cover them; nothing was sent.
        NotDeployed: the stage has no stack for scoring.
        EngineFailed: a batch failed as a whole.
    """
    from nova_rft.aws.scoring import scoring_stack
    from nova_rft.judge.models import cost_of
    from nova_rft.scale.batch import Jobs, Question, Store, batch_replies
    from nova_rft.scale.estimate import BATCH_PRICE, Quotas

    contenders = {one.name: one for one in sampling.contenders}
    questions = [
        Question(name, model, request)
        for name in names
        if isinstance(model := contenders[name].model, BedrockJudge)
        for request in sampling.unanswered(contenders[name])
    ]
    if not questions:
        return
    if budget is not None:
        _check_budget(questions, reward, purse.spent(), budget)
    place = scoring_stack(project.aws, project.spec).batches
    try:
        with Store(sampling.out / "batches.sqlite") as store:
            jobs = Jobs(project.aws, place, store, reward.prices, Quotas(), progress)
            for question, reply in batch_replies(questions, jobs):
                price = reward.prices.get(question.model.id)
                if price is not None:
                    purse.pay(BATCH_PRICE * cost_of(reply.usage, price))
                sampling.keep(contenders[question.of], question.request, reply)
    finally:
        sampling.kept.close()


def _check_budget(
    questions: Iterable[Question], reward: RewardSpec, spent: float, budget: float
) -> None:
    """Refuses batches that may pass the budget: what is sent is paid for.

    Raises:
        BudgetSpent: they may.
    """
    from nova_rft.data import BYTES_PER_TOKEN
    from nova_rft.sampling import answers_cost
    from nova_rft.scale.estimate import BATCH_PRICE

    most = 0.0
    for one in questions:
        asked = one.request
        said = "".join((asked.system, asked.user, *(text for _, text in asked.history)))
        tokens = len(said.encode("utf-8", "replace")) // BYTES_PER_TOKEN
        most += BATCH_PRICE * (answers_cost(one.model, reward, [tokens], 1) or 0.0)
    if spent + most > budget:
        raise BudgetSpent(
            f"the batches may cost {most:.2f}, and {spent:.2f} of {budget:g} is spent; nothing of "
            "them was sent"
        )
