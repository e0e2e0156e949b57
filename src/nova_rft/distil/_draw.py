"""Drawing answers to prompts and having them judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from nova_rft.data import Rollout
from nova_rft.errors import BudgetSpent, JudgeError, JudgeRefused
from nova_rft.judge import JudgeModel, JudgeReply, ask_all, free_question
from nova_rft.outcome import Abstention, Cause, Score
from nova_rft.reward import RewardFunction, Scored

# How services say that an answer was not cut off.
_WHOLE: Final = ("end_turn", "stop_sequence", "stop")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer of the teacher.

    Attributes:
        text: The answer; empty where there was none.
        reward: What the reward gave it; None where it was not or could not be scored.
        terms: Raw value of each term that has one.
        problem: Why it can be no record, empty where it can.
    """

    text: str
    reward: float | None = None
    terms: Mapping[str, float] | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One prompt and its answers.

    Attributes:
        key: Digest of prompt and settings; a later run knows the prompt by it.
        line: In the file of prompts.
        prompt: Its turns, as role and text.
        candidates: The answers, in the order of their samples.
    """

    key: str
    line: int
    prompt: tuple[tuple[str, str], ...]
    candidates: tuple[Candidate, ...]

    def as_dict(self) -> dict[str, Any]:
        """As the log holds it."""
        return asdict(self)

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Drawn:
        """What `as_dict` gave."""
        candidates = tuple(Candidate(**one) for one in fields["candidates"])
        prompt = tuple((role, text) for role, text in fields["prompt"])
        return cls(fields["key"], fields["line"], prompt, candidates)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A record whose prompt is to be answered."""

    key: str
    line: int
    rollout: Rollout


def draw(
    prompts: Sequence[Prompt], teacher: JudgeModel, reward: RewardFunction, samples: int
) -> list[Drawn]:
    """Answers and scores; a prompt whose answers did not all come is left for another run.

    Raises:
        BudgetSpent: nothing more may be asked; answers that came are kept with their requests.
        JudgeRefused: the teacher answers no prompt at all.
    """
    requests = [
        free_question(one.rollout.prompt, sample=number)
        for one in prompts
        for number in range(samples)
    ]
    replies = ask_all(teacher, requests)
    _stop_if_useless(replies)
    groups = [
        (one, replies[place * samples : (place + 1) * samples]) for place, one in enumerate(prompts)
    ]
    whole = [
        (one, [_unscored(reply) for reply in answers])
        for one, answers in groups
        if all(isinstance(reply, JudgeReply | JudgeRefused) for reply in answers)
    ]
    return _scored(whole, reward)


def _stop_if_useless(replies: Sequence[JudgeReply | JudgeError]) -> None:
    for reply in replies:
        if isinstance(reply, BudgetSpent):
            raise reply
    errors = [reply for reply in replies if isinstance(reply, JudgeError)]
    if errors and len(errors) == len(replies):
        raise errors[0]


def _unscored(reply: JudgeReply | JudgeError) -> Candidate:
    if isinstance(reply, JudgeError):
        return Candidate("", problem=f"refused: {reply}"[:300])
    if not reply.text.strip():
        return Candidate("", problem="empty")
    if reply.stop_reason not in _WHOLE:
        return Candidate(reply.text, problem=f"ended with {reply.stop_reason}")
    return Candidate(reply.text)


def _scored(
    groups: Sequence[tuple[Prompt, list[Candidate]]], reward: RewardFunction
) -> list[Drawn]:
    """All candidates that may be records scored together, as one event."""
    items = [
        Rollout(
            id=f"{one.key}-{number}",
            group=one.key,
            prompt=one.rollout.prompt,
            response=candidate.text,
            reference=one.rollout.reference,
            metadata=one.rollout.metadata,
        )
        for one, candidates in groups
        for number, candidate in enumerate(candidates)
        if not candidate.problem
    ]
    told = {one.id: one for one in reward.score(items)}
    _stop_if_spent(told.values())
    return [
        Drawn(
            one.key,
            one.line,
            tuple((turn.role, turn.text) for turn in one.rollout.prompt),
            tuple(
                _with_score(candidate, told.get(f"{one.key}-{number}"))
                for number, candidate in enumerate(candidates)
            ),
        )
        for one, candidates in groups
    ]


def _stop_if_spent(scored: Any) -> None:
    for one in scored:
        outcome = one.outcome
        if isinstance(outcome, Abstention) and outcome.cause is Cause.BUDGET_SPENT:
            raise BudgetSpent(outcome.detail)


def _with_score(candidate: Candidate, scored: Scored | None) -> Candidate:
    if scored is None:
        return candidate
    terms = {name: one.value for name, one in scored.terms.items() if isinstance(one, Score)}
    if isinstance(scored.outcome, Abstention):
        why = f"not scored: {scored.outcome.cause}"
        return Candidate(candidate.text, None, terms, why)
    return Candidate(candidate.text, scored.outcome.value, terms)
