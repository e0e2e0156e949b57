"""`--map`: what columns are called."""

from __future__ import annotations

from collections.abc import Sequence

from nova_rft.errors import UsageError


def column_names(given: Sequence[str]) -> dict[str, str]:
    """Columns by what they mean, such as `{"prompt": "question"}` for `prompt=question`.

    Raises:
        UsageError: an entry has another form.
    """
    wrong = [entry for entry in given if not all(entry.partition("="))]
    if wrong:
        raise UsageError(f"--map {wrong[0]}: write it as prompt=COLUMN")
    return {key: name for key, _, name in (entry.partition("=") for entry in given)}
