"""What of a judge's settings is words, and may be rewritten: its guidance, its criteria."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from nova_rft.spec import Criterion, PreferenceTerm, RubricTerm, canonical_json

# A judge that can be refined, and its words by the part that they stand in.
Refinable = RubricTerm | PreferenceTerm
Texts = dict[str, str]

GUIDANCE: Final = "guidance"
_CRITERION: Final = "criterion:"


class UnusableText(ValueError):
    """A text that cannot stand where it is meant to stand, said in one sentence."""


def texts_of(term: Refinable) -> Texts:
    """The words of each criterion (JSON of `question` and `anchors`), then the guidance."""
    found = {f"{_CRITERION}{one.name}": _of_criterion(one) for one in term.criteria}
    return {**found, GUIDANCE: term.guidance}


def with_texts(term: Refinable, texts: Mapping[str, str]) -> Refinable:
    """The judge with other words; what is counted (kind, numbers, weights, gates) stays as it is.

    Raises:
        UnusableText: a text is none that may stand there.
    """
    criteria = tuple(
        _with_words(one, texts.get(f"{_CRITERION}{one.name}", _of_criterion(one)))
        for one in term.criteria
    )
    guidance = texts.get(GUIDANCE, term.guidance)
    return validated(term, {"criteria": criteria, "guidance": guidance})


def validated(term: Refinable, changes: Mapping[str, Any]) -> Refinable:
    """A changed judge, checked as one that was read from a spec.

    Raises:
        UnusableText: the spec would refuse it.
    """
    fields = {**term.model_dump(mode="json"), **_plain(changes)}
    try:
        return type(term).model_validate(fields)
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in detail["loc"])
        raise UnusableText(f"{where}: {detail['msg']}") from None


def criterion_of(term: Refinable, part: str) -> Criterion | None:
    """The criterion that a part holds the words of; None for the guidance."""
    name = part.removeprefix(_CRITERION) if part.startswith(_CRITERION) else None
    return next((one for one in term.criteria if one.name == name), None)


def criterion_text(question: str, anchors: Mapping[str, str]) -> str:
    """A criterion's words as the text of its part."""
    return canonical_json({"question": question, "anchors": dict(anchors)})


def _of_criterion(criterion: Criterion) -> str:
    anchors = {str(number): means for number, means in criterion.anchors.items()}
    return criterion_text(criterion.question, anchors)


def _with_words(criterion: Criterion, text: str) -> Criterion:
    words = json.loads(text)
    if set(words["anchors"]) != {str(number) for number in criterion.anchors}:
        raise UnusableText(f"{criterion.name}: its numbers are not those of its scale")
    anchors = {int(number): means for number, means in words["anchors"].items()}
    if any(not means.strip() for means in anchors.values()):
        raise UnusableText(f"{criterion.name}: a number of its scale means nothing")
    return criterion.model_copy(update={"question": words["question"], "anchors": anchors})


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(changes)
    for key in ("criteria", "examples"):
        if key in found:
            found[key] = [one.model_dump(mode="json") for one in found[key]]
    return found
