"""Quoting text that must not be able to end its own quotation.

A rollout that holds the closing delimiter would break out of the quotation and speak to the judge as
if it were us. So the delimiter is made from a digest of everything that is quoted, which no text can
contain on purpose, and is checked all the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

_FENCED = re.compile(r"<<<([A-Z]+) ([0-9a-f]{16})>>>\n(.*?)\n<<<END \1 \2>>>", re.DOTALL)


def nonce_for(*texts: str) -> str:
    """16 hexadecimal digits that occur in none of the texts; equal texts give equal digits.

    Repeatable on purpose: the same judgement asked twice is the same request, which can be cached,
    recorded and replayed.
    """
    state = hashlib.sha256()
    for text in texts:
        state.update(len(text).to_bytes(8, "big"))
        state.update(text.encode("utf-8", "surrogatepass"))
    nonce = state.hexdigest()[:16]
    while any(nonce in text for text in texts):
        state.update(nonce.encode())
        nonce = state.hexdigest()[:16]
    return nonce


def fence(sections: Mapping[str, str], nonce: str) -> str:
    """Each section between lines that name it and carry the nonce."""
    return "\n\n".join(
        f"<<<{name} {nonce}>>>\n{text}\n<<<END {name} {nonce}>>>" for name, text in sections.items()
    )


def read_fenced(text: str) -> tuple[str, dict[str, str]]:
    """The nonce and the sections of a text made by `fence`; the first section's nonce counts."""
    found = _FENCED.search(text)
    if found is None:
        return "", {}
    nonce = found.group(2)
    sections = {m.group(1): m.group(3) for m in _FENCED.finditer(text) if m.group(2) == nonce}
    return nonce, sections
