"""The local page's server: this machine alone, behind a secret in the address.

Other pages open in the same browser can send requests here, and a name of theirs may come to point
here (DNS rebinding). So the host that a request names must be this machine, the path must hold the
secret, and what changes something must come from our own page (its `Origin`) and be JSON, which no form
can send.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import urlsplit

from nova_rft.data import loads
from nova_rft.errors import NovaRftError, UsageError
from nova_rft.label._session import BadAction, Session
from nova_rft.label.page import page

_ADDRESS: Final = "127.0.0.1"
# Any port: it may be forwarded here from another one.
_OURSELVES: Final = ("127.0.0.1", "localhost", "::1")
_LONGEST: Final = 100_000
_SECURE: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_POLICY: Final = (
    "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class _Refused(Exception):
    """A request that is not served: a status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Serving:
    """A page that is up.

    Attributes:
        url: Its address, secret included.
    """

    def __init__(self, url: str, finished: threading.Event) -> None:
        self.url = url
        self._finished = finished

    def wait(self) -> None:
        """Until the annotator leaves; Ctrl-C gets through."""
        # A wait without end would not be interrupted on every system.
        while not self._finished.wait(0.5):
            pass


@contextmanager
def serve(session: Session, port: int = 0) -> Iterator[Serving]:
    """The page of a session, up as long as the context.

    Args:
        session: What is labelled.
        port: 0 takes a free one.

    Raises:
        UsageError: the port is in use.
    """
    secret = secrets.token_urlsafe(24)
    left = threading.Event()

    class Handler(_Handler):
        ours, token, finished = session, secret, left

    try:
        httpd = _Server((_ADDRESS, port), Handler)
    except OSError as error:
        raise UsageError(
            f"port {port}: {error.strerror}; name another with --port, or leave it out"
        ) from None
    thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Serving(f"http://{_ADDRESS}:{httpd.server_port}/{secret}/", left)
    finally:
        httpd.shutdown()
        thread.join()
        httpd.server_close()


class _Server(ThreadingHTTPServer):
    """Leaves no connection behind that could still act on a session which has ended.

    Browsers open connections ahead of need; each waits in a thread of its own for its first request.
    """

    # Python's five would have the system refuse the sixth of those that come at once.
    request_queue_size = 128

    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Ends what waits for a request, lets what is being answered come to its end."""
        for waiting in tuple(self._open):
            with suppress(OSError):
                waiting.shutdown(socket.SHUT_RD)
        super().server_close()


class _Handler(BaseHTTPRequestHandler):
    ours: Session
    token: str
    finished: threading.Event
    # A connection that says nothing is given up.
    timeout = 30

    def do_GET(self) -> None:
        with self._refusing():
            match self._path():
                case "":
                    nonce = secrets.token_urlsafe(16)
                    self._send(
                        200,
                        page(nonce).encode(),
                        "text/html; charset=utf-8",
                        {"Content-Security-Policy": _POLICY.format(nonce=nonce)},
                    )
                case "state":
                    self._send_json(200, self.ours.state())
                case _:
                    raise _Refused(404, "there is nothing here")

    def do_POST(self) -> None:
        with self._refusing():
            # Read whatever comes of it: a connection closed on unread bytes may lose the answer.
            body = self._body()
            if self._path() != "actions":
                raise _Refused(404, "there is nothing here")
            self._check_origin()
            action = _object(body)
            if action.get("do") == "finish":
                self._send_json(200, {"finished": True})
                self.finished.set()
                return
            self._send_json(200, self.ours.act(action))

    def _path(self) -> str:
        """What is asked for, below the secret.

        Raises:
            _Refused: the host is not this machine, or the secret is wrong.
        """
        with suppress(ValueError):
            if urlsplit(f"//{self.headers.get('Host', '')}").hostname in _OURSELVES:
                token, _, rest = urlsplit(self.path).path.removeprefix("/").partition("/")
                if secrets.compare_digest(token.encode(), self.token.encode()):
                    return rest
                raise _Refused(
                    404, "there is nothing here; use the address that nova-rft label printed"
                )
        raise _Refused(403, "this page is for this machine alone")

    def _check_origin(self) -> None:
        origin = self.headers.get("Origin")
        if origin is not None and origin != f"http://{self.headers['Host']}":
            raise _Refused(403, "this comes from another page")
        if self.headers.get_content_type() != "application/json":
            raise _Refused(415, "should be application/json")

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdecimal()):
            raise _Refused(411, "should say its length")
        if len(length) > 9 or int(length) > _LONGEST:
            raise _Refused(413, "is too long")
        return self.rfile.read(int(length))

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        """Answers with the reason where a request cannot be served."""
        # A browser that has gone needs no answer.
        with suppress(ConnectionError):
            try:
                yield
            except _Refused as refused:
                self._send_json(refused.status, {"problem": str(refused)})
            except BadAction as bad:
                self._send_json(400, {"problem": str(bad)})
            except NovaRftError as error:
                self._send_json(500, {"problem": str(error)})
            except OSError as error:
                if isinstance(error, ConnectionError | TimeoutError):
                    raise
                what = f"cannot be written: {error.strerror or error}"
                self._send_json(507, {"problem": f"{error.filename or 'the disk'}: {what}"})

    def _send_json(self, status: int, value: Any) -> None:
        self._send(status, json.dumps(value).encode(), "application/json", {})

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            **_SECURE,
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return "nova-rft"

    def log_message(self, format: str, *args: Any) -> None:
        pass


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = loads(body)
    except (ValueError, RecursionError) as error:
        raise _Refused(400, f"is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise _Refused(400, "should be an object")
    return found
