"""`nova-rft pipeline approve` and `reject`: a person's word on a model."""

from __future__ import annotations

from typing import Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument, console
from nova_rft.cli.pipeline._common import RunOption, opened, show

WhyOption = Annotated[str | None, typer.Option("--why", help="The reason, kept with the run.")]


def approve(
    spec: SpecArgument = SPEC_FILE,
    run: RunOption = None,
    why: WhyOption = None,
    json: JsonOption = False,
) -> None:
    """Approve the model that waits for it: it is served."""
    from nova_rft.pipeline import decide

    project, place = opened(spec)
    show(decide(project, place, run, approved=True, why=why), "Approved", json=json)


def reject(
    spec: SpecArgument = SPEC_FILE,
    run: RunOption = None,
    why: WhyOption = None,
    json: JsonOption = False,
) -> None:
    """Leave the model that waits for approval unserved; it stays, and so does its run."""
    from nova_rft.pipeline import decide

    project, place = opened(spec)
    rejected = decide(project, place, run, approved=False, why=why)
    show(rejected, "Rejected", json=json)
    if rejected.trial and not json:
        console().print(
            "Its deployment for the comparison is still there: nova-rft serve-model --delete "
            f"{rejected.name}",
            markup=False,
            soft_wrap=True,
        )
