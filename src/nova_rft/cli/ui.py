"""`nova-rft ui`: pages over the project, live."""

from __future__ import annotations

from typing import Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, SpecOption
from nova_rft.cli._page import NoBrowserOption, PortOption, announce


def ui(
    spec: SpecOption = SPEC_FILE,
    every: Annotated[
        float, typer.Option(min=0.2, help="Seconds between two looks at AWS, while a page is open.")
    ] = 5.0,
    port: PortOption = 0,
    no_browser: NoBrowserOption = False,
) -> None:
    """Pages over the project in the browser, live: jobs, rollouts, calibration, labelling, rehearsals.

    For this machine alone, behind a secret in the address; Ctrl-C ends it, and touches no job.
    """
    from nova_rft.project import Project
    from nova_rft.ui import serve

    with serve(Project.load(spec), port, every_s=every) as serving:
        announce(serving.url, "The pages are at (Ctrl-C ends them):", browse=not no_browser)
        serving.wait()
