"""Recipes as YAML, their numbers as AWS's own files write them."""

from __future__ import annotations

import io
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import SafeRepresenter

from nova_rft.jobs.recipes._base import Rate, Tree

_FLOAT: Final = "tag:yaml.org,2002:float"


class _Representer(SafeRepresenter):
    """Of our own, because representers are kept by the class, and others write YAML as well."""


def yaml_of(tree: Tree) -> str:
    """A recipe's tree as text, with keys in their order."""
    writer = YAML(typ="safe", pure=True)
    writer.Representer = _Representer
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # Typed as None.
    writer.width = 1_000_000  # An ARN is not broken over two lines.
    text = io.StringIO()
    writer.dump(tree, text)
    return text.getvalue()


def _number(out: Any, value: Rate | float) -> ScalarNode:
    """A rate as it is, and other numbers so that YAML 1.1 takes them for numbers too.

    That wants a dot before an exponent.
    """
    text = str(value)
    if not isinstance(value, Rate) and "e" in text and "." not in text:
        text = text.replace("e", ".0e")
    node: ScalarNode = out.represent_scalar(_FLOAT, text)
    return node


_Representer.add_representer(Rate, _number)
_Representer.add_representer(float, _number)
