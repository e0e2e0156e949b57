"""The templates of this package, and the style and the script that every page of it carries."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nova_rft.report import _wording as wording
from nova_rft.report._curves import is_held_out


def style() -> str:
    """The style sheet of every page, light and dark, for screens and paper."""
    return _text("page.css")


def script() -> str:
    """What makes tables sort and filter, and rollouts stand side by side; it loads nothing."""
    return _text("page.js")


@cache
def environment() -> Environment:
    """The templates, with this package's words for numbers; all that is filled in gets escaped."""
    environment = Environment(
        loader=PackageLoader("nova_rft", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        num=wording.number,
        signed=wording.signed,
        figure=wording.figure,
        dollars=wording.dollars,
        money=wording.money,
        place=lambda backend: wording.BACKENDS.get(backend, backend),
        short=wording.short,
        pct=wording.percent,
        counted=wording.counted,
        duration=wording.duration,
        when=wording.when,
    )
    environment.tests["held_out"] = is_held_out
    code = script()
    digest = hashlib.sha256(code.encode()).digest()
    environment.globals.update(
        css=Markup(style()),  # noqa: S704 - a file of this package
        js=Markup(code),  # noqa: S704 - a file of this package
        # The one script that the page's policy lets run.
        js_digest=f"sha256-{base64.b64encode(digest).decode()}",
    )
    return environment


def _text(name: str) -> str:
    return resources.files("nova_rft.report").joinpath(name).read_text(encoding="utf-8")
