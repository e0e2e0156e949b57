"""`nova-rft pipeline`: from records to a served model by a state machine in AWS."""

import typer

from nova_rft.cli._examples import Examples, command
from nova_rft.cli.pipeline import deciding, running, showing

app = typer.Typer(
    help="From records to a served model, by a state machine in AWS; it needs no machine of yours.",
    epilog=Examples("nova-rft pipeline start", "nova-rft pipeline status"),
    no_args_is_help=True,
)
command(app, "nova-rft pipeline start")(running.start)
command(app, "nova-rft pipeline status")(showing.status)
command(app, "nova-rft pipeline list", name="list")(showing.listing)
command(app, "nova-rft pipeline approve")(deciding.approve)
command(app, 'nova-rft pipeline reject --why "worse on long answers"')(deciding.reject)
command(app, "nova-rft pipeline resume")(running.resume)
command(app, "nova-rft pipeline stop")(running.stop)

__all__ = ["app"]
