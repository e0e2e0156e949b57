"""What the commands share: their arguments, and where they print."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

SPEC_FILE = Path("nova-rft.yaml")

SpecArgument = Annotated[Path, typer.Argument(help="The spec.", show_default=True)]
SpecOption = Annotated[Path, typer.Option("--spec", help="The spec.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")]
# Of whatever starts a job: `submit`, and `pipeline start`.
AgainOption = Annotated[
    bool, typer.Option("--again", help="After a failed or stopped job: start the next attempt.")
]
UncalibratedOption = Annotated[
    bool,
    typer.Option(
        "--uncalibrated",
        help="Train even by judges that nobody compared with people, or that were found unfit.",
    ),
]


def console() -> Console:
    """Where people read: standard error, so that standard output stays for programs."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()
