"""A question to a model that is to answer as it likes: what a policy or a teacher is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nova_rft.data import Message
from nova_rft.judge._request import Form, JudgeRequest, Tool

_NONE: Final = Tool("", "", {})
_SYSTEM: Final = ("system", "developer")


def free_question(prompt: Sequence[Message], *, sample: int = 0) -> JudgeRequest:
    """A conversation as a request; each sample is an answer of its own.

    Args:
        prompt: Its turns; system turns are put before all others.
        sample: Which of several answers this is.

    Raises:
        ValueError: the last turn is not the user's, or another is no user's or assistant's.
    """
    turns = [(turn.role, turn.text) for turn in prompt if turn.role not in _SYSTEM]
    wrong = [role for role, _ in turns if role not in ("user", "assistant")]
    if wrong:
        raise ValueError(f"a turn of the role {wrong[0]} cannot be asked")
    if not turns or turns[-1][0] != "user":
        raise ValueError("the last turn is not the user's")
    system = "\n\n".join(turn.text for turn in prompt if turn.role in _SYSTEM)
    return JudgeRequest(
        system, turns[-1][1], "", _NONE, sample=sample, form=Form.FREE, history=tuple(turns[:-1])
    )
