"""How many records a training set may have, and sets that are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nova_rft.spec import DISTILLATION_RECORDS, RFT_RECORDS, SFT_NOVA_1, SFT_NOVA_2, Limit

if TYPE_CHECKING:
    from nova_rft.data.check._pass import Asked

_ADVISED_PAIRS = 1_000
_RECIPE_PROMPTS = 20_000
_EVALUATION_PROMPTS = 1_000


def count_problems(asked: Asked, records: int) -> Iterator[tuple[str, str]]:
    """Rule and what is wrong, for a whole file."""
    if not records and asked.technique != "rft":
        yield "file.empty", "holds no records"
        return
    if asked.technique == "evaluation":
        if asked.backend == "bedrock" and records > _EVALUATION_PROMPTS:
            what = f"{records:,} prompts; an evaluation takes {_EVALUATION_PROMPTS:,}"
            yield "evaluation.count", what
        return
    second = asked.model is not None and ("nova-2" in asked.model or "lite-v2" in asked.model)
    if not asked.training:
        if asked.technique == "sft" and second and asked.backend == "bedrock":
            what = "Nova 2 Lite refuses a validation set for SFT; leave it out"
            yield "sft.validation", what
        return
    if asked.technique == "rft" and records not in RFT_RECORDS:
        yield "rft.count", _outside("training records", records, RFT_RECORDS)
    elif asked.technique == "sft" and asked.model is not None:
        bounds = SFT_NOVA_2 if second else SFT_NOVA_1
        if records not in bounds:
            yield "sft.count", _outside("training records", records, bounds)
    elif asked.technique == "distillation":
        if asked.backend == "bedrock" and records not in DISTILLATION_RECORDS:
            yield "distillation.count", _outside("prompts", records, DISTILLATION_RECORDS)
        elif records > _RECIPE_PROMPTS:
            what = f"{records:,} prompts; a recipe takes {_RECIPE_PROMPTS:,}"
            yield "distillation.count", what
    elif asked.technique == "dpo":
        if records < _ADVISED_PAIRS:
            yield "dpo.count", f"{records:,} pairs; {_ADVISED_PAIRS:,} or more are advised"
        if second:
            yield "dpo.model", f"{asked.model} takes no DPO; use a Nova 1 model"


def _outside(what: str, records: int, bounds: Limit) -> str:
    return f"{records} {what}; the service takes {bounds} ({bounds.source}, read {bounds.read})"
