"""Rollouts that may be labelled, and what the reward said of them, where it said something."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nova_rft.data import MalformedMessages, Rollout, loads, read_bytes_lines, read_messages
from nova_rft.errors import UsageError
from nova_rft.label._unsure import unsure_in_details, unsure_in_metrics
from nova_rft.reward import BadItem, read_item, read_raw_events
from nova_rft.spec import JUDGE_TERMS, RewardSpec

_AT_ONCE: Final = 256
_SUFFIXES: Final = (".json", ".jsonl", ".ndjson")
_PACKED: Final = (".gz", ".zst", ".zstd")
# What tells a row of the traces from an item of an event.
_ROW: Final = ("prompt", "response", "reward", "terms")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rollout that may be labelled.

    Attributes:
        rollout: What the policy was asked, and its response.
        reward: What the reward gave; None where it abstained, or where nothing is known.
        values: Raw value of each of the spec's terms that has one.
        unsure: How unsure its judges were, 0 to 1; None where that is not known.
    """

    rollout: Rollout
    reward: float | None = None
    values: Mapping[str, float] = field(default_factory=dict)
    unsure: float | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What files of rollouts hold.

    Attributes:
        candidates: In the order of the files.
        unread: Items that hold no rollout.
        problem: What is wrong with the first of them.
    """

    candidates: tuple[Candidate, ...]
    unread: int = 0
    problem: str = ""


def read_candidates(path: Path, reward: RewardSpec, scores: Path | None = None) -> Read:
    """Reads rollouts: reward events, alone or with their scores, or traces, which hold both.

    Args:
        path: A JSON list or JSON Lines of either, packed or not; or a folder of such files.
        reward: Names the terms.
        scores: The answer to these events, as `nova-rft score --json` or the Lambda gives it.

    Raises:
        UsageError: a file is missing or is no such thing, or scores are those of other events.
    """
    answers = None if scores is None else _Answers(scores)
    found: list[Candidate] = []
    problems: list[str] = []
    for file in _files(path):
        for raw in (one for event in read_raw_events(file, _AT_ONCE) for one in event):
            one = _candidate(raw, reward, answers)
            if isinstance(one, BadItem):
                problems.append(f"{one.id or 'an item'}: {one.problem}")
            else:
                found.append(one)
    if answers:
        answers.end()
    return Read(tuple(found), len(problems), problems[0] if problems else "")


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(one for one in path.rglob("*") if one.is_file() and _suffix(one) in _SUFFIXES)
    if not files:
        raise UsageError(f"{path}: holds no JSON or JSON Lines; name reward events or traces")
    return files


def _suffix(path: Path) -> str:
    return Path(path.stem).suffix if path.suffix in _PACKED else path.suffix


def _candidate(raw: Any, reward: RewardSpec, answers: _Answers | None) -> Candidate | BadItem:
    if isinstance(raw, dict) and all(key in raw for key in _ROW):
        if answers:
            raise UsageError(f"{answers.path}: traces hold their scores already; leave scores out")
        return _of_row(raw, reward)
    item = read_item(raw)
    answer = answers.next(item.id) if answers else None
    if isinstance(item, BadItem):
        return item
    return Candidate(item) if answer is None else _of_answer(item, answer, reward)


def _of_row(row: Mapping[str, Any], reward: RewardSpec) -> Candidate | BadItem:
    """A row of the traces."""
    name = str(row.get("id", ""))
    try:
        prompt = read_messages(row["prompt"])
    except MalformedMessages as problem:
        return BadItem(name, f"{problem.path}: {problem}")
    if not isinstance(row["response"], str):
        return BadItem(name, "response: should be a text")
    rollout = Rollout(
        name, str(row.get("group", "")), prompt, row["response"], row.get("reference")
    )
    try:
        said = {term.name: row["terms"].get(term.name, {}) for term in reward.terms}
        judges = [term for term in reward.terms if isinstance(term, JUDGE_TERMS)]
        return Candidate(
            rollout,
            None if row.get("abstained") else _number(row["reward"]),
            _numbers({name: one.get("value") for name, one in said.items()}),
            _mean([unsure_in_details(term, said[term.name]) for term in judges]),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return BadItem(name, "terms: are not what the reward function's traces hold")


def _of_answer(rollout: Rollout, answer: Mapping[str, Any], reward: RewardSpec) -> Candidate:
    """An item of an event, with the item of the answer that scored it."""
    metrics = _numbers({one["name"]: one["value"] for one in answer["metrics_list"]})
    judges = [term for term in reward.terms if isinstance(term, JUDGE_TERMS)]
    names = [term.name for term in reward.terms]
    return Candidate(
        rollout,
        None if metrics.get("abstained") else _number(answer["aggregate_reward_score"]),
        {name: metrics[name] for name in names if name in metrics},
        _mean([unsure_in_metrics(term, _under(term.name, metrics)) for term in judges]),
    )


def _under(term: str, metrics: Mapping[str, float]) -> dict[str, float]:
    """A term's own metrics, by their names under it."""
    start = f"{term}."
    return {
        key.removeprefix(start): value for key, value in metrics.items() if key.startswith(start)
    }


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    found = {name: _number(value) for name, value in values.items()}
    return {name: value for name, value in found.items() if value is not None}


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


class _Answers:
    """The answer list, item by item beside the events."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._items = self._read()
        self._place = 0

    def next(self, wanted: Any) -> Mapping[str, Any]:
        """The answer to the next item of the events.

        Raises:
            UsageError: it is the answer to another item, or there is none.
        """
        self._place += 1
        item = next(self._items, None)
        if item is None or item["id"] != wanted:
            what = "holds no answer" if item is None else f"answers {item['id']!r}"
            raise UsageError(
                f"{self.path}: {what} where the events' item {self._place} is {wanted!r}; give the "
                "answer to these very events"
            )
        return item

    def end(self) -> None:
        """Nothing may be left.

        Raises:
            UsageError: the answer has more items than the events.
        """
        if next(self._items, None) is not None:
            raise UsageError(
                f"{self.path}: answers more than the {self._place:,} items of the events; give the "
                "answer to these very events"
            )

    def _read(self) -> Iterator[Mapping[str, Any]]:
        try:
            given = loads(b"".join(read_bytes_lines(self.path)))
        except ValueError as error:
            raise UsageError(f"{self.path}: not JSON: {error}") from None
        items = given if isinstance(given, list) else [None]
        for place, item in enumerate(items, start=1):
            if not _is_answer(item):
                raise UsageError(
                    f"{self.path}: item {place} is no answer with id, aggregate_reward_score and "
                    "metrics_list; give what nova-rft score --json wrote"
                )
            yield item


def _is_answer(item: Any) -> bool:
    metrics = item.get("metrics_list") if isinstance(item, dict) else None
    return (
        isinstance(metrics, list)
        and "id" in item
        and "aggregate_reward_score" in item
        and all(isinstance(one, dict) and {"name", "value"} <= one.keys() for one in metrics)
    )
