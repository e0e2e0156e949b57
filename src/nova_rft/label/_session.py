"""One annotator's way through a set: what comes next, and what became of it.

What people must not know never leaves this module: ids, models, scores, verdicts, and what others said.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nova_rft.calibrate.labels import WHOLE, Label
from nova_rft.data import reference_text
from nova_rft.label._agreement import Agreed, agreement
from nova_rft.label._answers import SKIPPED, UNDONE, Answers, Standing, read_answers
from nova_rft.label._files import Places, Said, write_labels
from nova_rft.label._item import Item, coin

_CHOICES: Final = ("first", "second", "tie")


class BadAction(ValueError):
    """Something was asked for that makes no sense; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an annotator is.

    Attributes:
        labelled: Items with a label.
        skipped: Items passed over.
        total: Items of the set.
    """

    labelled: int
    skipped: int
    total: int

    @property
    def done(self) -> bool:
        """Whether every item was looked at."""
        return self.labelled + self.skipped >= self.total

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {"labelled": self.labelled, "skipped": self.skipped, "done": self.done}


class Session:
    """An annotator before a set; safe to be shared between threads."""

    def __init__(
        self,
        items: Sequence[Item],
        places: Places,
        annotator: str,
        answers: Answers,
        *,
        seed: int = 0,
        reference: bool = False,
    ) -> None:
        """Takes what is labelled and where answers go.

        Args:
            items: The set.
            places: Where the labelling's files lie.
            annotator: Who.
            answers: What they said so far, open to be added to.
            seed: Decides with the annotator's name on which side a pair's responses stand.
            reference: Whether reference answers are shown.
        """
        self._items = tuple(items)
        self._places = places
        self._annotator = annotator
        self._answers = answers
        self._seed = seed
        self._reference = reference
        self._lock = threading.Lock()
        self._closed = False

    def state(self) -> dict[str, Any]:
        """What the page shows: progress, and the next item, or how far annotators agree."""
        with self._lock:
            return self._state()

    def act(self, action: Mapping[str, Any]) -> dict[str, Any]:
        """Does what the annotator wants, writes the labels file, and says what the page shows next.

        Args:
            action: `do` is `answer`, `skip` (both with `number`, the item's), `undo`, or `again`, which
                takes up what was skipped. An answer has `choice` (`first`, `second` or `tie`, as they
                stood) or `labels` by criterion, null where something cannot be told.

        Raises:
            BadAction: it makes no sense.
            OSError: the disk refused; nothing was noted.
        """
        with self._lock:
            if self._closed:
                raise BadAction("this labelling is finished; begin it again to go on")
            self._do(action)
            write_labels(self._places.labels, self._items, self._everybody())
            return self._state()

    def write(self) -> int:
        """Writes the labels file; how many rows it has.

        Raises:
            OSError: the disk refused.
        """
        with self._lock:
            return write_labels(self._places.labels, self._items, self._everybody())

    def close(self) -> None:
        """Gives the annotator's file back, once what is being written there is written."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._answers.close()

    def progress(self) -> dict[str, Progress]:
        """By annotator how far they are."""
        return {name: self._progress(one) for name, one in self._standings().items()}

    def agreement(self) -> list[Agreed]:
        """Each two annotators who are done; none before this one is."""
        found = self._standings()
        done = {n: one.said for n, one in found.items() if self._progress(one).done}
        return agreement(self._items, done) if self._annotator in done else []

    def _do(self, action: Mapping[str, Any]) -> None:
        match action.get("do"):
            case "answer":
                item = self._item(action)
                self._answers.add(item.id, self._answer(item, action))
            case "skip":
                self._answers.add(self._item(action).id, {SKIPPED: True})
            case "undo":
                order = self._known_order()
                if not order:
                    raise BadAction("there is nothing to undo")
                self._answers.add(order[-1], {UNDONE: True})
            case "again":
                for one in self._known_order():
                    if one in self._answers.standing.skipped:
                        self._answers.add(one, {UNDONE: True})
            case other:
                raise BadAction(f"do: {other!r} is none of answer, skip, undo, again")

    def _item(self, action: Mapping[str, Any]) -> Item:
        number = action.get("number")
        if (
            isinstance(number, bool)
            or not isinstance(number, int)
            or not 1 <= number <= len(self._items)
        ):
            raise BadAction(f"number: {number!r} is no item of 1 to {len(self._items)}")
        return self._items[number - 1]

    def _answer(self, item: Item, action: Mapping[str, Any]) -> dict[str, Any]:
        if item.kind == "pairs":
            choice = action.get("choice")
            if choice not in _CHOICES:
                raise BadAction(f"choice: {choice!r} is none of {', '.join(_CHOICES)}")
            sides = "ba" if self._swapped(item) else "ab"
            label = "tie" if choice == "tie" else sides[_CHOICES.index(choice)]
            return {"labels": {WHOLE: label}, "first": sides[0]}
        return {"labels": _labels(item, action.get("labels"))}

    def _swapped(self, item: Item) -> bool:
        return coin(self._seed, self._annotator, item.id)

    def _known_order(self) -> list[str]:
        """What was answered or skipped, of this set; the last one last."""
        ids = {item.id for item in self._items}
        return [one for one in self._answers.standing.order if one in ids]

    def _state(self) -> dict[str, Any]:
        standing = self._answers.standing
        seen = {*standing.said, *standing.skipped}
        place = next((n for n, item in enumerate(self._items) if item.id not in seen), None)
        found: dict[str, Any] = {
            "annotator": self._annotator,
            "kind": self._items[0].kind,
            "total": len(self._items),
            **self._progress(standing).as_dict(),
            "undo": bool(self._known_order()),
            "file": str(self._places.labels),
        }
        if place is None:
            return {**found, "item": None, "agreement": [str(one) for one in self.agreement()]}
        return {**found, "item": self._shown(place)}

    def _shown(self, place: int) -> dict[str, Any]:
        """An item as the annotator sees it."""
        item = self._items[place]
        responses = item.responses[::-1] if self._swapped(item) else item.responses
        return {
            "number": place + 1,
            "prompt": [{"role": turn.role, "text": turn.text} for turn in item.prompt],
            "responses": list(responses),
            "reference": reference_text(item.reference) if self._reference else None,
            "questions": [question.as_dict() for question in item.questions],
        }

    def _standings(self) -> dict[str, Standing]:
        """By annotator what they said; the others' as their files have it now."""
        return {
            name: self._answers.standing
            if name == self._annotator
            else read_answers(self._places.answers(name))
            for name in self._places.annotators()
        }

    def _everybody(self) -> dict[str, Mapping[str, Said]]:
        return {name: one.said for name, one in self._standings().items()}

    def _progress(self, standing: Standing) -> Progress:
        ids = {item.id for item in self._items}
        return Progress(
            len(ids & standing.said.keys()), len(ids & standing.skipped), len(self._items)
        )


def _labels(item: Item, given: Any) -> dict[str, Label | None]:
    """An answer by criterion, checked; at least one must be told."""
    if not isinstance(given, Mapping):
        raise BadAction("labels: should be an object of criteria and labels")
    asked = {question.name: question for question in item.asked}
    for name, label in given.items():
        if name not in asked:
            raise BadAction(f"labels: {name!r} is no criterion here")
        allowed = asked[name].labels
        if label is not None and (isinstance(label, bool) or label not in allowed):
            raise BadAction(f"labels.{name}: {label!r} is none of {', '.join(map(str, allowed))}")
    if all(label is None for label in given.values()):
        raise BadAction("labels: nothing is told; skip the item instead")
    return {name: given.get(name) for name in asked}
