"""Which keys a file of the spec has at a place, for whoever wrote one that it has not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class _Named:
    """A mapping from names that people choose to models."""

    models: tuple[Any, ...]


def nearest(word: str, known: Iterable[str]) -> str:
    """A question after the known word that is nearest; empty where none is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" (did you mean {found[0]}?)" if found else ""


def known_keys(model: type[BaseModel], location: tuple[str | int, ...], key: str) -> str:
    """What to say of the keys that there are, after a sentence about one that there is not.

    Args:
        model: The file's, or that of the part that the location begins in.
        location: Where pydantic found the key.
        key: What was written.
    """
    known = sorted(_fields_at(model, location[:-1]))
    return nearest(key, known) or f"; keys here are {', '.join(known)}"


def _fields_at(model: type[BaseModel], location: tuple[str | int, ...]) -> set[str]:
    """Names of the fields of the model that a pydantic location leads to."""
    here: list[Any] = [model]
    for step in location:
        here = [found for candidate in here for found in _step(candidate, step)]
    return {name for candidate in here if _is_model(candidate) for name in candidate.model_fields}


def _is_model(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _step(candidate: Any, step: str | int) -> list[Any]:
    if isinstance(candidate, _Named):
        return list(candidate.models)
    if not _is_model(candidate):
        return [candidate]
    field = candidate.model_fields.get(str(step))
    if field is not None:
        return _models_in(field.annotation)
    # The step is the tag of a discriminated union: keep the branch that carries it.
    tags = {
        tag
        for info in candidate.model_fields.values()
        if get_origin(info.annotation) is not None
        for tag in get_args(info.annotation)
        if isinstance(tag, str)
    }
    return [candidate] if step in tags or isinstance(step, int) else []


def _models_in(annotation: Any) -> list[Any]:
    if _is_model(annotation):
        return [annotation]
    found = [one for part in get_args(annotation) for one in _models_in(part)]
    return [_Named(tuple(found))] if get_origin(annotation) in (dict, Mapping) else found
