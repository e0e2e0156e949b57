"""`nova-rft data`: files of records: checked, converted, split."""

import typer

from nova_rft.cli.data import check, convert, rules, split

app = typer.Typer(help="Records: check, convert, split, rules.", no_args_is_help=True)
app.command()(check.check)
app.command()(convert.convert)
app.command()(split.split)
app.command()(rules.rules)

__all__ = ["app"]
