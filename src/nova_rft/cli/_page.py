"""Telling people where a local page is, and opening it."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from nova_rft.cli._common import console

PortOption = Annotated[int, typer.Option(min=0, max=65_535, help="Of the page; 0: a free one.")]
NoBrowserOption = Annotated[
    bool, typer.Option("--no-browser", help="Only print the page's address.")
]


def announce(url: str, says: str, *, browse: bool) -> None:
    """Prints a page's address, and opens it where there is a screen.

    Args:
        url: The address.
        says: What stands before it.
        browse: Whether to open it.
    """
    out = console()
    out.print(says, markup=False, soft_wrap=True)
    # Never broken over lines: it is there to be copied.
    out.print(url, markup=False, soft_wrap=True)
    # Without a screen Python would open a text browser in this very terminal.
    screen = sys.platform in ("darwin", "win32") or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    if browse and screen:
        import webbrowser

        webbrowser.open(url)
