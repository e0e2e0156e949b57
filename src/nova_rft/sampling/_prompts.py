"""Prompts to be answered, each known by all that its answers and their scores depend on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from nova_rft.data import Rollout
from nova_rft.errors import UsageError
from nova_rft.judge import free_question
from nova_rft.spec import digest


@dataclass(frozen=True, slots=True)
class Prompt:
    """A record whose prompt is to be answered.

    Attributes:
        key: Digest of prompt and settings; a later run knows the prompt by it.
        line: In the file of prompts.
        rollout: The record, without a response.
    """

    key: str
    line: int
    rollout: Rollout


def keyed(prompts: Iterable[tuple[int, Rollout]], *settings: Any) -> Iterator[Prompt]:
    """Each prompt once, with the digest of all that its outcome depends on.

    Args:
        prompts: Lines and records.
        settings: What else the outcome depends on, as JSON can hold it.

    Raises:
        UsageError: a prompt cannot be asked.
    """
    seen = set()
    for line, rollout in prompts:
        try:
            request = free_question(rollout.prompt)
        except ValueError as error:
            raise UsageError(f"line {line}: the prompt cannot be asked: {error}") from None
        said = [request.system, list(request.history), request.user]
        key = digest([said, rollout.reference, dict(rollout.metadata), *settings])[:32]
        if key not in seen:
            seen.add(key)
            yield Prompt(key, line, rollout)
