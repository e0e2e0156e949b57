"""The page on what records are held to, from the rules themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nova_rft.data import RULES

PAGE: Final = Path(__file__).parents[1] / "rules.md"
_HEAD: Final = """\
# Rules for records

Made from the code by `make docs`; do not edit. `nova-rft data rules` prints the same. What a reward's
judges and programs need of a record is checked beside these by `nova-rft check`.
"""


def page() -> str:
    """The whole page."""
    rows = [
        f"| `{rule.id}` | {rule.severity} | {', '.join(rule.techniques)} | {rule.text} | {rule.source} |"
        for rule in RULES.values()
    ]
    head = "| rule | severity | records of | what is right | source |\n|---|---|---|---|---|"
    return "\n".join([_HEAD, head, *rows, ""])
