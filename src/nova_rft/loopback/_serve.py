"""What serves a page: uvicorn in a thread, on 127.0.0.1, up as long as a context."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from nova_rft.errors import UsageError
from nova_rft.loopback._guard import Guard

_ADDRESS: Final = "127.0.0.1"
# Python's few would have the system refuse the next of those that come at once.
_QUEUE: Final = 128
# Seconds for what is being answered when the page goes down.
_GRACE_S: Final = 1


class Serving:
    """A page that is up.

    Attributes:
        url: Its address, secret included.
    """

    def __init__(self, url: str, finished: threading.Event) -> None:
        self.url = url
        self._finished = finished

    def wait(self) -> None:
        """Until the page is left, where it can be; Ctrl-C gets through."""
        # A wait without end would not be interrupted on every system.
        while not self._finished.wait(0.5):
            pass


@contextmanager
def serve(
    app: ASGIApp,
    port: int = 0,
    *,
    program: str,
    remember: bool = False,
    finished: threading.Event | None = None,
    ending: Callable[[], None] = lambda: None,
) -> Iterator[Serving]:
    """An application, up as long as the context.

    Args:
        app: The application.
        port: 0 takes a free one.
        program: What prints the address.
        remember: See `Guard`.
        finished: Set by the application when the page is left.
        ending: Called in the application's loop when it is to end its streams.

    Raises:
        UsageError: the port is in use.
    """
    secret = secrets.token_urlsafe(24)
    with _listening(port) as listening:
        server = _Server(Guard(app, secret, program=program, remember=remember), ending)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            url = f"http://{_ADDRESS}:{listening.getsockname()[1]}/{secret}/"
            yield Serving(url, finished or threading.Event())
        finally:
            server.leave()
            thread.join()


def _listening(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # A port that a page has just left is free.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((_ADDRESS, port))
        # Before the server is up, so that nobody who knows the address is refused.
        made.listen(_QUEUE)
    except OSError as error:
        made.close()
        raise UsageError(
            f"port {port}: {error.strerror}; name another with --port, or leave it out"
        ) from None
    return made


class _Server(uvicorn.Server):
    """Waits to be told to leave; uvicorn looks ten times a second whether it should."""

    def __init__(self, app: ASGIApp, ending: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                loop="asyncio",
                lifespan="off",
                backlog=_QUEUE,
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self._ending = ending
        self._leaving = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left: asyncio.Event | None = None

    def leave(self) -> None:
        """From any thread: no new requests; what is being answered comes to its end."""
        self._leaving.set()
        if self._loop is not None and self._left is not None:
            self._loop.call_soon_threadsafe(self._left.set)

    async def main_loop(self) -> None:
        """Until it is left."""
        self._left = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        # Told to before it was ready.
        if not self._leaving.is_set():
            await self.on_tick(0)
            await self._left.wait()
        self._ending()
