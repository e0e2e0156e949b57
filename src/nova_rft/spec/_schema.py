"""JSON Schemas of the files that people write, for their editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from nova_rft.spec._corpus import CorpusSpec
from nova_rft.spec._spec import Spec
from nova_rft.spec._stage import Stages

_KINDS: Final[Mapping[str, type[BaseModel]]] = {
    "spec": Spec,
    "stages": Stages,
    "corpus": CorpusSpec,
}


def json_schema(kind: str = "spec") -> dict[str, Any]:
    """The schema (draft 2020-12) of a spec, of `stages.yaml` or of a corpus file.

    An editor that knows it completes keys and underlines wrong ones. What depends on several keys at
    once, `nova-rft check` alone knows.

    Args:
        kind: `spec`, `stages` or `corpus`.
    """
    model = _KINDS[kind]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(mode="validation"),
    }
