"""Cutting documents where their structure allows it: sections, paragraphs, sentences, words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nova_rft.data._tokens import BYTES_PER_TOKEN
from nova_rft.errors import UsageError
from nova_rft.spec import Chunks

# A text denser than its document's mean is cut again, a little shorter; more rounds never came up.
_ROUNDS: Final = 8


def tokens_of(text: str) -> int:
    """Tokens of a text, estimated: Nova's tokenizer is not public."""
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def chunks_of(text: str, bounds: Chunks, *, markdown: bool) -> Iterator[str]:
    """The pieces of one document, none of more tokens than `bounds` says.

    Args:
        text: The document.
        bounds: How long a piece may be, and how much it repeats of the one before.
        markdown: Whether headings, lists and tables are what they look like.

    Raises:
        UsageError: the library that cuts is not installed.
    """
    if tokens_of(text) <= bounds.tokens:
        yield text
        return
    try:
        from semantic_text_splitter import MarkdownSplitter, TextSplitter
    except ImportError:
        raise UsageError(
            "cutting documents needs a library; install it: pip install 'nova-rft[corpora]'"
        ) from None
    splitter = MarkdownSplitter if markdown else TextSplitter
    # The library counts characters; how many of them make a token differs between scripts.
    per_token = len(text) / tokens_of(text)
    waiting = [(text, 1.0)]
    for _ in range(_ROUNDS):
        again: list[tuple[str, float]] = []
        for piece, shorter in waiting:
            if tokens_of(piece) <= bounds.tokens:
                again.append((piece, shorter))
                continue
            most = max(1, int(bounds.tokens * per_token * shorter))
            overlap = min(int(bounds.overlap * per_token * shorter), most - 1)
            cut = splitter(most, overlap=overlap, trim=True).chunks(piece)
            again += [(part, shorter * 0.8) for part in cut]
        waiting = again
        if all(tokens_of(piece) <= bounds.tokens for piece, _ in waiting):
            break
    yield from (piece for piece, _ in waiting if piece)
