"""The table of docs/scale.md that says what faults cost: who has measured it looks its row up."""

from __future__ import annotations

from tests.support import ROOT


def documented(engine: str, what: str, *, lost: int, twice: str) -> None:
    """Asserts that the page says of a fault what was measured."""
    row = f"| `{engine}` | {what} | {lost} | {twice} |"
    assert row in (ROOT / "docs" / "scale.md").read_text().splitlines(), row
