"""Deterministic splits: by a hash of what must stay together, so that related records do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from nova_rft.data._asked_of import asked_of


def part_of(record: Mapping[str, Any], share: float, by: str | None = None) -> bool:
    """Whether a record belongs to the validation set.

    The same on every machine, and for each record whatever else there is: adding records moves none.

    Args:
        record: The record.
        share: Of the validation set, 0 to 1.
        by: A field whose equal values stay together; without it what is asked does, so that records of
            one prompt are never on both sides.
    """
    key = record.get(by) if by else asked_of(record)
    text = json.dumps(key, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share
