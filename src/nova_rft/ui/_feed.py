"""What is known of one thing, looked at again and again while somebody listens.

One look serves all who listen, and where nobody does there is none.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import anyio.to_thread

from nova_rft.errors import NovaRftError

# Seconds between two looks at most: after refusals, and where nothing is going on.
_SLOWEST_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look saw.

    Attributes:
        state: As the page is told, to be written as JSON.
        calm: Whether nothing is going on, so that the next look has time.
    """

    state: Mapping[str, Any]
    calm: bool = False


class Feed:
    """One thing; its methods belong to one event loop, its looks to threads."""

    def __init__(self, look: Callable[[], Seen], every_s: float) -> None:
        """Takes how it is looked at.

        Args:
            look: Called in a thread, by one look at a time.
            every_s: Seconds between two looks.
        """
        self._look = look
        self._every_s = every_s
        self._pause_s = every_s
        self._next_at = 0.0
        self._state: Mapping[str, Any] | None = None
        self._text = ""
        self._changed = asyncio.Event()
        self._left = asyncio.Event()
        self._listening = 0
        self._ended = False
        self._task: asyncio.Task[None] | None = None

    async def listen(self) -> AsyncIterator[str]:
        """What is known, as one line of JSON, and again whenever it changes.

        `state` is what the look saw, or null; `problem` a sentence where the last look failed, or null;
        `again_s` the seconds to the next one then.
        """
        self._listening += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll())
        told = ""
        try:
            while not self._ended:
                changed = self._changed
                if self._text != told:
                    told = self._text
                    yield told
                else:
                    await changed.wait()
        finally:
            self._listening -= 1
            if not self._listening:
                self._left.set()

    def end(self) -> None:
        """Sends everybody home."""
        self._ended = True
        self._left.set()
        self._tell(self._text)

    async def _poll(self) -> None:
        while self._listening and not self._ended:
            self._left.clear()
            # However often somebody comes and goes, AWS is not asked more often for it.
            with suppress(TimeoutError):
                await asyncio.wait_for(self._left.wait(), max(self._next_at - time.monotonic(), 0))
                continue
            await self._once()
            self._next_at = time.monotonic() + self._pause_s

    async def _once(self) -> None:
        problem = None
        try:
            # A call may hang for a minute, and whoever ends the program does not wait for it.
            seen = await anyio.to_thread.run_sync(self._look, abandon_on_cancel=True)
        except NovaRftError as error:
            problem = str(error)
        except Exception as error:
            # Whatever it is, the page is where somebody looks.
            problem = f"this cannot be shown: {type(error).__name__}: {error}"
        if problem is None:
            self._state = seen.state
            self._pause_s = max(self._every_s, _SLOWEST_S) if seen.calm else self._every_s
        else:
            self._pause_s = min(max(self._pause_s, self._every_s) * 2, _SLOWEST_S)
        again_s = None if problem is None else round(self._pause_s, 1)
        self._tell(
            json.dumps({"state": self._state, "problem": problem, "again_s": again_s}, default=str)
        )

    def _tell(self, text: str) -> None:
        self._text = text
        before, self._changed = self._changed, asyncio.Event()
        before.set()


class Feeds:
    """Everything that is listened to, by its topic."""

    def __init__(self) -> None:
        self._feeds: dict[str, Feed] = {}

    def of(self, topic: str, make: Callable[[], Feed]) -> Feed:
        """The feed of a topic, made when first asked for."""
        if topic not in self._feeds:
            self._feeds[topic] = make()
        return self._feeds[topic]

    def end(self) -> None:
        """Sends everybody home."""
        for feed in self._feeds.values():
            feed.end()
