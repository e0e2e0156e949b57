"""Templates of OpenAI's graders: `{{ item.field }}` and `{{ sample.output_text }}`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from nova_rft.data import Rollout, loads

_HOLE: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_PATH: Final = re.compile(r"(?:item|sample)(?:\.\w+|\[(?:\d+|'[^']*'|\"[^\"]*\")\])+")
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]|\[['\"]([^'\"]*)['\"]\]")
# Of a sample a reward event holds the text alone.
_SAMPLE: Final = ("output_text", "output_json")


class Unfilled(ValueError):
    """A template that this rollout cannot fill, said in one sentence."""


def problems_of(template: str) -> list[str]:
    """Holes that nothing can fill here."""
    return [hole for hole in _HOLE.findall(template) if not _known(hole)]


def _known(hole: str) -> bool:
    if not _PATH.fullmatch(hole):
        return False
    return hole.startswith("item") or hole.split(".")[1].split("[")[0] in _SAMPLE


def names_of(rollout: Rollout) -> dict[str, Any]:
    """What templates see: the record as `item`, the response as `sample`."""
    item = {**rollout.metadata, "reference_answer": rollout.reference}
    sample: dict[str, Any] = {"output_text": rollout.response}
    # Where it is no JSON, a template that asks for it says so itself.
    with suppress(ValueError, RecursionError):
        sample["output_json"] = loads(rollout.response)
    return {"item": item, "sample": sample}


def fill(
    template: str, names: Mapping[str, Any], put: Callable[[str, str], str] = lambda _, text: text
) -> str:
    """The template with its holes filled.

    Args:
        template: The text.
        names: As `names_of` gives them.
        put: What stands in a hole, from its path and the text found there.

    Raises:
        Unfilled: the rollout's record has no such field.
    """
    return _HOLE.sub(lambda hole: put(hole[1], _text(_value(hole[1], names), hole[1])), template)


def _value(path: str, names: Mapping[str, Any]) -> Any:
    root = re.match(r"\w+", path)
    found: Any = names[root[0]] if root else None
    for name, index, key in _STEP.findall(path):
        try:
            found = found[int(index)] if index else found[name or key]
        except (KeyError, IndexError, TypeError):
            raise Unfilled(f"the template asks for {path}, which this rollout lacks") from None
    return found


def _text(value: Any, path: str) -> str:
    if value is None:
        raise Unfilled(f"the template asks for {path}, which this rollout lacks")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
