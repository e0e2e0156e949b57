"""The page: one HTML document with its styles and its script, which needs nothing else."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources


def page(nonce: str, program: str, home: str = "") -> str:
    """The document. It holds nothing of what is labelled: its script asks for that.

    Args:
        nonce: What its policy lets styles and the script run by.
        program: What serves it.
        home: Where it leads back to; empty where it stands alone.
    """
    given = {"nonce": nonce, "served-by": escape(program), "leads-to": escape(home)}
    document = _document()
    for name, text in given.items():
        document = document.replace(f"{{{name}}}", text)
    return document


@cache
def _document() -> str:
    parts = {name: _text(f"page.{name}") for name in ("css", "js")}
    document = _text("page.html")
    for name, text in parts.items():
        document = document.replace(f"{{{name}}}", text)
    return document


def _text(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
