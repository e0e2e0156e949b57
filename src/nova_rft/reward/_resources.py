"""What terms are made with, beside what the spec says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from nova_rft.reward._models import Models
from nova_rft.sandbox import CodeRunner, LocalRunner


@dataclass(frozen=True, slots=True)
class Resources:
    """What a reward's terms reach for.

    Attributes:
        models: Gives the judge model that a spec names.
        folder: What the files and modules that a spec names are relative to.
        code: Runs the programs of responses.
    """

    models: Models
    folder: Path = field(default_factory=Path)
    code: CodeRunner = field(default_factory=LocalRunner)
