"""Who may ask: this machine alone, behind a secret.

Other pages open in the same browser can send requests here, and a name of theirs may come to point
here (DNS rebinding). So the host that a request names must be this machine, its path or its cookie must
hold the secret, and what changes something must come from our own page (its `Origin`) and be JSON, which
no form can send.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from contextlib import suppress
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nova_rft.errors import NovaRftError

# Any port: it may be forwarded here from another one.
_OURSELVES: Final = ("127.0.0.1", "localhost", "::1")
_LONGEST: Final = 100_000
_NOTHING: Final = "there is nothing here"
_SECURE: Final = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Refused(Exception):
    """A request that is not served: a status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


class Guard:
    """An application behind a secret, which it knows nothing of."""

    def __init__(self, app: ASGIApp, secret: str, *, program: str, remember: bool = False) -> None:
        """Takes what is guarded.

        Args:
            app: The application, as if it stood at the root.
            secret: The first part of each path.
            program: What printed the address.
            remember: Whether a browser that came by the secret is known by a cookie from then on, and
                sent to the path without it.
        """
        self._app = app
        self._secret = secret
        self._program = program
        self._remember = remember
        # Cookies know no ports: each run has a name of its own.
        self._cookie = f"nova-rft-{hashlib.sha256(secret.encode()).hexdigest()[:12]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request, or refuses it."""
        if scope["type"] != "http":
            return
        try:
            answer = self._admit(scope)
        except Refused as refused:
            answer = _refusal(Request(scope), refused)
        send = _secured(send)
        await (answer or self._app)(scope, receive, send)

    def _admit(self, scope: Scope) -> Response | None:
        """None where the application may answer; its root is settled then.

        Raises:
            Refused: the host is not this machine, the secret is wrong, or another page asks.
        """
        headers = Headers(scope=scope)
        if not _is_here(headers):
            raise Refused(403, "this page is for this machine alone")
        if scope["method"] not in ("GET", "POST"):
            raise Refused(501, f"{scope['method']} is not known here")
        token, _, rest = scope["path"].removeprefix("/").partition("/")
        if _same(token, self._secret):
            if self._remember:
                return self._introduced(rest)
            scope["root_path"] = f"/{token}"
        elif not self._known(headers):
            raise Refused(404, f"{_NOTHING}; use the address that {self._program} printed")
        _check_sent(scope["method"], headers)
        return None

    def _introduced(self, rest: str) -> Response:
        # By a page of ours and no redirect: where another site's link began this, such as a terminal
        # in the browser, a redirect would come without the cookie. One slash: two would begin a host.
        to = escape(quote(f"/{rest.lstrip('/')}"))
        answer = HTMLResponse(
            f'<!DOCTYPE html><title>nova-rft</title><meta http-equiv="refresh" content="0;url={to}">',
            headers={"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"},
        )
        answer.set_cookie(self._cookie, self._secret, httponly=True, samesite="strict", path="/")
        return answer

    def _known(self, headers: Headers) -> bool:
        if not self._remember:
            return False
        cookies: SimpleCookie = SimpleCookie()
        with suppress(CookieError):
            cookies.load(headers.get("cookie", ""))
        return self._cookie in cookies and _same(cookies[self._cookie].value, self._secret)


def _same(given: str, secret: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode())


def _is_here(headers: Headers) -> bool:
    with suppress(ValueError):
        return urlsplit(f"//{headers.get('host', '')}").hostname in _OURSELVES
    return False


def _check_sent(method: str, headers: Headers) -> None:
    """Another port of this machine is the same site to a browser: its cookies come along."""
    site = headers.get("sec-fetch-site", "none")
    if site not in ("none", "same-origin") and headers.get("sec-fetch-mode") != "navigate":
        raise Refused(403, "this comes from another page")
    if method == "GET":
        return
    length = headers.get("content-length", "")
    if not length.isdecimal():
        raise Refused(411, "should say its length")
    if len(length) > 9 or int(length) > _LONGEST:
        raise Refused(413, "is too long")
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{headers['host']}":
        raise Refused(403, "this comes from another page")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "should be application/json")


def _refusal(request: Request, refused: Refused) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        return PlainTextResponse(f"{refused}\n", refused.status)
    return JSONResponse({"problem": str(refused)}, refused.status)


def _secured(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _SECURE.items():
                headers.setdefault(name, value)
        await send(message)

    return sent


async def sent_object(request: Request) -> dict[str, Any]:
    """The JSON object that was sent.

    Raises:
        Refused: it is none.
    """
    body = await request.body()
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refused(400, "should be an object")
    return found


def refusing() -> dict[Any, Callable[[Request, Exception], Response]]:
    """For an application: what cannot be served is answered with the reason, as `problem`."""
    return {
        Refused: _answer_refused,
        HTTPException: lambda request, error: _refusal(request, Refused(404, _NOTHING)),
        NovaRftError: lambda request, error: _refusal(request, Refused(500, str(error))),
        OSError: _answer_disk,
    }


def _answer_refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)  # noqa: S101 - for type checkers
    return _refusal(request, error)


def _answer_disk(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)  # noqa: S101 - for type checkers
    what = f"cannot be written: {error.strerror or error}"
    return _refusal(request, Refused(507, f"{error.filename or 'the disk'}: {what}"))
