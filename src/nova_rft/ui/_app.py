"""The application: a document for each page, its files, and a stream of what it shows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from functools import partial
from typing import Final

import anyio.to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from nova_rft.loopback import Refused, refusing, sent_object
from nova_rft.project import Project
from nova_rft.ui._feed import Feed, Feeds, Seen
from nova_rft.ui._jobs import JobLook, jobs_look
from nova_rft.ui._labelling import Sittings, labelling_look, read_asked
from nova_rft.ui._local import calibration_look, rehearsal_look, rehearsals_look
from nova_rft.ui.page import document, file

_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Files of this machine; nobody is paid for a look.
_LOCAL_S: Final = 1.0


def ui_app(project: Project, feeds: Feeds, sittings: Sittings, every_s: float) -> Starlette:
    """The pages over a project, to be guarded and served.

    Args:
        project: Whose.
        feeds: What is listened to.
        sittings: Where labelling goes on.
        every_s: Seconds between two looks at AWS.
    """

    async def begin(request: Request) -> Response:
        asked = read_asked(await sent_object(request))
        # Copying a job's rollouts may take minutes, and whoever ends the program does not wait.
        at = await anyio.to_thread.run_sync(sittings.begin, asked, abandon_on_cancel=True)
        return JSONResponse({"at": at})

    def jobs(name: str) -> Feed:
        look: Callable[[], Seen] = JobLook(project, name) if name else jobs_look(project)
        return Feed(look, every_s)

    def rehearsals(name: str) -> Feed:
        return Feed(rehearsal_look(name) if name else rehearsals_look, _LOCAL_S)

    def calibration(_: str) -> Feed:
        return Feed(calibration_look(project), _LOCAL_S)

    def labelling(_: str) -> Feed:
        return Feed(partial(labelling_look, project), _LOCAL_S)

    made = {
        "jobs": jobs,
        "rehearsals": rehearsals,
        "calibration": calibration,
        "labelling": labelling,
    }

    async def events(request: Request) -> Response:
        topic, name = request.path_params["topic"], request.path_params.get("name", "")
        if topic not in made:
            raise Refused(404, "there is nothing here")
        feed = feeds.of(f"{topic}/{name}", lambda: made[topic](name))
        return StreamingResponse(_framed(feed), media_type="text/event-stream")

    async def report(request: Request) -> Response:
        name = request.path_params["name"]
        path, _ = await anyio.to_thread.run_sync(project.report, name, abandon_on_cancel=True)
        # It brings a policy of its own.
        return HTMLResponse(path.read_bytes())

    async def page(request: Request) -> Response:
        return HTMLResponse(document(project.spec), headers={"Content-Security-Policy": _POLICY})

    pages = (
        "/",
        "/jobs/{name:path}",
        "/rehearsals",
        "/rehearsals/{name}",
        "/calibration",
        "/labelling",
    )
    return Starlette(
        routes=[
            *(Route(path, page) for path in pages),
            Route("/labelling/begin", begin, methods=["POST"]),
            Route("/events/{topic}", events),
            Route("/events/{topic}/{name:path}", events),
            Route("/files/{name}", _file),
            Route("/report/{name:path}", report),
            Mount("/label", sittings),
        ],
        exception_handlers=refusing(),
    )


async def _file(request: Request) -> Response:
    found = file(request.path_params["name"])
    if found is None:
        raise Refused(404, "there is nothing here")
    text, kind = found
    return Response(text, media_type=kind)


async def _framed(feed: Feed) -> AsyncIterator[str]:
    """As the browser's `EventSource` reads it; it comes back after a second where it was cut off."""
    yield "retry: 1000\n\n"
    async with aclosing(feed.listen()) as said:  # type: ignore[type-var] # a generator
        async for line in said:
            yield f"data: {line}\n\n"
