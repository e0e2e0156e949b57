"""The page on the spec's keys, from the models that read a spec."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from nova_rft.spec import CAPABILITIES, CorpusSpec, Spec, Stages, Within

PAGE: Final = Path(__file__).parents[1] / "spec.md"
_PLAIN = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_HEAD: Final = """\
# The spec's keys

Made from the code by `make docs`; do not edit. Unknown keys are refused, with the nearest known one.
A range that a service keeps to is stated in `src/nova_rft/spec/_limits.py` with its source.
*Left out* says what the service then takes by its documentation; a recipe of AWS's may bring a value of
its own (`sagemaker-recipe`, `hyperpod`), and `nova-rft check` shows that one.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD, _capabilities()]
    seen: list[type[BaseModel]] = []
    waiting: list[type[BaseModel]] = [Spec, CorpusSpec, Stages]
    while waiting:
        model = waiting.pop(0)
        if model in seen:
            continue
        seen.append(model)
        parts.append(_section(model))
        waiting += [
            found for field in model.model_fields.values() for found in _models(field.annotation)
        ]
    return "\n".join(parts)


def _capabilities() -> str:
    titles = ("technique", "adapter", "backend", "model", "regions known", "source")
    rows = [
        _cells(c.technique, c.adapter, c.backend, f"`{c.model}`", ", ".join(c.regions), c.source)
        for c in CAPABILITIES
    ]
    head = f"{_cells(*titles)}\n{'|---' * len(titles)}|"
    return "\n".join(["## What goes with what\n", _SUBMITTED, head, *rows, ""])


def _cells(*texts: str) -> str:
    return f"| {' | '.join(texts)} |"


_SUBMITTED = """\
One cell a row; `nova-rft jobs capabilities` prints them with what each needs in the account. `submit`
starts them all; on HyperPod it writes the recipe and says the command.
"""


def _section(model: type[BaseModel]) -> str:
    text = " ".join((model.__doc__ or "").split())
    rows = [_row(name, field) for name, field in model.model_fields.items()]
    head = "| key | type | default | what it is |\n|---|---|---|---|"
    return "\n".join([f"## {model.__name__}\n", f"{text}\n", head, *rows, ""])


def _row(name: str, field: FieldInfo) -> str:
    kind = _type(field.annotation).replace("|", "\\|")
    return f"| `{name}` | {kind} | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "" if field.default_factory else "required"
    if field.default is None:
        return ""
    value = field.default
    if isinstance(value, StrEnum):
        return f"`{value.value}`"
    if isinstance(value, tuple):
        return ", ".join(_short(entry) for entry in value)
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def _short(value: Any) -> str:
    if not isinstance(value, BaseModel):
        return f"`{value}`"
    return "`{" + ", ".join(f"{k}: {v}" for k, v in value.model_dump(mode="json").items()) + "}`"


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " or ".join(f"`{word}`" for word in arguments)
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return " or ".join(f"`{word.value}`" for word in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    if origin is tuple:
        kinds = [_type(kind) for kind in arguments if kind is not Ellipsis]
        return f"list of {kinds[0]}" if Ellipsis in arguments else f"[{', '.join(kinds)}]"
    if annotation is Any:
        return "anything"
    if origin is dict:
        return f"mapping to {_type(arguments[1])}"
    if hasattr(annotation, "__metadata__"):
        limits = [note.limit for note in annotation.__metadata__ if isinstance(note, Within)]
        return _type(arguments[0]) + "".join(f", {limit}" for limit in limits)
    if origin is Union or arguments:
        return " | ".join(_type(kind) for kind in arguments if kind is not type(None))
    return _PLAIN[annotation]


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models(part)]
