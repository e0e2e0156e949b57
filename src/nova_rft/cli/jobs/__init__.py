"""`nova-rft jobs`: the project's jobs, what kinds there are, and taking one over."""

import typer

from nova_rft.cli._examples import Examples, command
from nova_rft.cli.jobs import adopt, capabilities, clone, listing

app = typer.Typer(
    help="List the project's jobs, the newest first; capabilities, adopt, clone.",
    epilog=Examples("nova-rft jobs", "nova-rft jobs --status Completed --since 30d"),
    invoke_without_command=True,
)
app.callback()(listing.jobs)
command(app, "nova-rft jobs capabilities --technique dpo")(capabilities.capabilities)
command(app, "nova-rft jobs adopt my-notebook-job")(adopt.adopt)
command(app, "nova-rft jobs clone --set training.epochs=2 --out next.yaml")(clone.clone)

__all__ = ["app"]
