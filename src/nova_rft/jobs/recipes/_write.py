"""A recipe's tree and its text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nova_rft.jobs.recipes._base import Rate, Tree, base, find
from nova_rft.jobs.recipes._settings import settings
from nova_rft.spec import Spec, recipe_of

if TYPE_CHECKING:
    from nova_rft.jobs._identity import Identity
    from nova_rft.jobs._place import Place


def recipe(spec: Spec, identity: Identity, place: Place) -> Tree:
    """AWS's recipe for a spec, with everything in it that the spec and its place say.

    Raises:
        UsageError: RFT without a published reward.
    """
    tree = base(recipe_of(spec.cell, spec.compute), spec.cell.name)
    for path, value in settings(spec, identity, place).items():
        branch, last = find(tree, path)
        branch[last] = _like(branch[last], value)
    return tree


def changes(spec: Spec, identity: Identity, place: Place) -> dict[str, Any]:
    """What of that AWS's own recipe does not say already, by where it holds it, as plain values."""
    tree = base(recipe_of(spec.cell, spec.compute), spec.cell.name)
    found = {}
    for path, value in settings(spec, identity, place).items():
        branch, last = find(tree, path)
        if _like(branch[last], value) != branch[last]:
            found[path] = value
    return found


def recipe_text(spec: Spec, identity: Identity, place: Place) -> str:
    """The same as YAML, byte for byte the same whenever it is asked."""
    from nova_rft.jobs.recipes._yaml import yaml_of  # Takes long to import.

    return yaml_of(recipe(spec, identity, place))


def _like(shipped: Any, value: Any) -> Any:
    """A value as AWS writes the one that it replaces: some numbers are texts there."""
    if isinstance(shipped, str) and isinstance(value, int | float):
        text = str(value).replace("e-0", "e-")
        return Rate(text) if isinstance(shipped, Rate) else text
    return value
