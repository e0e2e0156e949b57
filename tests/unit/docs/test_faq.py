"""The FAQ quotes the code: each sentence is one of its own; every cause of an abstention is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nova_rft.outcome import Cause
from tests.pages import DOCS, ROOT

PAGE = (DOCS / "faq.md").read_text()
# What stands for a part that differs.
_ANY = "…"


def test_every_sentence_is_one_of_the_code() -> None:
    quoted = [found[1] for found in re.findall(r"^### (`+ ?)(.+?) ?`+$", PAGE, re.MULTILINE)]
    assert len(quoted) > 30
    said = "\n".join(_said())
    assert [sentence for sentence in quoted if sentence not in said] == []


def test_every_cause_of_an_abstention_is_explained() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(Cause)


def _said() -> Iterator[str]:
    """Every text of the package, each of its holes as `…`."""
    for file in (ROOT / "src" / "nova_rft").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            match node:
                case ast.JoinedStr(values=parts):
                    yield "".join(
                        str(part.value) if isinstance(part, ast.Constant) else _ANY
                        for part in parts
                    )
                case ast.Constant(value=str() as text):
                    yield text
