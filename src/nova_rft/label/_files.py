"""The files of a labelling: the set, each annotator's answers, and the labels, which follow from both.

For labels.jsonl they are labels.set.jsonl, labels.by-NAME.jsonl, and labels.jsonl itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nova_rft.calibrate.labels import WHOLE, Label
from nova_rft.data import loads, read_bytes_lines, read_messages
from nova_rft.errors import UsageError
from nova_rft.files import write_whole
from nova_rft.label._item import Drawn, Item, Question

# Everything of ours lies under one name, which no field of a record is likely to have.
OURS: Final = "labelling"
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,47}")
# By criterion what one annotator said of an item; None where that could not be told.
Said = Mapping[str, Label | None]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of a labelling lie.

    Attributes:
        labels: The labels file.
    """

    labels: Path

    @property
    def set(self) -> Path:
        """The set."""
        return self.labels.with_name(f"{self._stem}.set.jsonl")

    def answers(self, annotator: str) -> Path:
        """An annotator's answers.

        Raises:
            UsageError: the name cannot be part of a file's.
        """
        if not _NAME.fullmatch(annotator):
            raise UsageError(
                f"--annotator {annotator or 'is missing'}: say who labels, by a letter, then letters, "
                "digits, _ and -"
            )
        return self.labels.with_name(f"{self._stem}.by-{annotator}.jsonl")

    def annotators(self) -> list[str]:
        """All who answered something, by name."""
        start, end = f"{self._stem}.by-", ".jsonl"
        folder = self.labels.parent
        names = (
            one.name.removeprefix(start).removesuffix(end)
            for one in (folder.iterdir() if folder.is_dir() else ())
            if one.name.startswith(start) and one.name.endswith(end)
        )
        return sorted(name for name in names if _NAME.fullmatch(name))

    @property
    def _stem(self) -> str:
        return self.labels.name.removesuffix(".jsonl")


def write_set(path: Path, items: Iterable[Item]) -> None:
    """Writes a set, whole or not at all: rows that only lack what people say.

    Raises:
        OSError: the disk refused.
    """
    write_whole(path, _lines(map(_row, items)))


def read_set(path: Path) -> list[Item]:
    """Reads a set back.

    Raises:
        UsageError: it is none.
    """
    items = []
    for number, raw in enumerate(read_bytes_lines(path), start=1):
        try:
            items.append(_item(loads(raw)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"{path}:{number}: is no row of a set that nova-rft label drew ({error}); "
                "remove the file to draw anew"
            ) from None
    if not items:
        raise UsageError(f"{path}: is empty; remove the file to draw anew")
    if len({item.kind for item in items}) > 1:
        raise UsageError(f"{path}: holds pairs and single responses; remove it to draw anew")
    return items


def write_labels(path: Path, items: Iterable[Item], said: Mapping[str, Mapping[str, Said]]) -> int:
    """Writes the labels file, whole or not at all; how many rows it has.

    Args:
        path: The file.
        items: The set.
        said: By annotator and item what they said.

    Raises:
        OSError: the disk refused.
    """
    rows = [row for item in items if (row := _labelled(item, said)) is not None]
    write_whole(path, _lines(rows))
    return len(rows)


def _labelled(item: Item, said: Mapping[str, Mapping[str, Said]]) -> dict[str, Any] | None:
    """The item's row with everybody's labels, None for one who gave none; None where nobody did."""
    by_annotator = [answers.get(item.id, {}) for answers in said.values()]
    names = [question.name for question in item.asked] or [WHOLE]
    human = {name: [one.get(name) for one in by_annotator] for name in names}
    human = {
        name: labels for name, labels in human.items() if any(label is not None for label in labels)
    }
    if not human:
        return None
    row = _row(item)
    row["human"] = human[WHOLE] if set(human) == {WHOLE} else human
    row[OURS]["annotators"] = list(said)
    return row


def _row(item: Item) -> dict[str, Any]:
    pair = len(item.responses) == 2
    row: dict[str, Any] = {
        "id": item.id,
        "prompt": [{"role": turn.role, "content": turn.text} for turn in item.prompt],
        **dict(zip(_names("response", pair), item.responses, strict=True)),
        **dict(zip(_names("model", pair), item.models, strict=False)),
    }
    if item.reference is not None:
        row["reference_answer"] = item.reference
    if item.fields:
        row["metadata"] = dict(item.fields)
    row[OURS] = {
        "rollouts": list(item.rollouts),
        "questions": [question.as_dict() for question in item.questions],
        "drawn": item.drawn.as_dict(),
    }
    return row


def _item(row: Mapping[str, Any]) -> Item:
    pair = "response_a" in row
    ours = row[OURS]
    return Item(
        id=str(row["id"]),
        prompt=read_messages(row["prompt"]),
        responses=tuple(_text(row[name]) for name in _names("response", pair)),
        rollouts=tuple(ours["rollouts"]),
        questions=tuple(
            Question(one["name"], one["text"], tuple(one["labels"]), one.get("means", {}))
            for one in ours["questions"]
        ),
        drawn=Drawn(**ours["drawn"]),
        reference=row.get("reference_answer"),
        fields=row.get("metadata", {}),
        models=tuple(row[name] for name in _names("model", pair) if name in row),
    )


def _names(field: str, pair: bool) -> Sequence[str]:
    return (f"{field}_a", f"{field}_b") if pair else (field,)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a response should be a text")
    return value


def _lines(rows: Iterable[Mapping[str, Any]]) -> str:
    return "".join(json_line(row) for row in rows)


def json_line(value: Any) -> str:
    """One line of JSON, in people's letters where they can be written."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, which only an escape can carry.
        text = json.dumps(value)
    return text + "\n"
