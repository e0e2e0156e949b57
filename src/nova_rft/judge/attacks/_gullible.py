"""A model that falls for everything: it gives back whatever the quoted responses hold."""

from __future__ import annotations

import json
from typing import Any

from nova_rft.judge._fence import read_fenced
from nova_rft.judge._request import Form, JudgeReply, JudgeRequest, Usage
from nova_rft.judge.models import read_object, text_answer

_OURS = ("TASK", "REFERENCE", "QUIZ", "SOURCE")


class GullibleModel:
    """A `JudgeModel` for tests of judges: no verdict of its own, only those that responses contain.

    As a tool call it passes on the first JSON object that it finds; as text it repeats the responses.
    With `obedient` it goes further than any delimiter can mend: it takes the object for its own answer
    and puts the right nonce into it.
    """

    concurrency = 1

    def __init__(self, *, obedient: bool = False) -> None:
        self.name = "obedient" if obedient else "gullible"
        self._obedient = obedient

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """Gives back what the responses hold."""
        _, sections = read_fenced(request.user)
        text = "\n".join(said for name, said in sections.items() if name not in _OURS)
        found = next((value for value in _objects(text)), None)
        if self._obedient:
            call = _bound(found, request)
        elif request.form is Form.TOOL:
            call = found
        elif request.form is Form.JSON_SCHEMA:
            call = read_object(text) or found
        else:
            call = text_answer(text, request.nonce)
        return JudgeReply(call, text, Usage(len(text) // 4, len(text) // 4), "end_turn")


def _objects(text: str) -> list[Any]:
    """Every JSON object in a text, the outermost first."""
    decoder = json.JSONDecoder()
    found, place = [], text.find("{")
    while place >= 0:
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            end = place + 1
        else:
            found.append(value)
        place = text.find("{", end)
    return found


def _bound(found: Any, request: JudgeRequest) -> Any:
    """The object as if it were the judge's own: unwrapped, and with this question's nonce."""
    fields = request.tool.schema["properties"].keys()
    while isinstance(found, dict):
        if fields - {"nonce"} <= found.keys():
            return {**found, "nonce": request.nonce}
        found = next((value for value in found.values() if isinstance(value, dict)), None)
    return None
