"""Rollouts drawn now from a model and scored by the spec's own reward, as the Lambda scores them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from nova_rft.data import Rollout
from nova_rft.data.source import line_of
from nova_rft.errors import BudgetSpent
from nova_rft.files import write_whole
from nova_rft.judge import JudgeModel, JudgeReply
from nova_rft.reward import RewardFunction, trace_rows
from nova_rft.sampling import Prompt, answers, appending, keyed, logged, stop_if_spent
from nova_rft.spec import JudgeModelSpec, RewardSpec, digest

_LOG: Final = "drawn.jsonl"
_ROLLOUTS: Final = "rollouts.jsonl"
# Prompts that are asked and scored together: what is lost of unscored work when it is killed.
_TOGETHER: Final = 8
# Settings of a model that no answer depends on.
_OF_PATIENCE: Final = {
    *("concurrency", "timeout_s", "attempts", "requests_per_minute", "tokens_per_minute"),
    "api_key_secret",
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """One prompt's rollouts.

    Attributes:
        key: Digest of prompt, model and reward; a later run knows the prompt by it.
        samples: How many were asked for.
        rows: As the reward function's traces hold them, with `metadata`, `policy`, `stop` and
            `reward_digest` beside.
    """

    key: str
    samples: int
    rows: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Drawn:
        """What the log holds."""
        return cls(fields["key"], int(fields["samples"]), tuple(fields["rows"]))


class Preview:
    """Rollouts of some prompts of a spec, drawn into a folder."""

    def __init__(
        self,
        reward: RewardSpec,
        policy: JudgeModelSpec,
        prompts: Iterable[tuple[int, Rollout]],
        out: Path,
        *,
        samples: int,
        most: int,
    ) -> None:
        """Chooses prompts, and reads what earlier runs drew.

        The choice is by a digest of the prompt: of more prompts the first are the same ones.

        Args:
            reward: That scores.
            policy: The model that answers.
            prompts: Lines and records.
            out: The folder; made where it is missing.
            samples: Rollouts of each prompt.
            most: Prompts at most.

        Raises:
            UsageError: a prompt cannot be asked, or the folder holds something else.
        """
        self.reward_digest = digest(reward)
        self.policy = policy
        self.samples = samples
        self.out = out
        settings = policy.model_dump(mode="json", exclude=set(_OF_PATIENCE))
        known = keyed(prompts, settings, self.reward_digest)
        self.prompts = sorted(known, key=lambda one: digest(one.rollout.prompt_text))[:most]
        self.known = {one.key: one for one in logged(out / _LOG, Drawn.of, "a preview")}

    @property
    def waiting(self) -> list[Prompt]:
        """Prompts whose rollouts are not all there."""
        return [one for one in self.prompts if not self._has(one)]

    @property
    def rollouts(self) -> Path:
        """The file of rollouts, which every command on rollouts reads."""
        return self.out / _ROLLOUTS

    def draw(
        self,
        model: JudgeModel,
        reward: RewardFunction,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> str:
        """Draws and scores what waits, and writes the file; why it stopped, empty where it did not.

        Each handful is written down before the next one is asked; interrupted, what came is in the file.

        Raises:
            JudgeError: the model answers nothing at all.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        try:
            return self._draw(model, reward, progress)
        finally:
            self.write()

    def write(self) -> None:
        """Writes the file of rollouts: those of this model, this reward, these prompts.

        Raises:
            OSError: the disk refused; what was there before is untouched.
        """
        rows = [row for one in self.prompts if self._has(one) for row in self._rows(one)]
        write_whole(self.rollouts, b"".join(line_of(row) for row in rows))

    def _draw(
        self, model: JudgeModel, reward: RewardFunction, progress: Callable[[int, int], None]
    ) -> str:
        waiting = self.waiting
        before = len(self.prompts) - len(waiting)
        with appending(self.out / _LOG) as log:
            for start in range(0, len(waiting), _TOGETHER):
                progress(before + start, len(self.prompts))
                try:
                    found = self._handful(waiting[start : start + _TOGETHER], model, reward)
                except BudgetSpent as spent:
                    return str(spent)
                for drawn in found:
                    self.known[drawn.key] = drawn
                    log.write(line_of(asdict(drawn)))
                log.flush()
        missing = len(self.waiting)
        progress(len(self.prompts) - missing, len(self.prompts))
        prompts = "1 prompt" if missing == 1 else f"{missing:,} prompts"
        return f"{prompts} had no answer from {model.name}" if missing else ""

    def _handful(
        self, prompts: Sequence[Prompt], model: JudgeModel, reward: RewardFunction
    ) -> list[Drawn]:
        told = answers(prompts, model, self.samples)
        items, stops = [], []
        for one, replies in told:
            for number, reply in enumerate(replies):
                # What the service refuses to answer is no response that could be scored.
                if isinstance(reply, JudgeReply):
                    items.append(_rollout(one, number, reply.text))
                    stops.append(reply.stop_reason)
        scored = reward.score(items)
        stop_if_spent(scored)
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        rows: dict[str, list[dict[str, Any]]] = {_group(one): [] for one, _ in told}
        traced = trace_rows(
            items, scored, at=at, policy=model.name, reward_digest=self.reward_digest
        )
        for item, stop, row in zip(items, stops, traced, strict=True):
            rows[item.group].append({**row, "stop": stop, "metadata": dict(item.metadata)})
        return [Drawn(one.key, self.samples, tuple(rows[_group(one)])) for one, _ in told]

    def _has(self, one: Prompt) -> bool:
        known = self.known.get(one.key)
        return known is not None and known.samples >= self.samples

    def _rows(self, one: Prompt) -> Iterator[Mapping[str, Any]]:
        yield from self.known[one.key].rows[: self.samples]


def _rollout(one: Prompt, number: int, text: str) -> Rollout:
    record = one.rollout
    return Rollout(
        id=f"{_group(one)}-{number + 1}",
        group=_group(one),
        prompt=record.prompt,
        response=text,
        reference=record.reference,
        metadata=record.metadata,
    )


def _group(one: Prompt) -> str:
    """The record's own id, or its line; records share no id, but a file of some may."""
    return f"{one.rollout.id}@{one.line}" if one.rollout.id else f"line-{one.line}"
