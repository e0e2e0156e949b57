"""The pages, up as long as a context."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nova_rft import loopback
from nova_rft.loopback import Serving
from nova_rft.project import Project
from nova_rft.ui._app import ui_app
from nova_rft.ui._feed import Feeds
from nova_rft.ui._labelling import PROGRAM, Sittings


@contextmanager
def serve(project: Project, port: int = 0, *, every_s: float = 5.0) -> Iterator[Serving]:
    """The pages over a project.

    Args:
        project: Whose.
        port: 0 takes a free one.
        every_s: Seconds between two looks at AWS, while somebody looks.

    Raises:
        UsageError: the port is in use.
    """
    feeds, sittings = Feeds(), Sittings(project)
    app = ui_app(project, feeds, sittings, every_s)
    try:
        with loopback.serve(app, port, program=PROGRAM, remember=True, ending=feeds.end) as serving:
            yield serving
    finally:
        sittings.close()
