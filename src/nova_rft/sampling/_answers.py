"""Having prompts answered: all answers of some prompts at once, or an error that says why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from nova_rft.errors import BudgetSpent, JudgeError, JudgeRefused
from nova_rft.judge import JudgeModel, JudgeReply, ask_all, free_question
from nova_rft.outcome import Abstention, Cause
from nova_rft.reward import Scored
from nova_rft.sampling._prompts import Prompt

Answer = JudgeReply | JudgeRefused


def answers(
    prompts: Sequence[Prompt], model: JudgeModel, samples: int
) -> list[tuple[Prompt, list[Answer]]]:
    """Each prompt with its answers; one whose answers did not all come is left for another run.

    Args:
        prompts: To be asked together.
        model: That answers.
        samples: Answers to each.

    Raises:
        BudgetSpent: nothing more may be asked; answers that came are kept where the model keeps them.
        JudgeError: the model answers no prompt at all.
    """
    requests = [
        free_question(one.rollout.prompt, sample=number)
        for one in prompts
        for number in range(samples)
    ]
    replies = ask_all(model, requests)
    _stop_if_useless(replies)
    found = []
    for place, one in enumerate(prompts):
        mine = replies[place * samples : (place + 1) * samples]
        told = [reply for reply in mine if isinstance(reply, JudgeReply | JudgeRefused)]
        if len(told) == samples:
            found.append((one, told))
    return found


def _stop_if_useless(replies: Sequence[JudgeReply | JudgeError]) -> None:
    for reply in replies:
        if isinstance(reply, BudgetSpent):
            raise reply
    errors = [reply for reply in replies if isinstance(reply, JudgeError)]
    if errors and len(errors) == len(replies):
        raise errors[0]


def stop_if_spent(scored: Iterable[Scored]) -> None:
    """Stops where a judge could not be paid: what it left unscored would pass for scored.

    Raises:
        BudgetSpent: an outcome says so.
    """
    for one in scored:
        outcome = one.outcome
        if isinstance(outcome, Abstention) and outcome.cause is Cause.BUDGET_SPENT:
            raise BudgetSpent(outcome.detail)
