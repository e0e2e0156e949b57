"""`nova-rft pipeline approve` and `reject`: a person's word on a model."""

from __future__ import annotations

from typing import Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecArgument
from nova_rft.cli.pipeline._common import RunOption, opened, show

WhyOption = Annotated[str | None, typer.Option("--why", help="The reason, kept with the run.")]


def approve(
    spec: SpecArgument = SPEC_FILE,
    run: RunOption = None,
    why: WhyOption = None,
    json: JsonOption = False,
) -> None:
    """Have the model served that waits for approval.

    Example: nova-rft pipeline approve examples/gsm8k-math/nova-rft.yaml
    """
    from nova_rft.pipeline import decide

    project, place = opened(spec)
    show(decide(project, place, run, approved=True, why=why), "Approved", json=json)


def reject(
    spec: SpecArgument = SPEC_FILE,
    run: RunOption = None,
    why: WhyOption = None,
    json: JsonOption = False,
) -> None:
    """Leave the model that waits for approval unserved; it stays, and so does its run.

    Example: nova-rft pipeline reject examples/gsm8k-math/nova-rft.yaml --why "worse on long answers"
    """
    from nova_rft.pipeline import decide

    project, place = opened(spec)
    show(decide(project, place, run, approved=False, why=why), "Rejected", json=json)
