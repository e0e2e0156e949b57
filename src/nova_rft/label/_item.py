"""What is labelled: one response, or two to the same prompt."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from nova_rft.calibrate.labels import WHOLE, Kind, Label
from nova_rft.data import Message
from nova_rft.label._rollouts import Candidate
from nova_rft.spec import digest


@dataclass(frozen=True, slots=True)
class Question:
    """What people are asked.

    Attributes:
        name: The criterion's; `WHOLE` where the response is labelled as a whole.
        text: In words.
        labels: What can be said; none where it is only to be kept in mind, as with pairs.
        means: What some of them mean.
    """

    name: str
    text: str
    labels: tuple[Label, ...] = ()
    means: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """As the file of the set and the page have it."""
        found: dict[str, Any] = {"name": self.name, "text": self.text, "labels": list(self.labels)}
        return {**found, "means": dict(self.means)} if self.means else found


# Where the spec has no criteria.
GOOD: Final = Question(WHOLE, "Is this a good response?", ("good", "bad"))


@dataclass(frozen=True, slots=True)
class Drawn:
    """Why an item was drawn; see `nova_rft.label.drawing`.

    Attributes:
        by: Its score, or chance.
        cell: What it balances.
        score: How informative it is, 0 to 1.
        unsure: How unsure the judges were; None where it is not known, as the next two.
        disagree: How far the reward's terms contradict each other.
        close: How near to a tie the judges see a pair.
    """

    by: Literal["score", "chance"]
    cell: str
    score: float
    unsure: float | None = None
    disagree: float | None = None
    close: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """As the file of the set has it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to label.

    Attributes:
        id: A digest of what people read.
        prompt: The turns before the response.
        responses: One, or a and b.
        rollouts: Their ids, which may tell what people should not know.
        questions: What people are asked.
        drawn: Why it was.
        reference: The reference answer.
        fields: Other fields of the record; of a pair those that both rollouts share.
        models: Which models wrote the responses; empty where that is not said.
    """

    id: str
    prompt: tuple[Message, ...]
    responses: tuple[str, ...]
    rollouts: tuple[str, ...]
    questions: tuple[Question, ...]
    drawn: Drawn
    reference: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    models: tuple[str, ...] = ()

    @property
    def kind(self) -> Kind:
        """Whether it is a pair or a single response."""
        return "pairs" if len(self.responses) == 2 else "responses"

    @property
    def texts(self) -> tuple[str, ...]:
        """What is read: the prompt's turns, then the responses."""
        return ("\n\n".join(turn.text for turn in self.prompt), *self.responses)

    @property
    def asked(self) -> tuple[Question, ...]:
        """The questions that want an answer."""
        return tuple(question for question in self.questions if question.labels)


def make_item(
    candidates: Sequence[Candidate], questions: Sequence[Question], drawn: Drawn, seed: int
) -> Item:
    """An item of one rollout, or of two; which of two is a, a coin decides.

    Args:
        candidates: One, or two of the same prompt.
        questions: What people are asked.
        drawn: Why.
        seed: Of the coin.
    """
    rollouts = [one.rollout for one in candidates]
    prompt = rollouts[0].prompt
    id = digest([[[turn.role, turn.text] for turn in prompt], sorted(r.response for r in rollouts)])
    id = id[:16]
    rollouts.sort(key=lambda one: one.response)
    if coin(seed, id):
        rollouts.reverse()
    first, last = rollouts[0].metadata, rollouts[-1].metadata
    models = tuple(one.metadata.get("model") for one in rollouts)
    named = all(isinstance(model, str) and model for model in models)
    return Item(
        id=id,
        prompt=prompt,
        responses=tuple(one.response for one in rollouts),
        rollouts=tuple(one.id for one in rollouts),
        questions=tuple(questions),
        drawn=drawn,
        reference=rollouts[0].reference,
        fields={k: v for k, v in first.items() if k != "model" and k in last and last[k] == v},
        models=tuple(str(model) for model in models) if named else (),
    )


def prompt_key(prompt: Sequence[Message]) -> str:
    """What tells one prompt from another."""
    return digest([[turn.role, turn.text] for turn in prompt])


def coin(*of: object) -> bool:
    """Heads or tails, the same wherever it is thrown for the same things."""
    text = "\n".join(map(str, of)).encode("utf-8", "surrogatepass")
    return bool(hashlib.blake2b(text, digest_size=1).digest()[0] & 1)
