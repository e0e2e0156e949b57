"""What the commands share: their arguments, and where they print."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from rich.console import Console

# That an account is meant.
_AWS = frozenset({"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"})
SPEC_FILE = Path("nova-rft.yaml")
# By the flag `--stage`, where it was given.
_STAGE: Final[list[str]] = []
_COMMAND: Final = re.compile(r"\bnova-rft (?=[a-z])")

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


def of_spec(spec: Path, option: str = "") -> str:
    """What a next command adds to mean the same spec: nothing where it has the usual name."""
    return "" if spec == SPEC_FILE else f" {option}{spec}"


def has_aws() -> bool:
    """Whether anything on this machine or in the environment speaks of an AWS account."""
    return not _AWS.isdisjoint(os.environ) or (Path.home() / ".aws").exists()


def say_deploy(spec: Path, before: str = "") -> None:
    """Says that deploying comes next; where no account is known, the embedded AWS comes before it."""
    deploy = f"nova-rft deploy{of_spec(spec)}"
    if has_aws():
        console().print(f"{before}Next: {deploy}", soft_wrap=True)
        return
    from nova_rft.init import local_up
    from nova_rft.local_aws import status
    from nova_rft.project import state_folder

    first = 'eval "$(nova-rft local env)"' if status(state_folder()) else local_up(spec)
    console().print(f"{before}Next: {first}", soft_wrap=True)
    console().print(f"(No AWS account is known here; with one: {deploy})", soft_wrap=True)


def work_in(stage: str) -> None:
    """Remembers a stage that was given by the flag: commands that are named next get it too."""
    _STAGE[:] = [stage]


def in_stage(text: str) -> str:
    """A text whose commands mean the stage that was given: as they stand they would mean the spec's."""
    return _COMMAND.sub(f"nova-rft --stage {_STAGE[0]} ", text) if _STAGE else text


def console() -> Console:
    """Where people read: standard error, so that standard output stays for programs."""
    from rich.console import Console

    class Staged(Console):
        def print(self, *objects: Any, **how: Any) -> None:
            super().print(*(in_stage(o) if isinstance(o, str) else o for o in objects), **how)

    return Staged(stderr=True, highlight=False)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    sys.stdout.flush()
