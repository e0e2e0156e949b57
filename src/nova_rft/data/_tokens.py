"""How many tokens a text is about, where no tokenizer is at hand."""

from __future__ import annotations

from typing import Final

# Four bytes of UTF-8 for a token: nobody's tokenizer, and said so.
BYTES_PER_TOKEN: Final = 4
