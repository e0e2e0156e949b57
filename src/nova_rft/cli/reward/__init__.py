"""`nova-rft reward`: the reward Lambda put to the test."""

import typer

from nova_rft.cli._examples import Examples, command
from nova_rft.cli.reward import test

app = typer.Typer(
    help="The reward Lambda, ours or anybody's: test.",
    epilog=Examples("nova-rft reward test --local"),
    no_args_is_help=True,
)
command(app, "nova-rft reward test", "nova-rft reward test --local", name="test")(test.test)


@app.callback()
def _group() -> None:
    """Keeps `test` a command of its own, though it is the only one."""


__all__ = ["app"]
