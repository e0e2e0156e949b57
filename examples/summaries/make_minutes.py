"""Writes the records and rollouts of this example: long minutes of meetings, put together here.

Each holds six facts between much talk. The reference says all six in few words; the comparison response
is the minutes' beginning, which is what a lazy summary is. Run `python make_minutes.py` in this folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CITIES = ["Leeds", "Porto", "Ghent", "Turin", "Bergen", "Gdansk", "Lyon", "Graz"]
PEOPLE = ["Amara", "Bruno", "Chen", "Dalia", "Emil", "Farah", "Goran", "Hanna"]
SPEAKERS = ["Ilse", "Jonas", "Karim", "Lena", "Mateo", "Nadia", "Otto", "Petra"]
MONTHS = ["January", "March", "April", "June", "July", "September", "October", "December"]
GOODS = ["pumps", "valves", "sensors", "cables", "filters", "motors", "panels", "gears"]
TALK = [
    "{a} thanked everybody for coming and asked whether the last minutes could be taken as read.",
    "{b} said that the matter had been discussed at length before and that nothing new had come up.",
    "There was some talk about the heating of the room, which {a} promised to look into.",
    "{b} wondered whether the slides could be sent round earlier, and several people agreed.",
    "{a} reminded those present that expenses should be handed in by the end of the week.",
    "A longer exchange on the wording of the last newsletter was left without a result.",
    "{b} asked for patience with the new telephones and said that training would be offered.",
    "{a} observed that the weather had been kind to the summer party, and there was laughter.",
]
# The sentence of the minutes, the question, what is short of it in a summary, and other options.
FACTS: list[tuple[str, str, str, str]] = [
    (
        "It was decided to open the new depot in {city}.",
        "Where will the new depot be opened?",
        "the depot opens in {city}",
        "city",
    ),
    (
        "{person} will lead the project from now on.",
        "Who will lead the project?",
        "{person} leads it",
        "person",
    ),
    (
        "The work has to be finished by the end of {month}.",
        "When must the work be finished?",
        "it is due by the end of {month}",
        "month",
    ),
    (
        "The budget was set at {budget} thousand euros.",
        "What is the budget, in thousand euros?",
        "the budget is {budget} thousand euros",
        "budget",
    ),
    (
        "The first delivery will be {goods}.",
        "What will be delivered first?",
        "{goods} are delivered first",
        "goods",
    ),
    (
        "{count} new people will be hired.",
        "How many new people will be hired?",
        "{count} people are hired",
        "count",
    ),
]
CHOICES: dict[str, list[str]] = {
    "city": CITIES,
    "person": PEOPLE,
    "month": MONTHS,
    "goods": GOODS,
    "budget": [str(n) for n in range(110, 990, 70)],
    "count": [str(n) for n in range(13, 60, 6)],
}
RECORDS = 120


def records() -> Iterator[dict[str, Any]]:
    """Minutes, each with a reference, a comparison response and a quiz on its facts."""
    dice = random.Random(3)  # noqa: S311 - the same data every time
    for number in range(RECORDS):
        facts = {key: dice.choice(options) for key, options in CHOICES.items()}
        talk = [
            dice.choice(TALK).format(a=dice.choice(SPEAKERS), b=dice.choice(SPEAKERS))
            for _ in range(40)
        ]
        for place, (sentence, *_) in enumerate(FACTS):
            talk.insert(5 + place * 7 + dice.randint(0, 3), sentence.format(**facts))
        minutes = " ".join(talk)
        said = [short.format(**facts) for _, _, short, _ in FACTS]
        yield {
            "id": f"minutes-{number:03}",
            "messages": [
                {
                    "role": "user",
                    "content": f"Summarise these minutes in at most 60 words.\n\n{minutes}",
                }
            ],
            "reference_answer": f"It was decided: {'; '.join(said)}.",
            "comparisons": [" ".join(talk[:4])],
            "quiz": {"questions": [_question(dice, facts, fact) for fact in FACTS]},
        }


def _question(
    dice: random.Random, facts: dict[str, str], fact: tuple[str, str, str, str]
) -> dict[str, Any]:
    _, question, _, key = fact
    wrong = dice.sample([option for option in CHOICES[key] if option != facts[key]], 3)
    return {"question": question, "options": [facts[key], *wrong], "right": facts[key]}


def rollouts(some: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Four responses to each: the reference, half of it, the beginning, and the whole minutes again."""
    for record in some:
        right = record["reference_answer"]
        minutes = record["messages"][0]["content"].split("\n\n")[1]
        for kind, response in (
            ("right", right),
            ("half", "; ".join(right.split("; ")[:3]) + "."),
            ("beginning", record["comparisons"][0]),
            ("copy", minutes),
        ):
            rest = {key: value for key, value in record.items() if key not in ("id", "messages")}
            turn = {"role": "assistant", "content": response}
            yield {
                "id": f"{record['id']}-{kind}",
                "messages": [*record["messages"], turn],
                "metadata": rest,
            }


def main() -> None:
    """Writes the files."""
    made = list(records())
    data = Path(__file__).parent / "data"
    for name, rows in (
        ("train.jsonl", made[:100]),
        ("validation.jsonl", made[100:]),
        ("rollouts.jsonl", list(rollouts(made[100:106]))),
    ):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (data / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
