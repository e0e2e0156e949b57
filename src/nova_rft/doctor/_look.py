"""One thing that was looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum

from nova_rft.errors import NovaRftError


class State(StrEnum):
    """How a thing is."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen.

    Attributes:
        name: What was looked at, such as `Node.js and the CDK`.
        state: How it is.
        said: What was seen, in a sentence; where it is not good also how to mend it.
    """

    name: str
    state: State
    said: str

    def as_dict(self) -> dict[str, str]:
        """As documented for `doctor --json`."""
        return {key: str(value) for key, value in asdict(self).items()}


def look(name: str, see: Callable[[], str], *, otherwise: State = State.BAD) -> Look:
    """Looks; an error of ours says by its own sentence what is wrong and how to mend it.

    Args:
        name: What is looked at.
        see: Looks, and says what it saw.
        otherwise: How the thing is where that fails.
    """
    try:
        return Look(name, State.GOOD, see())
    except NovaRftError as error:
        return Look(name, otherwise, str(error))
