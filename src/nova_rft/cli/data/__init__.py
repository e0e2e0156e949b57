"""`nova-rft data`: files of records: checked, converted, split; corpora."""

import typer

from nova_rft.cli._examples import Examples, command
from nova_rft.cli.data import check, convert, corpus, distil, rules, split

app = typer.Typer(
    help="Records and corpora: check, convert, split, corpus, distil, rules.",
    epilog=Examples(
        "nova-rft data check data/train.jsonl", "nova-rft data split all.jsonl --by patient_id"
    ),
    no_args_is_help=True,
)
command(
    app,
    "nova-rft data check data/train.jsonl",
    "nova-rft data check train.jsonl --technique sft --fix mended.jsonl",
)(check.check)
command(app, "nova-rft data convert faq.csv --map prompt=question --to rft --out faq.jsonl")(
    convert.convert
)
command(app, "nova-rft data split all.jsonl --by patient_id")(split.split)
command(app, "nova-rft data corpus law.yaml --out law")(corpus.corpus)
command(app, "nova-rft data distil --estimate", "nova-rft data distil --out distilled")(
    distil.distil
)
command(app, "nova-rft data rules --technique sft")(rules.rules)

__all__ = ["app"]
