"""Which answers become records: the best of each prompt, and pairs that differ enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nova_rft.data.check import Asked, record_problems
from nova_rft.data.shapes import convert
from nova_rft.distil._draw import Candidate, Drawn
from nova_rft.spec import DistillationSpec


@dataclass(frozen=True, slots=True)
class Choice:
    """What one prompt's answers come to.

    Attributes:
        record: For SFT; None where no answer is good enough.
        best: Place of the answer that was chosen.
        pair: For DPO; None where no two answers differ enough.
        dropped: Why there is no record, empty where there is one.
    """

    record: dict[str, Any] | None = None
    best: int | None = None
    pair: dict[str, Any] | None = None
    dropped: str = ""


def choose(drawn: Drawn, asked: DistillationSpec, model: str | None = None) -> Choice:
    """The best answer as a record, by the rules of the model that is trained.

    Of answers with the same reward the shortest is taken, then the first: a reward that cannot tell
    them apart shall not teach length.

    Args:
        drawn: A prompt and its answers.
        asked: What a record and a pair must be.
        model: The base model.
    """
    able, why = [], ""
    for place, candidate in enumerate(drawn.candidates):
        problem = candidate.problem or _problem(drawn, candidate, model)
        if problem or candidate.reward is None:
            why = why or problem
        else:
            able.append((place, candidate, candidate.reward))
    if not able:
        return Choice(dropped=why.partition(":")[0] or "no answer")
    able.sort(key=lambda one: (-one[2], len(one[1].text), one[0]))
    place, best, reward = able[0]
    pair = _pair(drawn, able, asked)
    if asked.min_reward is not None and reward < asked.min_reward:
        return Choice(pair=pair, dropped="below min_reward")
    return Choice(_record(drawn, best.text, "sft"), place, pair)


def _pair(
    drawn: Drawn, able: Sequence[tuple[int, Candidate, float]], asked: DistillationSpec
) -> dict[str, Any] | None:
    (_, best, high), (_, worst, low) = able[0], able[-1]
    if asked.pair_margin is None or high - low < asked.pair_margin or best.text == worst.text:
        return None
    return _record(drawn, best.text, "dpo", worst.text)


def _problem(drawn: Drawn, candidate: Candidate, model: str | None) -> str:
    """The first rule that the answer would break as a record."""
    record = _record(drawn, candidate.text, "sft")
    wrong = record_problems(record, Asked("sft", model=model, training=False))
    return f"{wrong[0][1]}: {wrong[0][2]}" if wrong else ""


def _record(drawn: Drawn, text: str, target: str, rejected: str | None = None) -> dict[str, Any]:
    chat: dict[str, Any] = {
        "messages": [{"role": role, "content": said} for role, said in drawn.prompt],
        "reference_answer": text,
    }
    if rejected is not None:
        chat["rejected_answer"] = rejected
    return convert(chat, "chat", target).record
