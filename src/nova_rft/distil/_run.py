"""The whole of it: prompts in, records, pairs and provenance out; stopped anywhere, it goes on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from nova_rft.data import Rollout
from nova_rft.data.source import line_of
from nova_rft.distil._choose import choose
from nova_rft.distil._draw import Drawn, draw
from nova_rft.errors import BudgetSpent, UsageError
from nova_rft.files import write_whole
from nova_rft.judge import JudgeModel
from nova_rft.reward import RewardFunction
from nova_rft.sampling import Prompt, appending, keyed, logged
from nova_rft.spec import DistillationSpec, Spec, digest

_LOG: Final = "candidates.jsonl"
# Prompts that are answered and judged together: enough to keep all connections busy.
_TOGETHER: Final = 32


@dataclass(slots=True)
class Distilled:
    """What came of it.

    Attributes:
        prompts: In the file.
        answered: That have all their answers, now or from an earlier run.
        records: Written for SFT.
        pairs: Written for DPO.
        dropped: Prompts without a record, by reason.
        stopped: Why not all prompts were answered; empty where they were.
    """

    prompts: int = 0
    answered: int = 0
    records: int = 0
    pairs: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    stopped: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As documented for `data distil --json`."""
        return asdict(self)


class Distillery:
    """One spec's distillation into one folder."""

    def __init__(self, spec: Spec, prompts: Iterable[tuple[int, Rollout]], out: Path) -> None:
        """Reads what earlier runs left.

        Args:
            spec: With its distillation.
            prompts: Lines and records; equal prompts are answered once.
            out: The folder; made where it is missing.

        Raises:
            UsageError: the spec has no distillation, a prompt cannot be asked, or the folder holds
                something else.
        """
        if spec.distillation is None:
            raise UsageError("the spec has no distillation; add it, with a teacher")
        self.spec = spec
        self.asked: DistillationSpec = spec.distillation
        self.out = out
        self.known = {one.key: one for one in logged(out / _LOG, Drawn.of, "a distillation")}
        self.prompts = list(_keyed(prompts, spec))
        self.waiting = [one for one in self.prompts if one.key not in self.known]

    def answer(
        self,
        teacher: JudgeModel,
        reward: RewardFunction,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> str:
        """Has every waiting prompt answered and judged; why it stopped, empty where it did not.

        Each handful is written down before the next one is asked.

        Raises:
            JudgeError: the teacher answers nothing at all.
        """
        self.out.mkdir(parents=True, exist_ok=True)
        with appending(self.out / _LOG) as log:
            for start in range(0, len(self.waiting), _TOGETHER):
                progress(len(self.known), len(self.prompts))
                handful = self.waiting[start : start + _TOGETHER]
                try:
                    found = draw(handful, teacher, reward, self.asked.samples)
                except BudgetSpent as spent:
                    return str(spent)
                for drawn in found:
                    self.known[drawn.key] = drawn
                    log.write(line_of(drawn.as_dict()))
                log.flush()
        progress(len(self.known), len(self.prompts))
        missing = sum(one.key not in self.known for one in self.prompts)
        return f"{missing:,} prompts had no answer from {teacher.name}" if missing else ""

    def write(self, stopped: str = "") -> Distilled:
        """Writes `sft.jsonl`, `dpo.jsonl` where pairs are asked for, `provenance.jsonl`, `summary.json`.

        Raises:
            OSError: the disk refused; what was there before is untouched.
        """
        files: dict[str, list[bytes]] = {"sft": [], "dpo": [], "provenance": []}
        dropped: Counter[str] = Counter()
        answered = 0
        for one in self.prompts:
            drawn = self.known.get(one.key)
            if drawn is None:
                continue
            answered += 1
            choice = choose(drawn, self.asked, self.spec.model)
            if choice.pair is not None:
                files["dpo"].append(line_of(choice.pair))
            if choice.record is None or choice.best is None:
                dropped[choice.dropped] += 1
                continue
            files["sft"].append(line_of(choice.record))
            files["provenance"].append(line_of(self._origin(one, drawn, choice.best)))
        found = Distilled(
            prompts=len(self.prompts),
            answered=answered,
            records=len(files["sft"]),
            pairs=len(files["dpo"]),
            dropped=dict(dropped.most_common()),
            stopped=stopped,
        )
        for name, lines in files.items():
            if name != "dpo" or self.asked.pair_margin is not None:
                write_whole(self.out / f"{name}.jsonl", b"".join(lines))
        write_whole(self.out / "summary.json", json.dumps(found.as_dict(), indent=2) + "\n")
        return found

    def _origin(self, prompt: Prompt, drawn: Drawn, best: int) -> dict[str, Any]:
        chosen = drawn.candidates[best]
        return {
            "line": prompt.line,
            "teacher": self.asked.teacher.model_dump(mode="json", exclude_defaults=True),
            "sample": best,
            "of": len(drawn.candidates),
            "reward": chosen.reward,
            "terms": chosen.terms,
            "rewards": [one.reward for one in drawn.candidates],
            "reward_digest": digest(self.spec.required_reward),
        }


def distil(
    distillery: Distillery,
    teacher: JudgeModel,
    reward: RewardFunction,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Distilled:
    """Answers what waits and writes what came of all; also what came before it was stopped.

    Raises:
        JudgeError: the teacher answers nothing at all.
    """
    try:
        stopped = distillery.answer(teacher, reward, progress)
    except KeyboardInterrupt:
        distillery.write("interrupted")
        raise
    return distillery.write(stopped)


def _keyed(prompts: Iterable[tuple[int, Rollout]], spec: Spec) -> Iterator[Prompt]:
    """Each prompt once, with the digest of all that its outcome depends on."""
    asked = spec.distillation
    settings = asked.model_dump(mode="json", include={"teacher", "samples"}) if asked else {}
    return keyed(prompts, settings, digest(spec.required_reward))
