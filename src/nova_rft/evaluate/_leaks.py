"""Held-out records that were trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from nova_rft.data import Rollout
from nova_rft.errors import UsageError


def check_leaks(train: Iterable[Rollout], held_out: Iterable[Rollout], file: str) -> None:
    """Refuses records whose prompt is among the training prompts, but for case and blanks.

    Args:
        train: The training records.
        held_out: Those that are to be evaluated on.
        file: Where these come from, for the error.

    Raises:
        UsageError: there are such records.
    """
    known = {_digest(one) for one in train}
    digests = [_digest(one) for one in held_out]
    leaked = [place for place, one in enumerate(digests, start=1) if one in known]
    if leaked:
        raise UsageError(
            f"{file}: {len(leaked):,} of {len(digests):,} prompts are among the training records "
            f"(the first is record {leaked[0]:,}), so they would measure memory; take them out"
        )


def _digest(one: Rollout) -> bytes:
    text = " ".join(one.prompt_text.casefold().split())
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
