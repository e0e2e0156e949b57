"""Which files beside the spec a reward needs: they go along wherever it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from nova_rft.spec._functions import FunctionTerm, OpenAIGraderTerm, PythonGrader
from nova_rft.spec._models import ReplayJudge
from nova_rft.spec._reward import RewardSpec
from nova_rft.spec._verifiers import CodeTerm


def reward_files(reward: RewardSpec) -> list[str]:
    """Files that the reward names (tokenizers, schemas, curves, its `files`).

    Relative to the spec's folder.
    """
    return sorted({*reward.files, *term_files(reward.terms)})


def term_files(terms: Sequence[Any]) -> list[str]:
    """Files that terms name, relative to the spec's folder."""
    return sorted({path for term in terms for path in _named(term)})


def reward_modules(terms: Sequence[Any]) -> list[str]:
    """Top-level names of the modules whose functions are terms."""
    return sorted(
        {term.module.partition(".")[0] for term in terms if isinstance(term, FunctionTerm)}
    )


def runs_programs(terms: Sequence[Any]) -> bool:
    """Whether a term runs programs."""
    return any(
        isinstance(term, CodeTerm)
        or (
            isinstance(term, OpenAIGraderTerm)
            and any(isinstance(grader, PythonGrader) for grader in term.graders)
        )
        for term in terms
    )


def _named(model: BaseModel) -> Iterator[str]:
    for key, value in model:
        if key in ("tokenizer", "file", "curve") and isinstance(value, str):
            # Recorded replies are a judge's on this machine alone; they are never deployed.
            if not isinstance(model, ReplayJudge):
                yield value
        elif isinstance(value, BaseModel):
            yield from _named(value)
        elif isinstance(value, tuple):
            for entry in value:
                if isinstance(entry, BaseModel):
                    yield from _named(entry)
