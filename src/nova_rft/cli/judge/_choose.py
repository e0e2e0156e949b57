"""The judge that a command is about."""

from __future__ import annotations

from typing import Annotated, TypeVar

import typer

from nova_rft.errors import UsageError

JudgeOption = Annotated[
    str | None,
    typer.Option(
        "--judge",
        help="In place of the spec's judges: scripted, replay:FILE, bedrock:MODEL or openai:URL#MODEL.",
    ),
]
TermOption = Annotated[
    str | None, typer.Option("--term", help="The term's name, where the reward has several.")
]

_Named = TypeVar("_Named")


def choose(found: dict[str, _Named], name: str | None, what: str) -> _Named:
    """The one that is named, or the only one.

    Raises:
        UsageError: there is none of that name, or none at all, or several and none was named.
    """
    if not found:
        raise UsageError(f"the reward has no {what}; add one to its terms")
    if name is None and len(found) > 1:
        raise UsageError(f"the reward has several: {', '.join(found)}; name one with --term")
    if name is not None and name not in found:
        raise UsageError(f"the reward has no {what} {name}; name one of {', '.join(found)}")
    return found[name] if name is not None else next(iter(found.values()))
