"""Writes the records of this example: articles of a tenancy code that no model has read, made here.

`articles.jsonl` holds their text for continued pre-training, `questions.jsonl` questions about them with
answers for fine-tuning. Run `python make_articles.py` in this folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# A subject, what the article rules, the question, and the answer; {n} is the article's own number.
RULES: list[tuple[str, str, str, str]] = [
    (
        "deposits",
        "A deposit for a {home} must not exceed {n} weeks of rent. It is returned within {days} days of "
        "the keys, with a statement of what was kept and why.",
        "How large may a deposit for a {home} be?",
        "At most {n} weeks of rent, by article {article}.",
    ),
    (
        "repairs",
        "The lessor of a {home} mends {fault} within {days} days of the lessee's notice. For each "
        "further day the rent falls by {n} percent.",
        "By when must {fault} in a {home} be mended?",
        "Within {days} days of the lessee's notice, by article {article}.",
    ),
    (
        "notice",
        "The lessee of a {home} gives {n} weeks' notice, in writing, to the end of a month. The lessor "
        "gives twice as long, and says why.",
        "How much notice does the lessee of a {home} give?",
        "{n} weeks, in writing, to the end of a month, by article {article}.",
    ),
    (
        "visits",
        "The lessor of a {home} announces a visit {days} days before it, and visits no more than {n} "
        "times a year, but for {fault}.",
        "How long before a visit to a {home} must the lessor announce it?",
        "{days} days before it, by article {article}.",
    ),
]
HOMES = ["furnished room", "flat", "terraced house", "houseboat", "studio", "farmhouse"]
FAULTS = ["a leaking roof", "a broken boiler", "a blocked drain", "a faulty lock", "damp walls"]
ARTICLES = 240


def articles() -> Iterator[dict[str, Any]]:
    """Articles, each with its question and answer."""
    dice = random.Random(23)  # noqa: S311 - the same data every time
    for article in range(1, ARTICLES + 1):
        subject, rule, question, answer = dice.choice(RULES)
        dress = {
            **{"home": dice.choice(HOMES), "fault": dice.choice(FAULTS), "article": article},
            **{"n": dice.randint(2, 9), "days": dice.choice([3, 5, 7, 10, 14, 21, 28])},
        }
        yield {
            "text": f"Tenancy Code of Norland, article {article} ({subject}). {rule.format(**dress)}",
            "question": f"Tenancy Code of Norland, article {article}: {question.format(**dress)}",
            "answer": answer.format(**dress),
        }


def conversation(one: dict[str, Any]) -> dict[str, Any]:
    """A question and its answer, as Bedrock takes them for fine-tuning."""
    turns = [("user", one["question"]), ("assistant", one["answer"])]
    return {
        "schemaVersion": "bedrock-conversation-2024",
        "messages": [{"role": role, "content": [{"text": text}]} for role, text in turns],
    }


def main() -> None:
    """Writes the files."""
    made = list(articles())
    data = Path(__file__).parent / "data"
    asked = [conversation(one) for one in made]
    for name, rows in (
        ("articles.jsonl", [{"text": one["text"]} for one in made]),
        ("questions.jsonl", asked[:200]),
        ("questions-held-out.jsonl", asked[200:]),
    ):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (data / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
