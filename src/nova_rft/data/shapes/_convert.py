"""From one shape of record into another; what has no place in the target is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nova_rft.data.shapes._read import READERS
from nova_rft.data.shapes._talk import Converted, Unconvertible
from nova_rft.data.shapes._write import WRITERS

# Where a record may come from, and where it may go.
SHAPES: Final = tuple(READERS)
TARGETS: Final = tuple(WRITERS)


def convert(
    record: Mapping[str, Any], source: str, target: str, columns: Mapping[str, str] | None = None
) -> Converted:
    """One record in another shape.

    Args:
        record: The record.
        source: One of `SHAPES`: OpenAI chat, Bedrock's conversation schema, columns of prompt and
            completion, columns of prompt, chosen and rejected, or Bedrock's invocation logs.
        target: One of `TARGETS`.
        columns: What the columns are called, such as `{"prompt": "question"}`.

    Raises:
        Unconvertible: the record is not of the source's shape, or lacks what the target needs.
        LeftOut: an entry of a log that is no example.
    """
    try:
        talk = READERS[source](record, columns or {})
    except (AttributeError, KeyError, TypeError) as error:
        raise Unconvertible(f"is not of the shape {source} ({error!r})") from None
    return WRITERS[target](talk)
