"""Makes the example's records and rollouts: `python make_problems.py`. Equal on every machine."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COUNT, TRAINED = 960, 800
TASK = "Work out {problem}, one step a line. End with Answer: and the result."


def records() -> Iterator[dict[str, Any]]:
    """Two operations one after the other, nothing below 0; no problem twice."""
    dice = random.Random(7)  # noqa: S311 - exercises are no secrets
    seen: set[str] = set()
    while len(seen) < COUNT:
        first, second, third = (dice.randint(1, 9) for _ in range(3))
        one, two = (dice.choice("+-") for _ in range(2))
        between = result(first, one, second)
        last = result(between, two, third)
        problem = f"{first} {one} {second} {two} {third}"
        if problem in seen or min(between, last) < 0:
            continue
        seen.add(problem)
        worked = (
            f"{first} {one} {second} = {between}\n{between} {two} {third} = {last}\nAnswer: {last}"
        )
        yield {
            "id": f"sum-{len(seen):04}",
            "messages": [{"role": "user", "content": TASK.format(problem=problem)}],
            "reference_answer": str(last),
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


def result(one: int, sign: str, other: int) -> int:
    """One operation."""
    return one + other if sign == "+" else one - other


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
