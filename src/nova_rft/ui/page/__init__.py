"""The pages' files: one document for all of them, its styles, and scripts as the browser reads them."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources
from typing import Final

from nova_rft.spec import Spec

_KINDS: Final = {"css": "text/css", "js": "text/javascript"}


def document(spec: Spec) -> str:
    """The document. It holds nothing of the project but its name: its script asks for the rest."""
    text = _text("page.html")
    given = {"project": spec.project, "stage": spec.stage, "region": spec.region or ""}
    for name, value in given.items():
        text = text.replace(f"{{{name}}}", escape(value))
    return text


def file(name: str) -> tuple[str, str] | None:
    """A file's text and media type; None where it is none of ours."""
    kind = _KINDS.get(name.rpartition(".")[2])
    return (_text(name), kind) if kind and name in _names() else None


@cache
def _names() -> frozenset[str]:
    return frozenset(one.name for one in resources.files(__name__).iterdir())


@cache
def _text(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
