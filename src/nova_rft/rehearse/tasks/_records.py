"""Records of the built-in tasks, made by a seed: prompts whose right answers are known for certain."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, Final

from nova_rft.rehearse.tasks.rewards import run

_NAMES: Final = ("Ann", "Bob", "Cleo", "Dan", "Eve", "Finn")
_CITIES: Final = ("Rome", "Oslo", "Lima", "Cairo", "Paris", "Quito")
_GOODS: Final = ("rice", "salt", "tea", "milk", "bread", "soap")
_ACTS: Final = ("sends", "checks", "writes", "prints")
_THINGS: Final = ("report", "budget", "plan", "letter")
_TALK: Final = (
    "The weather was fine.",
    "The coffee was cold.",
    "The room was small.",
    "The talk was long.",
)
Record = dict[str, Any]
Make = Callable[[random.Random], Record]


def make_records(make: Make, count: int, seed: int) -> tuple[list[Record], list[Record]]:
    """Records for training and, a fifth as many, for validation; no prompt twice.

    Args:
        make: Makes one.
        count: How many to train on.
        seed: Equal seeds give equal records.
    """
    draw = random.Random(seed)  # noqa: S311 - exercises are no secrets
    found: dict[str, Record] = {}
    while len(found) < count + count // 5:
        record = make(draw)
        found.setdefault(json.dumps(record["messages"]), record)
    records = [{"id": f"r{place}", **one} for place, one in enumerate(found.values())]
    return records[:count], records[count:]


def arithmetic(draw: random.Random) -> Record:
    """A bill of three things, to be added up; each step is to be shown."""
    things = draw.sample(_GOODS, 3)
    first, second, third = (draw.randint(1, 5) for _ in things)
    between, last = first + second, first + second + third
    shown = (
        f"{things[0]} {first} + {things[1]} {second} = {between}\n"
        f"{between} + {things[2]} {third} = {last}\n"
        f"Answer: {last}"
    )
    asked = f"{things[0]} {first}, {things[1]} {second}, {things[2]} {third}. Add up step by step."
    return _record(asked, str(last), shown)


def form(draw: random.Random) -> Record:
    """A sentence on a person, to be written as JSON."""
    name, city, age = draw.choice(_NAMES), draw.choice(_CITIES), draw.randint(20, 79)
    said = draw.choice(
        (
            f"{name} is {age} and lives in {city}.",
            f"In {city} lives {name}, who is {age}.",
            f"{name}, {age}, comes from {city}.",
        )
    )
    shown = json.dumps({"name": name, "age": age, "city": city})
    return _record(said, shown, shown)


def summary(draw: random.Random) -> Record:
    """Minutes of a meeting, of which only the decision counts."""
    decided = f"{draw.choice(_NAMES)} {draw.choice(_ACTS)} the {draw.choice(_THINGS)}."
    lines = [*draw.sample(_TALK, 2), f"Decided: {decided}"]
    draw.shuffle(lines)
    return _record(" ".join(lines), decided, decided)


def repair(draw: random.Random) -> Record:
    """A program of two steps with one wrong number, and what it should have given."""
    while True:
        start, right = draw.randint(1, 5), draw.randint(1, 6)
        wrong = draw.choice([number for number in range(1, 7) if number != right])
        act, other = draw.choice(("add", "take")), draw.choice(("double", "add 9", "take 1"))
        steps = [f"{act} {right}", other]
        if draw.random() < 0.5:
            steps.reverse()
        whole = "; ".join(steps)
        wanted = run(whole, start)
        if wanted >= 0:
            break
    broken = whole.replace(f"{act} {right}", f"{act} {wrong}", 1)
    more = {"program": broken, "start": start, "wanted": wanted}
    return {**_record(f"from {start} to {wanted}: {broken}", whole, whole), **more}


def _record(asked: str, reference: str, shown: str) -> Record:
    return {
        "messages": [{"role": "user", "content": asked}],
        "reference_answer": reference,
        "demonstrations": [shown],
    }
