"""Makes the example's records and rollouts: `python make_problems.py`. Equal on every machine."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COUNT, TRAINED = 960, 800
THINGS = ("rice", "salt", "tea", "milk", "bread", "soap")
TASK = "{bill}. Add up step by step."


def records() -> Iterator[dict[str, Any]]:
    """Bills of three things; no bill twice."""
    dice = random.Random(7)  # noqa: S311 - exercises are no secrets
    seen: set[str] = set()
    while len(seen) < COUNT:
        things = dice.sample(THINGS, 3)
        first, second, third = (dice.randint(1, 5) for _ in things)
        bill = f"{things[0]} {first}, {things[1]} {second}, {things[2]} {third}"
        if bill in seen:
            continue
        seen.add(bill)
        between, total = first + second, first + second + third
        worked = (
            f"{things[0]} {first} + {things[1]} {second} = {between}\n"
            f"{between} + {things[2]} {third} = {total}\n"
            f"Answer: {total}"
        )
        yield {
            "id": f"bill-{len(seen):04}",
            "messages": [{"role": "user", "content": TASK.format(bill=bill)}],
            "reference_answer": str(total),
            # What a right response looks like: the rehearsal warms its tiny policy up with it.
            "demonstrations": [worked],
        }


def rollouts(some: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Five responses to each: worked out, the answer alone, a false step, a wrong end, padding."""
    for record in some:
        worked, answer = record["demonstrations"][0], int(record["reference_answer"])
        first, second, _ = worked.split("\n")
        for kind, response in (
            ("worked", worked),
            ("bare", f"Answer: {answer}"),
            ("false-step", f"{first}1\n{second}\nAnswer: {answer}"),
            ("wrong", f"{first}\n{second}\nAnswer: {answer + 1}"),
            ("padded", f"{worked}{' indeed' * 40}"),
        ):
            turn = {"role": "assistant", "content": response}
            yield {
                "id": f"{record['id']}-{kind}",
                "messages": [*record["messages"], turn],
                "metadata": {"reference_answer": record["reference_answer"]},
            }


def main() -> None:
    """Writes the files."""
    made = list(records())
    data = Path(__file__).parent / "data"
    for name, rows in (
        ("train.jsonl", made[:TRAINED]),
        ("validation.jsonl", made[TRAINED:]),
        ("rollouts.jsonl", list(rollouts(made[TRAINED : TRAINED + 10]))),
    ):
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (data / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
