"""Drawing answers to prompts and having them judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from nova_rft.data import Rollout
from nova_rft.errors import JudgeError
from nova_rft.judge import JudgeModel, JudgeReply
from nova_rft.outcome import Abstention, Score
from nova_rft.reward import RewardFunction, Scored
from nova_rft.sampling import Prompt, answers, stop_if_spent

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


def draw(
    prompts: Sequence[Prompt], teacher: JudgeModel, reward: RewardFunction, samples: int
) -> list[Drawn]:
    """Answers and scores; a prompt whose answers did not all come is left for another run.

    Raises:
        BudgetSpent: nothing more may be asked; answers that came are kept with their requests.
        JudgeError: the teacher answers no prompt at all.
    """
    whole = [
        (one, [_unscored(reply) for reply in told])
        for one, told in answers(prompts, teacher, samples)
    ]
    return _scored(whole, reward)


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
    stop_if_spent(told.values())
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


def _with_score(candidate: Candidate, scored: Scored | None) -> Candidate:
    if scored is None:
        return candidate
    terms = {name: one.value for name, one in scored.terms.items() if isinstance(one, Score)}
    if isinstance(scored.outcome, Abstention):
        why = f"not scored: {scored.outcome.cause}"
        return Candidate(candidate.text, None, terms, why)
    return Candidate(candidate.text, scored.outcome.value, terms)
