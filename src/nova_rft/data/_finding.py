"""A finding: one rule that one place breaks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that one place breaks.

    Attributes:
        file: The file as the user named it.
        line: Counted from 1; 0 where the finding is about the whole file.
        path: Where in the record or spec, such as `messages[0].role`; empty for the whole of it.
        rule: The rule's id, such as `rft.no_user_turn`.
        severity: `error` stops a submission, `warning` does not.
        message: What is wrong and what would be right.
    """

    file: str
    line: int
    path: str
    rule: str
    severity: Severity
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path + ': ' if self.path else ''}{self.message} [{self.rule}]"

    def as_dict(self) -> dict[str, Any]:
        """The finding as documented for `--json`."""
        return asdict(self)
