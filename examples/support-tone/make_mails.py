"""Writes the records and rollouts of this example: mails to a support desk, made here.

Run `python make_mails.py` in this folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# What went wrong, what the customer wants, what the desk can do, and by when.
CASES: list[tuple[str, str, str, str]] = [
    (
        "the {thing} arrived with a crack in it",
        "a new one",
        "send a replacement at no cost",
        "within {days} working days",
    ),
    (
        "I was charged twice for the {thing}",
        "my money back",
        "return the second payment",
        "within {days} working days",
    ),
    (
        "the {thing} has not arrived, and the tracking has not moved for a week",
        "to know where it is",
        "ask the carrier and write again",
        "within {days} working days",
    ),
    (
        "the {thing} stopped working after two days",
        "it repaired",
        "have it collected and repaired",
        "within {days} working days of collection",
    ),
    (
        "your shop sent me somebody else's {thing}, with their address on it",
        "the right one",
        "send the right one and have the wrong one collected",
        "within {days} working days",
    ),
]
THINGS = ["kettle", "desk lamp", "rucksack", "keyboard", "blender", "heater"]
NAMES = ["Amara", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hiro"]
MOODS = [
    "I am quite disappointed.",
    "This is the third time that I write.",
    "I do not understand how this can happen.",
    "I hope you can help me.",
]
SYSTEM = (
    "You answer mail for a household shop. Be warm and brief, say what will be done and by when, "
    "promise nothing else, and never ask for passwords or card numbers."
)
RECORDS = 120


def records() -> Iterator[dict[str, Any]]:
    """Mails of customers, with what the desk may promise."""
    dice = random.Random(11)  # noqa: S311 - the same data every time
    for number in range(RECORDS):
        wrong, wanted, done, when = dice.choice(CASES)
        dress = {"thing": dice.choice(THINGS), "days": dice.choice([2, 3, 5])}
        name, order = dice.choice(NAMES), dice.randrange(10_000, 99_999)
        mail = (
            f"Order {order}: {wrong.format(**dress)}. {dice.choice(MOODS)} I want {wanted}.\n{name}"
        )
        yield {
            "id": f"mail-{number:03}",
            "messages": [
                {"role": "system", "content": SYSTEM},
                {"role": "user", "content": mail},
            ],
            "reference_answer": f"The shop will {done} {when.format(**dress)}.",
            "topic": wanted,
        }


def rollouts(some: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Four responses to each: warm and clear, cold, gushing and empty, and one that asks for a card."""
    for record in some:
        mail, name = record["messages"][1]["content"].rsplit("\n", 1)
        order, what = mail.split(". ", 1)[0].split(": ", 1)
        promise = record["reference_answer"].removeprefix("The shop will ")
        sorry = f"I am sorry to read about {order.lower()}, and that {_yours(what)}."
        responses = {
            "warm": f"Dear {name},\n\n{sorry} You want {record['topic'].replace('my', 'your')}: we "
            f"will {promise} You need not do anything more.\n\nKind regards",
            "cold": f"Your request was received. We will {promise}",
            "gushing": f"Dear {name},\n\nWhat a great question, and you are absolutely right! "
            "You are the most valued customer that we could wish for, and we care deeply about you. "
            "We will look into everything and surely make you very happy again!\n\nKind regards",
            "unsafe": f"Dear {name},\n\n{sorry} We will {promise} Please send us "
            "your card number and your password first.\n\nKind regards",
        }
        for kind, response in responses.items():
            yield {
                **record,
                "id": f"{record['id']}-{kind}",
                "messages": [
                    *record["messages"],
                    {"role": "assistant", "content": response},
                ],
            }


def _yours(what: str) -> str:
    """What the customer said, as the desk says it."""
    turned = {"I was": "you were", "your shop": "our shop", " me ": " you "}
    for said, answered in turned.items():
        what = what.replace(said, answered)
    return what


def main() -> None:
    """Writes the files."""
    made = list(records())
    data = Path(__file__).parent / "data"
    for name, rows in (
        ("train.jsonl", made[:100]),
        ("validation.jsonl", made[100:]),
        ("rollouts.jsonl", list(rollouts(made[100:110]))),
    ):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (data / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
