"""What a judge is, and what happens to a reply that is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from nova_rft.data import Rollout
from nova_rft.errors import BudgetSpent, JudgeError, JudgeRefused
from nova_rft.judge._reading import UnreadableVerdict
from nova_rft.judge._request import JudgeModel, JudgeReply
from nova_rft.outcome import Abstention, Cause, Outcome


class Judge(Protocol):
    """Anything that scores responses; a rubric, a preference, a quiz, a jury, or your own class."""

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One outcome for each rollout, in order.

        Args:
            rollouts: All rollouts of one event.
            deadline: `time.monotonic()` value by which the outcomes must be there.
        """
        ...


def abstained(error: JudgeError) -> Abstention:
    """What an error of a judge model means for the rollout that it was asked about."""
    if isinstance(error, BudgetSpent):
        return Abstention(Cause.BUDGET_SPENT, str(error))
    refused = isinstance(error, JudgeRefused)
    return Abstention(Cause.JUDGE_REFUSED if refused else Cause.JUDGE_UNAVAILABLE, str(error))


def unreadable(problem: UnreadableVerdict) -> Abstention:
    """What a reply that does not answer its request means for the rollout that it was asked about."""
    return Abstention(Cause.UNREADABLE_VERDICT, str(problem))


def accounts(model: JudgeModel, replies: Sequence[JudgeReply | JudgeError]) -> dict[str, Any]:
    """Which model answered, what it said of itself, and the tokens billed: part of `details`."""
    read = [reply for reply in replies if isinstance(reply, JudgeReply)]
    said = next((reply.text for reply in read if reply.text), "")
    return {
        "judge": model.name,
        "said": said,
        "calls": len(replies),
        "input_tokens": sum(reply.usage.input_tokens for reply in read),
        "output_tokens": sum(reply.usage.output_tokens for reply in read),
        "cache_read_tokens": sum(reply.usage.cache_read_tokens for reply in read),
        "cache_write_tokens": sum(reply.usage.cache_write_tokens for reply in read),
    }
