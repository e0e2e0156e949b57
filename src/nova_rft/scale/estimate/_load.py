"""What there is to score: items, groups, and the calls that their judges will make."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nova_rft.reward import judge_calls
from nova_rft.spec import (
    BedrockJudge,
    OpenAIJudge,
    PreferenceTerm,
    Price,
    QuizTerm,
    RewardSpec,
    single_judges,
)

# Bytes of an item for a token, as JSON; and tokens of a judge's own words in a question, of a verdict
# with its reasons: seen in examples.
_BYTES: Final = 4
_OWN_WORDS: Final = 800
_VERDICT: Final = 250


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one judge.

    Attributes:
        model: Its id; calls of one model share its quotas.
        calls: Of all items.
        tokens_in: Of one call, about.
        tokens_out: Of one call, about.
        reserved: Tokens that Bedrock reserves for a reply.
        concurrency: In flight at once, for each event.
        latency_s: Of one call; None: as the quotas say.
        rounds: Questions that each need the reply to the one before.
        price: None where the spec has none.
    """

    model: str
    calls: int
    tokens_in: float
    tokens_out: float
    reserved: int
    concurrency: int
    latency_s: float | None = None
    rounds: int = 1
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """What there is to score.

    Attributes:
        items: Responses.
        events: That they are cut into.
        bytes: Of all events.
        judges: Their calls.
        work_s: Seconds of the reward's own work for an item.
    """

    items: int
    events: int
    bytes: int
    judges: tuple[Calls, ...]
    work_s: float = 0.001

    @property
    def calls(self) -> int:
        """Of all judges."""
        return sum(one.calls for one in self.judges)


def load_of(
    reward: RewardSpec, groups: Mapping[int, int], *, events: int, size: int, comparisons: int = 1
) -> Load:
    """The load of a reward.

    Args:
        reward: Its judges count.
        groups: How many groups there are of each size.
        events: That they are cut into.
        size: Bytes of all of them.
        comparisons: Of a record, for a preference judge that uses them.
    """
    items = sum(count * number for count, number in groups.items())
    totals: dict[str, int] = {}
    for count, number in groups.items():
        for one in judge_calls(reward.terms, count, comparisons=comparisons):
            # A prompt is a source; that several have the same is not known beforehand.
            asked = one.per_prompt + one.per_source
            totals[one.term] = totals.get(one.term, 0) + number * asked
    each = size / max(items, 1) / _BYTES
    return Load(
        items,
        events,
        size,
        tuple(
            _calls(judge, totals.get(judge.name, 0), each, reward)
            for judge in single_judges(reward.terms)
        ),
    )


def _calls(judge: object, calls: int, tokens: float, reward: RewardSpec) -> Calls:
    model = getattr(judge, "model", None)
    shown = tokens * (2 if isinstance(judge, PreferenceTerm) else 1)
    remote = model if isinstance(model, BedrockJudge | OpenAIJudge) else None
    return Calls(
        model=remote.id if remote else "",
        calls=calls,
        tokens_in=shown + _OWN_WORDS,
        tokens_out=_VERDICT,
        reserved=remote.max_tokens if remote else 0,
        concurrency=remote.concurrency if remote else 1,
        latency_s=None if remote else 0.0,
        rounds=_rounds(judge),
        price=reward.prices.get(remote.id) if remote else Price(input=0, output=0),
    )


def _rounds(judge: object) -> int:
    """Questions one after the other, at most, if no reply has to be asked for again."""
    if isinstance(judge, QuizTerm):
        return 3
    if isinstance(judge, PreferenceTerm) and judge.method == "swiss":
        # By the largest field that a training sends: 16 rollouts of a prompt.
        return judge.rounds or math.ceil(math.log2(16))
    return 1
