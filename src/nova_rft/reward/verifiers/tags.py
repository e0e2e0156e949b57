"""The verifier of tags: each once, in their order."""

from __future__ import annotations

import re

from nova_rft.data import Rollout
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.spec import TagsTerm


class Tags(EachRollout):
    """1 when the response consists of the tags, each once and in order, else 0."""

    def __init__(self, spec: TagsTerm) -> None:
        self._spec = spec
        names = "|".join(re.escape(name) for name in spec.tags)
        self._any = re.compile(rf"<(/?)({names})>")

    def score_one(self, rollout: Rollout) -> Outcome:
        """1 or 0, with the first thing that is wrong."""
        problem = self._problem(rollout.response)
        return Score(float(not problem), {"problem": problem})

    def _problem(self, text: str) -> str:
        marks = list(self._any.finditer(text))
        wanted = [mark for name in self._spec.tags for mark in (f"<{name}>", f"</{name}>")]
        found = [mark[0] for mark in marks]
        if found != wanted:
            return f"has {' '.join(found[:12]) or 'no tags'} instead of {' '.join(wanted)}"
        ends = [0, *(place for mark in marks for place in mark.span()), len(text)]
        # Between marks: outside, inside the first, outside, inside the second, ..., outside.
        parts = [text[ends[i] : ends[i + 1]].strip() for i in range(0, len(ends), 2)]
        if not self._spec.outside and any(parts[::2]):
            return "has text outside its tags"
        if not self._spec.empty and not all(parts[1::2]):
            return "has an empty tag"
        return ""
