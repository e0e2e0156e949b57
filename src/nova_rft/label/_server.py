"""The labelling page's own application, for `nova-rft label` and for others that mount it."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from nova_rft import loopback
from nova_rft.label._session import BadAction, Session
from nova_rft.label.page import page
from nova_rft.loopback import Refused, Serving, refusing, sent_object

_PROGRAM: Final = "nova-rft label"
_POLICY: Final = (
    "default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@contextmanager
def serve(session: Session, port: int = 0) -> Iterator[Serving]:
    """The page of a session, up as long as the context.

    Args:
        session: What is labelled.
        port: 0 takes a free one.

    Raises:
        UsageError: the port is in use.
    """
    left = threading.Event()
    app = label_app(session, left.set)
    with loopback.serve(app, port, program=_PROGRAM, finished=left) as serving:
        yield serving


def label_app(
    session: Session, finish: Callable[[], None], *, program: str = _PROGRAM, home: str = ""
) -> Starlette:
    """The page of a session and what it asks, to be served or mounted; it guards nothing itself.

    Args:
        session: What is labelled.
        finish: Called when the annotator leaves.
        program: What serves it, for people.
        home: Where the page leads back to; empty where it stands alone.
    """

    async def document(request: Request) -> Response:
        nonce = secrets.token_urlsafe(16)
        policy = {"Content-Security-Policy": _POLICY.format(nonce=nonce)}
        return HTMLResponse(page(nonce, program, home), headers=policy)

    async def state(request: Request) -> Response:
        return _json(await run_in_threadpool(session.state))

    async def actions(request: Request) -> Response:
        action = await sent_object(request)
        if action.get("do") == "finish":
            finish()
            return _json({"finished": True})
        try:
            return _json(await run_in_threadpool(session.act, action))
        except BadAction as bad:
            raise Refused(400, str(bad)) from None

    return Starlette(
        routes=[
            Route("/", document),
            Route("/state", state),
            Route("/actions", actions, methods=["POST"]),
        ],
        exception_handlers=refusing(),
    )


def _json(value: Any) -> Response:
    # In ASCII: half a surrogate pair, which rollouts may hold, is no UTF-8.
    return Response(json.dumps(value), media_type="application/json")
