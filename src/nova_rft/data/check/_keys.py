"""What the two ways of reading a record share: the fast one, and the one that explains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

RESERVED: Final = ("User:", "Bot:", "Assistant:", "System:", "[EOS]", "<image>", "<video>")
# Refused by aws/nova-forge-sdk, and by no document of the services that was found.
SUSPECT: Final = ("SYSTEM:", "USER:", "BOT:", "ASSISTANT:", "Thought:", "<unk>")
ROLES: Final = ("system", "developer", "user", "assistant", "tool")
# Digests of a record's id (0: none) and of its content.
Keys = tuple[int, int]
Accept = Callable[[bytes], Keys | None]
_MASK: Final = (1 << 64) - 1


def keys_of(given_id: str | None, content: object) -> Keys:
    """Digests, of this process alone: equal things have equal ones."""
    return (hash(given_id) & _MASK or 1) if given_id is not None else 0, hash(content) & _MASK


def accept_none(_: bytes) -> Keys | None:
    """For records so few that each is looked at closely."""
    return None
