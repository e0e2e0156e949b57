"""The FAQ quotes the code: each sentence is one of its own; every cause of an abstention is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from nova_rft.outcome import Cause
from tests.pages import DOCS, ROOT

PAGE = (DOCS / "faq.md").read_text()
# What stands for a part that differs.
_ANY = "…"


def test_every_sentence_is_one_of_the_code() -> None:
    quoted = [found[1] for found in re.findall(r"^### (`+ ?)(.+?) ?`+$", PAGE, re.MULTILINE)]
    assert len(quoted) > 30
    said = "\n".join(sorted(_said()))
    assert [sentence for sentence in quoted if sentence not in said] == []


def test_every_cause_of_an_abstention_is_explained() -> None:
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(Cause)


def _said() -> set[str]:
    found: set[str] = set()
    for file in (ROOT / "src" / "nova_rft").rglob("*.py"):
        found |= _texts(file)
    return found


def _texts(file: Path) -> set[str]:
    """Every text of a module, each of its holes as `…`."""
    return {
        "".join(part.value if isinstance(part, ast.Constant) else _ANY for part in node.values)  # type: ignore[misc]
        if isinstance(node, ast.JoinedStr)
        else node.value
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    }
