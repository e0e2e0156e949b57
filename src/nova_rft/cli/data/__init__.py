"""`nova-rft data`: files of records, checked by the rules of their technique."""

import typer

from nova_rft.cli.data import check, rules

app = typer.Typer(help="Records: check, rules.", no_args_is_help=True)
app.command()(check.check)
app.command()(rules.rules)

__all__ = ["app"]
