"""Lists: which things are asked for, in what order, and a page of them at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from nova_rft.local_aws._protocol import ServiceError, moment
from nova_rft.local_aws.bedrock._shelf import Kept, T
from nova_rft.local_aws.bedrock._shown import ShownJob

S = TypeVar("S", bound=ShownJob)
# Where a request does not say how many (assumed: not documented).
_PAGE: Final = 100


def wanted(
    asked: Mapping[str, Any], name: str, status: str | None, created: datetime, word: str
) -> bool:
    """Whether the filters that all lists have let a thing through.

    Args:
        asked: The request.
        name: The thing's.
        status: The thing's; None where the list has no such filter.
        created: When it was made.
        word: What the bounds of that time begin with: `creationTime` or `created`.
    """
    after, before = (
        moment(asked[key]) if (key := word + bound) in asked else None
        for bound in ("After", "Before")
    )
    return (
        asked.get("nameContains", "") in name
        and asked.get("statusEquals") in (None, status)
        and (after is None or created > after)
        and (before is None or created < before)
    )


def listed(
    kept: Sequence[Kept[S]], asked: Mapping[str, Any], created: str
) -> tuple[list[S], str | None]:
    """One page of those jobs that the filters let through; as `page` gives it.

    Args:
        kept: All of them.
        asked: The request.
        created: What their time of making is called, in what is shown and in what is asked.
    """
    found = [
        one
        for one in kept
        if wanted(
            asked, one.thing.name, one.thing.shown["status"], one.thing.shown[created], created
        )
    ]
    return page(found, asked)


def page(found: Sequence[Kept[T]], asked: Mapping[str, Any]) -> tuple[list[T], str | None]:
    """One page, the newest first unless asked otherwise, and the token of the next.

    A token names the last thing of its page, not a place in the list: things that are made or taken
    away between two pages shift nothing.

    Raises:
        ServiceError: the token is none that was given out.
    """
    rising = asked.get("sortOrder") == "Ascending"
    ordered = found if rising else found[::-1]
    token = asked.get("nextToken")
    if token is not None:
        if not token.isdigit():
            raise ServiceError("ValidationException", "nextToken is none that was given out")
        last = int(token)
        ordered = [one for one in ordered if (one.serial > last if rising else one.serial < last)]
    size = int(asked.get("maxResults", _PAGE))
    shown = ordered[:size]
    rest = str(shown[-1].serial) if len(ordered) > size else None
    return [one.thing for one in shown], rest
