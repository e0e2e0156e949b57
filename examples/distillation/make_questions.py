"""Writes the records of this example: questions that a small model should learn to answer well.

Run `python make_questions.py` in this folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

THINGS = ["a tide", "an echo", "a rainbow", "rust", "a mirage", "frost", "a magnet", "yeast"]
PEOPLE = ["a child of eight", "a farmer", "a nurse", "a sailor", "a lawyer", "a teenager"]
FORMS = [
    "Explain {thing} to {who} in three sentences.",
    "{who} asks what makes {thing}. Answer with one example from their day.",
    "Name two common mistakes about {thing}, and put them right for {who}.",
]
QUESTIONS = 120


def questions() -> Iterator[dict[str, Any]]:
    """Prompts alone: the teacher writes the answers."""
    dice = random.Random(5)  # noqa: S311 - the same data every time
    every = [
        form.format(thing=thing, who=who) for form in FORMS for thing in THINGS for who in PEOPLE
    ]
    for text in dice.sample(every, QUESTIONS):
        asked = text[0].upper() + text[1:]
        yield {
            "schemaVersion": "bedrock-conversation-2024",
            "messages": [{"role": "user", "content": [{"text": asked}]}],
        }


def main() -> None:
    """Writes the file."""
    text = "".join(json.dumps(row) + "\n" for row in questions())
    (Path(__file__).parent / "data" / "prompts.jsonl").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
