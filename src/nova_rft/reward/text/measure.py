"""Lengths and units of a text: characters, words, or tokens of a named tokenizer file."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from pathlib import Path

from nova_rft.errors import UsageError
from nova_rft.spec import Unit

Split = Callable[[str], Sequence[Hashable]]


def splitter(unit: Unit, tokenizer: str | None, folder: Path) -> Split:
    """What cuts a text into its units; a length is how many there are.

    Args:
        unit: Characters, words (what spaces separate) or tokens.
        tokenizer: A tokenizer.json, for tokens.
        folder: What the file's name is relative to.

    Raises:
        UsageError: the tokenizer file is missing or is none.
    """
    if unit is Unit.CHARACTERS:
        return str
    if unit is Unit.WORDS or tokenizer is None:
        return str.split
    return _tokens(folder / tokenizer)


def _tokens(file: Path) -> Split:
    from tokenizers import Tokenizer

    if not file.is_file():
        raise UsageError(f"{file}: no such tokenizer file; put a tokenizer.json there")
    try:
        made = Tokenizer.from_file(str(file))
    except Exception as error:
        # The library raises bare exceptions.
        raise UsageError(f"{file}: no tokenizer of Hugging Face's tokenizers ({error})") from None

    def tokens(text: str) -> Sequence[Hashable]:
        ids: list[int] = made.encode(text, add_special_tokens=False).ids
        return ids

    return tokens
