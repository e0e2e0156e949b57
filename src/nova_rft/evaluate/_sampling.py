"""Having all contenders answer all prompts, in step, so that whatever is there can be compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nova_rft.data import Rollout
from nova_rft.errors import JudgeRefused
from nova_rft.evaluate._contender import Contender
from nova_rft.evaluate._kept import Kept, Said, key_of
from nova_rft.judge import JudgeModel, JudgeReply, JudgeRequest, free_question
from nova_rft.sampling import Prompt, answers

# Prompts that one model is asked together; each answer is kept by itself.
_TOGETHER: Final = 64


@dataclass(frozen=True, slots=True)
class Part:
    """Records that are answered: the held-out ones, or a skill's.

    Attributes:
        name: The skill's; empty for the held-out records.
        file: Where they come from, for people.
        prompts: The records, each once.
    """

    name: str
    file: str
    prompts: tuple[Prompt, ...]


class Sampling:
    """All answers of all contenders to all parts."""

    def __init__(
        self, parts: Sequence[Part], contenders: Sequence[Contender], samples: int, out: Path
    ) -> None:
        """Reads what earlier runs kept.

        Args:
            parts: What is answered.
            contenders: Who answers.
            samples: Answers of each contender to each prompt.
            out: The folder; it need not be there.

        Raises:
            UsageError: the folder holds something else.
        """
        self.parts = tuple(parts)
        self.contenders = tuple(contenders)
        self.samples = samples
        self.out = out
        self.kept = Kept(out / "answers.jsonl")
        self._keys: dict[tuple[str, str], tuple[str, ...]] = {}

    def said(self, contender: Contender, prompt: Prompt) -> list[Said]:
        """A contender's answers to a prompt; fewer than asked for where some are missing."""
        place = contender.name, prompt.key
        if place not in self._keys:
            asked = (free_question(prompt.rollout.prompt, sample=n) for n in range(self.samples))
            self._keys[place] = tuple(key_of(contender, request) for request in asked)
        found = map(self.kept.known.get, self._keys[place])
        return [one for one in found if one is not None]

    def waiting(self, contender: Contender) -> list[Prompt]:
        """Prompts of all parts that a contender has not answered in full."""
        return [
            prompt
            for part in self.parts
            for prompt in part.prompts
            if len(self.said(contender, prompt)) < self.samples
        ]

    def unanswered(self, contender: Contender) -> list[JudgeRequest]:
        """Every question to a contender, of all parts, to which no answer is kept."""
        asked = (
            free_question(prompt.rollout.prompt, sample=number)
            for part in self.parts
            for prompt in part.prompts
            for number in range(self.samples)
        )
        return [one for one in asked if key_of(contender, one) not in self.kept.known]

    def keep(self, contender: Contender, request: JudgeRequest, reply: JudgeReply) -> None:
        """Keeps an answer whose seconds say nothing, such as a batch's."""
        self.kept.add(Said.answering(contender, request, reply, None))

    def draw(
        self,
        models: Mapping[str, JudgeModel],
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:
        """Asks for what is missing; an answer that does not come is left for another run.

        Args:
            models: By contender's name, each `Remembering`.
            progress: Told how many prompts of how many are answered, all contenders together.

        Raises:
            BudgetSpent: nothing more may be asked; what came is kept.
            JudgeError: a model answers nothing at all, or does not answer any more.
        """
        waiting = {one.name: self.waiting(one) for one in self.contenders}
        total = sum(len(part.prompts) for part in self.parts) * len(self.contenders)
        done = total - sum(map(len, waiting.values()))
        most = max(map(len, waiting.values()), default=0)
        try:
            for start in range(0, most, _TOGETHER):
                for one in self.contenders:
                    some = waiting[one.name][start : start + _TOGETHER]
                    progress(done, total)
                    if some:
                        done += self._answered(one, some, models[one.name])
        finally:
            self.kept.close()
        progress(done, total)

    def _answered(self, one: Contender, some: Sequence[Prompt], model: JudgeModel) -> int:
        """How many of some prompts were answered now."""
        try:
            return len(answers(some, model, self.samples))
        except JudgeRefused:
            # Of a model that answers others it is these prompts that are refused, whenever asked.
            if len(self.waiting(one)) == sum(len(part.prompts) for part in self.parts):
                raise
            return 0

    def rollouts(self, contender: Contender, part: Part) -> list[list[Rollout]]:
        """For each prompt of a part the contender's answers, to be scored; those that came."""
        return [
            [
                Rollout(
                    id=f"{contender.name}-{place + 1}-{number + 1}",
                    group=f"{contender.name}-{place + 1}",
                    prompt=prompt.rollout.prompt,
                    response=said.text,
                    reference=prompt.rollout.reference,
                    metadata=prompt.rollout.metadata,
                )
                for number, said in enumerate(self.said(contender, prompt))
            ]
            for place, prompt in enumerate(part.prompts)
        ]
