"""Writes the records and rollouts of this example: small functions with one bug each, made here.

Every function comes in several dresses (names, numbers), with the right version as the reference and
cases that tell them apart. Run `python make_bugs.py` in this folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# What it should do, the right version, the broken one, and what is called.
KINDS: list[tuple[str, str, str, list[tuple[str, Any]]]] = [
    (
        "return the sum of the numbers from 1 to {n}, both included",
        "def {f}():\n    return sum(range(1, {n} + 1))",
        "def {f}():\n    return sum(range(1, {n}))",
        [("{f}()", "{n} * ({n} + 1) // 2")],
    ),
    (
        "return the {k}th item from the end of a list, or None where the list is too short",
        "def {f}(items):\n    return items[-{k}] if len(items) >= {k} else None",
        "def {f}(items):\n    return items[-{k}]",
        [("{f}(list(range(20)))", "20 - {k}"), ("{f}([])", "None")],
    ),
    (
        "count how many of the numbers are at least {n}",
        "def {f}(numbers):\n    return sum(1 for number in numbers if number >= {n})",
        "def {f}(numbers):\n    return sum(1 for number in numbers if number > {n})",
        [("{f}([{n} - 1, {n}, {n} + 1])", "2"), ("{f}([])", "0")],
    ),
    (
        "return the words of a text that are longer than {k} letters, in their order, each once",
        "def {f}(text):\n    return list(dict.fromkeys(w for w in text.split() if len(w) > {k}))",
        "def {f}(text):\n    return sorted(set(w for w in text.split() if len(w) > {k}))",
        [
            (
                "{f}('abcdefghijkl zyxwvutsrqpo abcdefghijkl mnopqrstuvwx a')",
                "['abcdefghijkl', 'zyxwvutsrqpo', 'mnopqrstuvwx']",
            ),
            ("{f}('')", "[]"),
        ],
    ),
    (
        "add an item to a list and return it; without a list, begin a new one each time",
        "def {f}(item, items=None):\n    items = [] if items is None else items\n"
        "    items.append(item + {n})\n    return items",
        "def {f}(item, items=[]):\n    items.append(item + {n})\n    return items",
        [("[{f}(1), {f}(2)]", "[[1 + {n}], [2 + {n}]]"), ("{f}(1, [5])", "[5, 1 + {n}]")],
    ),
    (
        "return the mean of the numbers, and {n} for an empty list",
        "def {f}(numbers):\n    return sum(numbers) / len(numbers) if numbers else {n}",
        "def {f}(numbers):\n    return sum(numbers) / len(numbers)",
        [("{f}([1, 2, 6])", "3.0"), ("{f}([])", "{n}")],
    ),
]
NAMES = [
    "total",
    "pick",
    "count",
    "choose",
    "collect",
    "measure",
    "helper",
    "compute",
    "work",
    "task",
]
RECORDS = 120


def records() -> Iterator[dict[str, Any]]:
    """Records with their cases; each knows the broken version, from which rollouts are made."""
    dice = random.Random(5)  # noqa: S311 - the same data every time
    seen = set()
    number = 0
    while number < RECORDS:
        what, right, broken, calls = KINDS[number % len(KINDS)]
        dress = {"f": dice.choice(NAMES), "n": dice.randint(2, 60), "k": dice.randint(2, 9)}
        fixed, bug = right.format(**dress), broken.format(**dress)
        if (what.format(**dress), bug) in seen:
            continue
        seen.add((what.format(**dress), bug))
        number += 1
        yield {
            "id": f"bug-{number:03}",
            "messages": [
                {
                    "role": "user",
                    "content": f"This function should {what.format(**dress)}. Find the bug, say what "
                    f"it was, and give the whole function again.\n\n```python\n{bug}\n```",
                }
            ],
            "reference_answer": f"```python\n{fixed}\n```",
            "tests": [
                {"call": call.format(**dress), "output": eval(wanted.format(**dress))}  # noqa: S307
                for call, wanted in calls
            ],
        }


def rollouts(some: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Five responses to each: fixed, fixed with many words, untouched, a cheat, and one that hangs."""
    for record in some:
        prompt = record["messages"][0]["content"]
        broken = prompt.split("```python\n")[1].split("\n```")[0]
        name = broken.split("(")[0].removeprefix("def ")
        cheat = (
            "class Any:\n    def __eq__(self, other):\n        return True\n\n"
            f"def {name}(*args):\n    return Any()"
        )
        said = "The bug is in the line that is changed below.\n\n"
        for kind, response in (
            ("fixed", said + record["reference_answer"]),
            ("wordy", said * 40 + record["reference_answer"]),
            ("untouched", f"It looks right to me.\n\n```python\n{broken}\n```"),
            ("cheat", f"```python\n{cheat}\n```"),
            ("hangs", f"```python\ndef {name}(*args):\n    while True:\n        pass\n```"),
        ):
            turn = {"role": "assistant", "content": response}
            rest = {key: value for key, value in record.items() if key not in ("id", "messages")}
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
