"""`nova-rft jobs`: the project's jobs, what kinds there are, and taking one over."""

import typer

from nova_rft.cli.jobs import adopt, capabilities, clone, listing

app = typer.Typer(help="The project's jobs, the newest first.", invoke_without_command=True)
app.callback()(listing.jobs)
app.command()(capabilities.capabilities)
app.command()(adopt.adopt)
app.command()(clone.clone)

__all__ = ["app"]
