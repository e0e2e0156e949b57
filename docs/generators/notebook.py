"""The notebook as a page: its text, its code, and the outputs that it was committed with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

NOTEBOOK: Final = Path(__file__).parents[1] / "notebook.ipynb"
PAGE: Final = NOTEBOOK.with_suffix(".md")
_NOTE: Final = """\

*Made by `make docs` from [notebook.ipynb](notebook.ipynb). A test runs it, and holds it against what is
shown.*
"""


def page() -> str:
    """The whole page."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    first, *others = [_cell(cell) for cell in cells]
    return "\n".join([first, _NOTE, *others])


def _cell(cell: dict[str, Any]) -> str:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return f"{source}\n"
    # Not `python`, which the tests of pages would run once more.
    shown = "".join(map(text_of, cell["outputs"])).rstrip("\n")
    return f"```py\n{source}\n```\n" + (f"\n```text\n{shown}\n```\n" if shown else "")


def text_of(output: dict[str, Any]) -> str:
    """What an output says in plain text; nothing of what is shown as a page."""
    if output["output_type"] == "stream":
        return "".join(output["text"])
    data = output.get("data", {})
    return "" if "text/html" in data else "".join(data.get("text/plain", ""))
