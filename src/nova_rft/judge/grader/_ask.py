"""Graders that ask a model: the judge that the term names, with the grader's prompt.

OpenAI puts the response into the middle of the prompt. Here each hole shows a name, and what belongs in
it stands quoted below under that name, so that a response cannot speak as if it were the prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from nova_rft.errors import JudgeError
from nova_rft.judge._ask import ask_all
from nova_rft.judge._judge import abstained, accounts, unreadable
from nova_rft.judge._question import QUOTED, answer_tool, question
from nova_rft.judge._reading import UnreadableVerdict, read_answer, read_label
from nova_rft.judge._request import JudgeModel, JudgeReply, JudgeRequest, Tool
from nova_rft.judge.grader._template import Unfilled, fill
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import LabelModel, ScoreModel

_SYSTEM: Final = f"""\
You grade by the instructions below. Where they show <<A>>, <<B>> and so on,
the text is quoted further down, between lines that name it and carry a nonce.
{QUOTED}

Answer with one call of the tool: the nonce, your reason, then your verdict.

Instructions:
"""


def ask_graders(
    grader: ScoreModel | LabelModel,
    model: JudgeModel,
    filled: Sequence[Mapping[str, Any]],
    deadline: float | None,
) -> list[Outcome]:
    """One outcome for each rollout's names, as `names_of` gives them."""
    made = [_request_or_not(grader, names) for names in filled]
    requests = [one for one in made if isinstance(one, JudgeRequest)]
    replies = iter(ask_all(model, requests, deadline=deadline))
    return [
        _outcome(grader, model, one, next(replies)) if isinstance(one, JudgeRequest) else one
        for one in made
    ]


def _request_or_not(
    grader: ScoreModel | LabelModel, names: Mapping[str, Any]
) -> JudgeRequest | Abstention:
    try:
        return _request(grader, names)
    except Unfilled as problem:
        return Abstention(Cause.NO_REFERENCE, str(problem))


def _request(grader: ScoreModel | LabelModel, names: Mapping[str, Any]) -> JudgeRequest:
    sections: dict[str, str] = {}
    shown: dict[str, str] = {}

    def name(path: str, text: str) -> str:
        if path not in shown:
            letter = chr(ord("A") + len(shown) % 26) * (len(shown) // 26 + 1)
            shown[path] = letter
            sections[letter] = text
        return f"<<{shown[path]}>>"

    parts = [f"[{turn.role}]\n{fill(turn.content, names, name)}" for turn in grader.input]
    return question(_SYSTEM + "\n\n".join(parts), sections, _tool(grader))


def _tool(grader: ScoreModel | LabelModel) -> Tool:
    reason = {"reason": {"type": "string"}}
    if isinstance(grader, LabelModel):
        label = {"type": "string", "enum": list(grader.labels)}
        return answer_tool("record_label", "Records the label.", {**reason, "label": label})
    low, high = grader.range
    number = {"type": "number", "description": f"From {low:g} to {high:g}."}
    return answer_tool("record_score", "Records the score.", {**reason, "score": number})


def _outcome(
    grader: ScoreModel | LabelModel,
    model: JudgeModel,
    request: JudgeRequest,
    reply: JudgeReply | JudgeError,
) -> Outcome:
    if isinstance(reply, JudgeError):
        return abstained(reply)
    try:
        answer = read_answer(reply, request)
        value = _verdict(grader, answer)
    except UnreadableVerdict as problem:
        return unreadable(problem)
    return Score(value, {**accounts(model, [reply]), "reason": str(answer.get("reason", ""))[:500]})


def _verdict(grader: ScoreModel | LabelModel, answer: Mapping[str, Any]) -> float:
    if isinstance(grader, LabelModel):
        return float(read_label(answer, "label", grader.labels) in grader.passing_labels)
    number = answer.get("score")
    low, high = grader.range
    if isinstance(number, bool) or not isinstance(number, int | float) or not low <= number <= high:
        raise UnreadableVerdict(f"score is {number!r}, no number from {low:g} to {high:g}")
    return float(number)
