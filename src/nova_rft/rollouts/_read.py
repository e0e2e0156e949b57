"""Files of rollouts: reward events, alone or with their scores, or traces, which hold both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nova_rft.data import Rollout
from nova_rft.errors import UsageError
from nova_rft.outcome import Score
from nova_rft.reward import BadItem, Scored, is_trace, read_items
from nova_rft.rollouts._answers import Answers

_SUFFIXES: Final = (".json", ".jsonl", ".ndjson")
_PACKED: Final = (".gz", ".zst", ".zstd")
_NOT_A_ROW: Final = "terms: are not what the reward function's traces hold"


@dataclass(frozen=True, slots=True)
class Seen:
    """A rollout, and what the reward made of it where that is known.

    Attributes:
        rollout: What the policy was asked, and its response.
        scored: Whether it is known what the reward made of it.
        reward: What it gave; None where it abstained, or where nothing is known.
        values: Raw value of each term that has one, by its name; of an answer, its other metrics too.
        weighted: What each term brought into the reward.
        event: In which event it was scored; empty where that is not known. The same prompt in another
            event is another group, as it is to the trainer.
        said: What a row of the traces keeps of each term, by its name.
        metrics: All metrics of an answer, by their names.
        noted: What whoever drew the rollout wrote beside it, such as `policy` and `stop`.
    """

    rollout: Rollout
    scored: bool = False
    reward: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    weighted: Mapping[str, float] = field(default_factory=dict)
    event: str = ""
    said: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    noted: Mapping[str, Any] = field(default_factory=dict)


def read_seen(path: Path, scores: Path | None = None) -> Iterator[Seen | BadItem]:
    """The rollouts of a file, or of all such files of a folder, in their order.

    Args:
        path: A JSON list or JSON Lines, packed or not; or a folder of such files.
        scores: The answer to these events, as `nova-rft score --json` or the Lambda gives it.

    Raises:
        UsageError: a file is missing or is no such thing, or scores are those of other events.
    """
    answers = None if scores is None else Answers(scores)
    for file in _files(path):
        for item, raw in read_items(file):
            yield _seen(item, raw, answers)
    if answers:
        answers.end()


def seen_of_row(item: Rollout | BadItem, row: Mapping[str, Any]) -> Seen | BadItem:
    """A row of the traces, whose rollout is read."""
    if isinstance(item, BadItem):
        return item
    try:
        said = {name: dict(one) for name, one in row["terms"].items()}
        return Seen(
            item,
            True,
            None if row.get("abstained") else number(row["reward"]),
            numbers({name: one.get("value") for name, one in said.items()}),
            numbers({name: one.get("weighted") for name, one in said.items()}),
            str(row.get("request") or ""),
            said,
            noted={key: row[key] for key in ("policy", "stop", "reward_digest") if key in row},
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return BadItem(item.id, _NOT_A_ROW)


def seen_of_score(rollout: Rollout, one: Scored) -> Seen:
    """A rollout that was scored just now."""
    return Seen(
        rollout,
        True,
        one.outcome.value if isinstance(one.outcome, Score) else None,
        {name: told.value for name, told in one.terms.items() if isinstance(told, Score)},
        dict(one.weighted),
    )


def _seen(item: Rollout | BadItem, raw: Any, answers: Answers | None) -> Seen | BadItem:
    if is_trace(raw):
        if answers:
            raise UsageError(f"{answers.path}: traces hold their scores already; leave scores out")
        return seen_of_row(item, raw)
    answer = answers.next(item.id) if answers else None
    if isinstance(item, BadItem):
        return item
    if answer is None:
        return Seen(item)
    metrics = numbers({one["name"]: one["value"] for one in answer["metrics_list"]})
    ending = ".weighted"
    return Seen(
        item,
        True,
        None if metrics.get("abstained") else number(answer["aggregate_reward_score"]),
        {k: value for k, value in metrics.items() if not k.endswith((ending, ".abstained"))},
        {k.removesuffix(ending): value for k, value in metrics.items() if k.endswith(ending)},
        metrics=metrics,
    )


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(one for one in path.rglob("*") if one.is_file() and _suffix(one) in _SUFFIXES)
    if not files:
        raise UsageError(f"{path}: holds no JSON or JSON Lines; name reward events or traces")
    return files


def _suffix(path: Path) -> str:
    return Path(path.stem).suffix if path.suffix in _PACKED else path.suffix


def number(value: Any) -> float | None:
    """The value as a number, where it is one."""
    return float(value) if isinstance(value, int | float) else None


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Those of the values that are numbers."""
    found = {name: number(value) for name, value in values.items()}
    return {name: value for name, value in found.items() if value is not None}
