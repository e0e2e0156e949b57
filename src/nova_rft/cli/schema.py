"""`nova-rft schema`: JSON Schemas for editors."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from nova_rft.cli._common import print_json


def schema(
    kind: Annotated[
        Literal["spec", "stages", "corpus"], typer.Argument(help="Of which file.")
    ] = "spec",
) -> None:
    """Print the JSON Schema of a spec, of stages.yaml or of a corpus file, for editors.

    With an editor's YAML extension, the spec's first line names it:

    # yaml-language-server: $schema=nova-rft.schema.json
    """
    from nova_rft.spec import json_schema

    print_json(json_schema(kind))
