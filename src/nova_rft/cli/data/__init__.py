"""`nova-rft data`: files of records: checked, converted, split; corpora."""

import typer

from nova_rft.cli.data import check, convert, corpus, distil, rules, split

app = typer.Typer(help="Records and corpora.", no_args_is_help=True)
app.command()(check.check)
app.command()(convert.convert)
app.command()(split.split)
app.command()(corpus.corpus)
app.command()(distil.distil)
app.command()(rules.rules)

__all__ = ["app"]
