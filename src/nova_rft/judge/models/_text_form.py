"""Answers in the forms that are text: one JSON object, alone or between two lines with the nonce."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from nova_rft.data import loads
from nova_rft.judge._request import JudgeRequest

_ASKED: Final = """

Answer in plain text; think first if you need to. Then write these three lines, with the nonce that you
are given in the place of "nonce", without code fences, and nothing after them:
<<<ANSWER nonce>>>
one JSON object
<<<END ANSWER nonce>>>
The object fits this JSON Schema:
"""


def text_system(request: JudgeRequest) -> str:
    """The system text with the form of the answer; as constant as the request's own."""
    return request.system + _ASKED + json.dumps(request.tool.schema)


def schema_in(system: str) -> Mapping[str, Any] | None:
    """The schema that a text made by `text_system` asks for; None where it is none."""
    found = system.rpartition(_ASKED)[2] if _ASKED in system else ""
    schema = read_object(found)
    return schema if isinstance(schema, Mapping) else None


def text_answer(text: str, nonce: str) -> Any:
    """The object between the answer's lines; None unless there is exactly one such place."""
    opened, closed = (re.escape(f"<<<{word} {nonce}>>>") for word in ("ANSWER", "END ANSWER"))
    if len(re.findall(opened, text)) != 1 or len(re.findall(closed, text)) != 1:
        return None
    found = re.search(
        rf"^{opened}[ \t]*\r?\n(.*)\n[ \t]*{closed}[ \t]*\r?$", text, re.DOTALL | re.M
    )
    return None if found is None else read_object(found[1])


def read_object(text: Any) -> Any:
    """A JSON object, strictly: NaN, a key twice, or anything around it makes it None."""
    if not isinstance(text, str):
        return None
    try:
        value = loads(text, unique_keys=True)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
