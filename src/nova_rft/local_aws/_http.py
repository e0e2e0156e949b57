"""HTTP for the server: threads, keep-alive, nothing more.

werkzeug's development server closes each connection after its answer; a job asks the judge thousands of
times, and opening a connection each time costs more than the answer. Here the body is read whole before
the application sees it, so that what follows on the connection is the next request.
"""

from __future__ import annotations

import contextlib
import io
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_to_bytes
from wsgiref.types import WSGIApplication, WSGIEnvironment

# Answers that have no body, and no length either (RFC 9110).
_BODILESS = (204, 304)


class HttpServer(ThreadingHTTPServer):
    """Serves one WSGI application on a loopback port."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, application: WSGIApplication) -> None:
        """Binds the port.

        Raises:
            OSError: it is in use.
        """
        super().__init__(("127.0.0.1", port), _Handler)
        self.application = application
        self.port = int(self.server_address[1])

    def server_bind(self) -> None:
        """Binds, but looks up no host name: that can take seconds."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; anything else goes to the log."""
        if not isinstance(sys.exception(), ConnectionError):
            traceback.print_exc()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Answers are small and written at once; a reader must not wait for a timer.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: HttpServer

    def _serve(self) -> None:
        body = self._body()
        if body is None:
            self.send_error(400)
            return
        status, headers, answer = self._call(_environ(self, body))
        code = int(status.split(None, 1)[0])
        self.send_response_only(code, status.partition(" ")[2])
        for name, value in headers:
            if name.lower() not in ("connection", "transfer-encoding"):
                self.send_header(name, value)
        if code not in _BODILESS and not any(
            name.lower() == "content-length" for name, _ in headers
        ):
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD" and code not in _BODILESS:
            self.wfile.write(answer)
        self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def handle_expect_100(self) -> bool:
        """Says "go on" at once; left in the buffer, the client would wait a second for it."""
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()
        return True

    def _call(self, environ: WSGIEnvironment) -> tuple[str, list[tuple[str, str]], bytes]:
        """Status, headers and body that the application answers."""
        started: list[Any] = ["500 Internal Server Error", []]

        def start(status: str, headers: list[tuple[str, str]], _: Any = None, /) -> Any:
            started[:] = status, headers
            return written.append

        written: list[bytes] = []
        try:
            parts = self.server.application(environ, start)
            try:
                written.extend(parts)
            finally:
                with contextlib.suppress(AttributeError):
                    parts.close()  # type: ignore[attr-defined]
        except Exception:
            # One request that breaks something must not end the connection without an answer.
            traceback.print_exc()
            return "500 Internal Server Error", [], b""
        return started[0], started[1], b"".join(written)

    def _body(self) -> bytes | None:
        """The request's body; None where it is framed wrongly, and the connection is then closed."""
        try:
            if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
                return b"".join(iter(self._chunk, b""))
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        except ValueError:
            self.close_connection = True
            return None

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        data = self.rfile.read(size)
        # A line end follows each chunk; after the last one trailers may come before it.
        while self.rfile.readline().strip() and not size:
            pass
        return data

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing of requests."""


def _environ(handler: _Handler, body: bytes) -> WSGIEnvironment:
    path, _, query = handler.path.partition("?")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": handler.command,
        "SCRIPT_NAME": "",
        # An ARN's slashes are escaped in the path as sent, and must stay so for our services.
        "RAW_URI": handler.path,
        "REQUEST_URI": handler.path,
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(handler.server.port),
        "SERVER_PROTOCOL": handler.request_version,
        "REMOTE_ADDR": handler.client_address[0],
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in handler.headers.items():
        key = "HTTP_" + name.upper().replace("-", "_")
        if key not in ("HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING"):
            environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ
