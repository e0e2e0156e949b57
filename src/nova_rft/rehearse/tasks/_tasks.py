"""The built-in tasks and the flawed rewards: a spec and its records, with a truth beside the reward."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from nova_rft.errors import UsageError
from nova_rft.files import write_whole
from nova_rft.rehearse.tasks import _records as records

RECORDS: Final = 1000
Term = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """Something to learn.

    Attributes:
        name: Such as `format`.
        title: What is asked, in a few words.
        make: Makes a record.
        truth: The function of `rewards.py` that says whether a response is right.
        terms: The terms of a good reward.
        range: The reward's.
    """

    name: str
    title: str
    make: records.Make
    truth: str
    terms: tuple[Term, ...]
    range: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Flaw:
    """A reward for the format task that pays for something else than it means to.

    Attributes:
        name: Such as `length`.
        title: What is wrong, in a few words.
        terms: Its terms.
        range: The reward's.
        culprits: The terms that a verdict or a forecast may name.
        mended: Terms that are added to mend it, where the flaw is to be kept; may be none.
    """

    name: str
    title: str
    terms: tuple[Term, ...]
    range: tuple[float, float]
    culprits: frozenset[str]
    mended: tuple[Term, ...] = ()


def _function(name: str, function: str, **more: Any) -> Term:
    return {"name": name, "type": "python", "function": f"rewards:{function}", **more}


_SCHEMA: Final = {
    "type": "object",
    "required": ["name", "age", "city"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "city": {"type": "string"},
    },
}
_FORM: Final = {"name": "form", "type": "json_schema", "where": "whole", "json_schema": _SCHEMA}
_RIGHT: Final = {"name": "right", "type": "match", "within": "response", "weight": 0.8}

TASKS: Final[Mapping[str, Task]] = {
    task.name: task
    for task in (
        Task(
            "format",
            "a sentence on a person, to be written as JSON",
            records.form,
            "same_object",
            ({**_FORM, "weight": 0.2}, _RIGHT),
        ),
        Task(
            "summary",
            "minutes of a meeting, of which only the decision is to be told",
            records.summary,
            "same_words",
            ({"name": "likeness", "type": "rouge_l"},),
        ),
        Task(
            "arithmetic",
            "a bill of three things to be added up, the steps shown",
            records.arithmetic,
            "worked_out",
            ({"name": "right", "type": "match"},),
        ),
        Task(
            "repair",
            "a program of two steps with one wrong number",
            records.repair,
            "repaired",
            (_function("works", "repaired", clip=[0, 1]),),
        ),
    )
}

_SOFT_OVERLONG: Final = {
    "name": "overlong",
    "type": "soft_overlong",
    "max_length": 12,
    "buffer": 6,
    "weight": 2.0,
}
_TOKENS: Final = {
    "name": "repetition",
    "type": "repetition",
    "ngrams": [{"unit": "tokens", "n": 3, "tokenizer": "tokenizer.json"}],
    "weight": 2.0,
}

FLAWS: Final[Mapping[str, Flaw]] = {
    flaw.name: flaw
    for flaw in (
        Flaw(
            "length",
            "right answers, and a tenth for each word: longer looks more thorough",
            (
                {**_RIGHT, "weight": 1.0},
                _function("thorough", "words", weight=0.1, clip=[0, 40]),
            ),
            (0.0, 5.0),
            frozenset({"thorough"}),
            (_SOFT_OVERLONG, _TOKENS),
        ),
        Flaw(
            "keywords",
            "right answers, and something for each word of reasoning",
            (
                {**_RIGHT, "weight": 0.5},
                _function("reasoning", "connectives", weight=0.2, clip=[0, 40]),
            ),
            (0.0, 8.5),
            frozenset({"reasoning"}),
        ),
        Flaw(
            "form-only",
            "valid JSON of the right shape, whatever it says",
            (_FORM,),
            (0.0, 1.0),
            frozenset({"form"}),
        ),
        Flaw(
            "words-only",
            "right answers and length, against repetition of words alone: spaces are left out",
            (
                {**_RIGHT, "weight": 1.0},
                _function("thorough", "characters", weight=0.02, clip=[0, 200]),
                {
                    "name": "repetition",
                    "type": "repetition",
                    "ngrams": [{"unit": "words", "n": 2}],
                    "allowance": 0.0,
                    "weight": 2.0,
                },
            ),
            (-2.0, 5.0),
            frozenset({"thorough"}),
        ),
        Flaw(
            "confidence",
            "a judge that takes confidence for quality",
            (_function("judge", "impressed", clip=[0, 1]),),
            (0.0, 1.0),
            frozenset({"judge"}),
        ),
    )
}


def write_task(
    folder: Path, task: str, flaw: str = "", *, seed: int = 0, mend: bool = False
) -> Path:
    """Writes a built-in task as a spec with its records; gives back the spec's file.

    Args:
        folder: Where to; files of the same names are replaced.
        task: One of `TASKS`.
        flaw: One of `FLAWS`, for the format task alone; none: the good reward.
        seed: Of the records.
        mend: Whether what mends the flaw is added.

    Raises:
        UsageError: there is no such task or flaw.
    """
    found = TASKS.get(task)
    if found is None:
        raise UsageError(f"no built-in task {task}; there are {', '.join(TASKS)}")
    if flaw and (flaw not in FLAWS or task != "format"):
        raise UsageError(
            f"no flawed reward {flaw} for {task}; there are {', '.join(FLAWS)}, all for format"
        )
    train, validation = records.make_records(found.make, RECORDS, seed)
    for name, rows in (("train", train), ("validation", validation)):
        write_whole(folder / f"{name}.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    rewards = resources.files("nova_rft.rehearse.tasks").joinpath("rewards.py")
    write_whole(folder / "rewards.py", rewards.read_text(encoding="utf-8"))
    if mend:
        write_whole(folder / "tokenizer.json", _tokenizer(train))
    spec = folder / "nova-rft.yaml"
    write_whole(spec, _spec_text(found, FLAWS.get(flaw), mend))
    return spec


def _tokenizer(rows: list[records.Record]) -> str:
    from nova_rft.rehearse._habits import CONFIDENT, FILLERS
    from nova_rft.rehearse._tokenizer import train_tokenizer

    said = (str(row["demonstrations"][0]) for row in rows)
    return train_tokenizer([*said, *(f" {word}" for word in (*FILLERS, *CONFIDENT))] * 2)


def _spec_text(task: Task, flaw: Flaw | None, mend: bool) -> str:
    """The spec; JSON is YAML too, so terms are written as JSON, one a line."""
    terms = list(flaw.terms if flaw else task.terms)
    if flaw and mend:
        terms += flaw.mended
    # Never paid for: what the verdict holds the reward against.
    terms.append(_function("truth", task.truth, weight=0, clip=[0, 1]))
    low, high = flaw.range if flaw else task.range
    lines = "".join(f"    - {json.dumps(term)}\n" for term in terms)
    title = flaw.title if flaw else task.title
    return (
        f"# {title[0].upper()}{title[1:]}.\n"
        f"project: {task.name}{f'-{flaw.name}' if flaw else ''}\n"
        "model: amazon.nova-2-lite-v1:0:256k\n"
        "data: {train: train.jsonl, validation: validation.jsonl}\n"
        f"reward:\n  range: [{low}, {high}]\n  terms:\n{lines}"
    )
