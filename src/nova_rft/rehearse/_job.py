"""Training for a job of somebody else: asked for in one line, and graded by whoever asked.

Lines of JSON come in and go out. In: first a `JobAsked`, then `{"rewards": [...]}` for each event. Out:
`{"event": [...], "group": n}` for rollouts to be graded, n of each prompt one after the other;
`{"step": {...}}` with a step's figures in verl's names; at last `{"done": true}` or `{"failed": "..."}`.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nova_rft.rehearse import _train as training
from nova_rft.rehearse._checks import Checks
from nova_rft.rehearse._examples import Example, read_examples
from nova_rft.rehearse._extra import require_extra
from nova_rft.rehearse._grade import event_of, grade
from nova_rft.rehearse._measure import Batch, Step
from nova_rft.rehearse._policy import Policy, load_policy
from nova_rft.rehearse._settings import RATES, TINY, WarmStart
from nova_rft.rehearse._tiny import warmed_up
from nova_rft.rehearse._warm import longest_response
from nova_rft.reward.contract import Answered

# What a trainer of verl's calls those of our figures that Bedrock shows.
_VERL: Final = {
    "reward": "critic/rewards/mean",
    "length": "response_length/mean",
    "entropy": "actor/entropy",
    "grad_norm": "actor/grad_norm",
}
_LONGEST: Final = 256
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class JobAsked:
    """What a job asks for.

    Attributes:
        policy: `tiny`, or a folder.
        kept: Where warmed-up weights of `tiny` lie.
        records: To train on.
        validation: Looked at every so often; may be empty.
        prompts: In one step.
        samples: Rollouts of each.
        epochs: Passes over the records.
        steps: Ends the training after so many, whatever the epochs; None: the epochs decide.
        eval_every: Steps between two looks at the validation records; None: there is no look.
        learning_rate: Of a folder's model; `tiny` has one of its own.
        max_new_tokens: Longest response; None: what the policy's right responses need.
        seed: Of everything that chance decides.
    """

    policy: str
    kept: str
    records: Sequence[Any]
    validation: Sequence[Any]
    prompts: int
    samples: int
    epochs: int = 1
    steps: int | None = None
    eval_every: int | None = None
    learning_rate: float | None = None
    max_new_tokens: int | None = None
    seed: int = 0


def train_job(
    asked: JobAsked,
    score: Callable[[list[Any], int], list[float]],
    tell: Callable[[Figures], None],
) -> None:
    """Trains as a job asks.

    Args:
        asked: What it asks for.
        score: Gives the rewards of an event, which holds so many rollouts of each prompt.
        tell: Told each step's figures.

    Raises:
        UsageError: the extra is not installed, the policy cannot be had, or the records hold too little.
    """
    require_extra()
    examples = read_examples(asked.records)
    _Job(asked, examples, score, tell).whole()


class _Job:
    """One job's training."""

    def __init__(
        self,
        asked: JobAsked,
        examples: Sequence[Example],
        score: Callable[[list[Any], int], list[float]],
        tell: Callable[[Figures], None],
    ) -> None:
        self._asked = asked
        self._examples = examples
        self._score = score
        self._tell = tell
        self._prompts = min(asked.prompts, len(examples))
        self._in_epoch = math.ceil(len(examples) / asked.prompts)
        self._unseen = read_examples(asked.validation) if len(asked.validation) > 1 else []

    def whole(self) -> None:
        """All of it."""
        asked = self._asked
        tiny = asked.policy == TINY
        place: str | Path = asked.policy
        warm = WarmStart()
        if tiny:
            place, _ = warmed_up(self._examples, warm, asked.seed, Path(asked.kept))
        policy = load_policy(place, warm.longest_prompt if tiny else None)
        wanted = asked.max_new_tokens or _LONGEST
        longest = (
            min(wanted, longest_response(self._examples, policy.tokenizer.encode))
            if tiny
            else wanted
        )
        with tempfile.TemporaryDirectory(prefix="nova-rft-job-") as scratch:
            plan = training.Plan(
                examples=self._examples,
                call=lambda event: self._answer(event, asked.samples),
                checks=Checks("none"),
                seed=asked.seed,
                batch=self._prompts * asked.samples,
                group=asked.samples,
                learning_rate=RATES[tiny] if tiny else asked.learning_rate or RATES[tiny],
                longest=longest,
                temperature=1.0,
                steps=asked.steps or asked.epochs * self._in_epoch,
                seconds=math.inf,
                before_s=0.0,
                folder=Path(scratch),
            )
            told = training.Hooks(
                step=lambda step, batch: self._took(policy, longest, step, batch),
                before=lambda taken, seconds: None,
                stopping=lambda: False,
            )
            training.train(policy, plan, told)

    def _answer(self, event: Any, group: int) -> Answered:
        rewards = self._score(event, group)
        return Answered(
            [
                {"id": item["id"], "aggregate_reward_score": reward}
                for item, reward in zip(event, rewards, strict=True)
            ]
        )

    def _took(self, policy: Policy, longest: int, step: Step, batch: Batch) -> None:
        rewards = [one.reward for one in batch.graded]
        number = step.number + 1
        figures: Figures = {
            "step_number": number,
            "epoch_number": step.number // self._in_epoch + 1,
            "critic/rewards/max": max(rewards),
            "critic/rewards/min": min(rewards),
            **{
                theirs: step.figures[ours] for ours, theirs in _VERL.items() if ours in step.figures
            },
        }
        every = self._asked.eval_every
        if self._unseen and every and number % every == 0:
            figures["val-score/rewards/mean@1"] = self._validated(policy, longest, number)
        self._tell(figures)

    def _validated(self, policy: Policy, longest: int, number: int) -> float:
        """Mean reward of one response to each validation prompt."""
        said = policy.sample(
            self._unseen,
            longest=longest,
            temperature=1.0,
            seed=self._asked.seed,
            batch=self._prompts * self._asked.samples,
        )
        event = event_of(f"eval-{number}", self._unseen, [text for text, _ in said])
        graded = grade(lambda event: self._answer(event, 1), event)
        return math.fsum(one.reward for one in graded) / len(graded)
