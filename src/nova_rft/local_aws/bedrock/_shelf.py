"""What Bedrock remembers of one kind of thing: found by ARN, by name, and by the token that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, Generic, Protocol, TypeVar

from nova_rft.local_aws._protocol import ServiceError
from nova_rft.local_aws.bedrock._names import region_of


class Named(Protocol):
    """Whatever has an ARN and a name."""

    @property
    def arn(self) -> str:
        """Unique everywhere."""
        ...

    @property
    def name(self) -> str:
        """Unique in its region."""
        ...


T = TypeVar("T", bound=Named)


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """One thing, with its place in the order of their making.

    Attributes:
        serial: Later things have higher ones.
        thing: The thing.
        asked: The request that made it; None: a job did.
    """

    serial: int
    thing: T
    asked: Mapping[str, Any] | None


class Shelf(Generic[T]):
    """Things of one kind; whoever shares it between threads holds a lock."""

    def __init__(self, noun: str, conflict: str = "ConflictException") -> None:
        """An empty one.

        Args:
            noun: What messages call one of them.
            conflict: The error for a name or a token that is taken.
        """
        self._noun = noun
        self._conflict = conflict
        self._kept: dict[str, Kept[T]] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._tokens: dict[tuple[str, str], str] = {}
        self._serials = count(1)

    def made_by(self, asked: Mapping[str, Any], region: str) -> T | None:
        """The thing that this token made already: the same request is answered as the first time.

        The API's reference says that a repeated token is ignored without an error, and refers to
        EC2's page on idempotency, where the same token with other parameters is an error. Which code
        Bedrock uses for that is not documented; of those in the model this is the nearest.

        Raises:
            ServiceError: it made something from other parameters.
        """
        arn = self._tokens.get((region, asked.get("clientRequestToken", "")))
        if arn is None:
            return None
        known = self._kept[arn]
        if known.asked != asked:
            raise ServiceError(
                self._conflict,
                "The clientRequestToken was used for a request with other parameters",
            )
        return known.thing

    def refuse_name(self, name: str, region: str) -> None:
        """Refuses a name that is taken.

        Raises:
            ServiceError: it is.
        """
        if (region, name) in self._names:
            raise ServiceError(
                self._conflict, f"The {self._noun} name {name} is in use; choose another"
            )

    def put(self, thing: T, asked: Mapping[str, Any] | None = None) -> None:
        """Adds a thing whose name is free, and the request that made it."""
        region = region_of(thing.arn)
        self._kept[thing.arn] = Kept(next(self._serials), thing, asked)
        self._names[region, thing.name] = thing.arn
        token = (asked or {}).get("clientRequestToken")
        if token:
            self._tokens[region, token] = thing.arn

    def find(self, identifier: str, region: str) -> T:
        """The thing of an ARN or a name.

        Raises:
            ServiceError: there is none in this region.
        """
        known = self._kept.get(self._names.get((region, identifier), identifier))
        if known is None or region_of(known.thing.arn) != region:
            raise ServiceError(
                "ResourceNotFoundException", f"Could not find the {self._noun} {identifier}"
            )
        return known.thing

    def remove(self, thing: T) -> None:
        """Takes a thing away: its name and its token are free again."""
        known = self._kept.pop(thing.arn)
        region = region_of(thing.arn)
        del self._names[region, thing.name]
        self._tokens.pop((region, (known.asked or {}).get("clientRequestToken", "")), None)

    def all(self) -> list[Kept[T]]:
        """Everything, in the order of making."""
        return list(self._kept.values())

    def all_in(self, region: str) -> list[Kept[T]]:
        """Everything in a region, in the order of making."""
        return [one for one in self._kept.values() if region_of(one.thing.arn) == region]
