"""HyperPod: a job ends at a recipe and a command.

With the `sagemaker` package (extra `hyperpod`) the command is run where that is asked for
(`_start_hyperpod`); otherwise it is printed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from nova_rft.aws.session import Aws
from nova_rft.aws.storage import put, split_uri
from nova_rft.jobs.backends._backend import Order
from nova_rft.jobs.recipes import recipe_text
from nova_rft.jobs.requests import hyperpod_command, hyperpod_connect


@dataclass(frozen=True, slots=True)
class Plan:
    """What is left to do on the cluster.

    Attributes:
        recipe: The recipe on this machine.
        recipe_uri: The same in S3.
        connect: The command that says which cluster is meant; empty where the spec names none.
        command: The command that starts the job.
    """

    recipe: Path
    recipe_uri: str
    connect: list[str]
    command: list[str]


def recipe_uri(output_uri: str) -> str:
    """Where the recipe of a job lies that writes there."""
    return f"{output_uri}input/recipe.yaml"


def plan(aws: Aws, order: Order, folder: Path) -> Plan:
    """Writes the recipe, here and beside the job's output, and says the command."""
    text = recipe_text(order.spec, order.identity, order.place)
    uri = recipe_uri(order.place.output_uri)
    put(aws, *split_uri(uri), text.encode())
    folder.mkdir(parents=True, exist_ok=True)
    recipe = folder / "recipe.yaml"
    recipe.write_text(text, encoding="utf-8")
    place = replace(order.place, recipe_uri=uri)
    named = order.spec.compute is not None and order.spec.compute.cluster is not None
    return Plan(
        recipe,
        uri,
        hyperpod_connect(order.spec, place) if named else [],
        hyperpod_command(order.spec, order.identity, place),
    )
