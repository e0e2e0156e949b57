"""`nova-rft reward`: the reward Lambda put to the test."""

import typer

from nova_rft.cli.reward import test

app = typer.Typer(help="The reward Lambda.", no_args_is_help=True)
app.command("test")(test.test)


@app.callback()
def _group() -> None:
    """Keeps `test` a command of its own, though it is the only one."""


__all__ = ["app"]
