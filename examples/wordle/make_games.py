"""Writes the records and rollouts of this example from `words.txt`: `python make_games.py`."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rewards import feedback, words

TASK = (
    "You play Wordle. The secret is one of {count} common English words of five letters. After each "
    "guess you are shown G for a letter in its place, Y for one elsewhere, - for one that is not "
    "there.\n\n"
    "{past}Think between <think> and </think>, then give one guess between <guess> and </guess>."
)
RECORDS = 120


def records() -> Iterator[dict[str, Any]]:
    """Games with one to three guesses behind them."""
    dice = random.Random(11)  # noqa: S311 - the same data every time
    seen: set[str] = set()
    while len(seen) < RECORDS:
        number = len(seen)
        secret = dice.choice(words())
        guesses = dice.sample([word for word in words() if word != secret], 1 + number % 3)
        past = [[guess, feedback(guess, secret)] for guess in guesses]
        shown = "".join(f"{guess}: {marks}\n" for guess, marks in past)
        text = TASK.format(count=len(words()), past=f"{shown}\n")
        if text in seen:
            continue  # The same game twice could stand on both sides of the split.
        seen.add(text)
        yield {
            "id": f"wordle-{number:03}",
            "messages": [{"role": "user", "content": text}],
            "reference_answer": secret,
            "past": past,
        }


def rollouts(some: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Six responses to each: the secret, a possible word, a wasted one, three that break the form."""
    dice = random.Random(12)  # noqa: S311
    for record in some:
        possible = [
            word
            for word in words()
            if all(feedback(guess, word) == marks for guess, marks in record["past"])
        ]
        used = record["past"][0][0]
        for kind, response in (
            ("secret", said("It fits all that is known.", record["reference_answer"])),
            ("possible", said("It fits as well.", dice.choice(possible))),
            ("wasted", said("Once more.", used)),
            ("no-word", said("Hm.", "zzzzz")),
            ("two", said("Either.", used) + said("Or.", record["reference_answer"])),
            ("bare", record["reference_answer"]),
        ):
            turn = {"role": "assistant", "content": response}
            metadata = {"past": record["past"], "reference_answer": record["reference_answer"]}
            yield {
                "id": f"{record['id']}-{kind}",
                "messages": [*record["messages"], turn],
                "metadata": metadata,
            }


def said(thought: str, word: str) -> str:
    """A response in the form that is asked for."""
    return f"<think>{thought}</think>\n<guess>{word}</guess>"


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
