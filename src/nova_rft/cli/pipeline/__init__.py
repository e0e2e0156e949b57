"""`nova-rft pipeline`: from records to a served model by a state machine in AWS."""

import typer

from nova_rft.cli.pipeline import deciding, running, showing

app = typer.Typer(
    help="From records to a served model, by a state machine in AWS; it needs no machine of yours.",
    no_args_is_help=True,
)
app.command()(running.start)
app.command()(showing.status)
app.command("list")(showing.listing)
app.command()(deciding.approve)
app.command()(deciding.reject)
app.command()(running.resume)
app.command()(running.stop)

__all__ = ["app"]
