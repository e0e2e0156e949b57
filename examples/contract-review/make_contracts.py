"""Writes the records and rollouts of this example: contracts put together from clauses, made here.

Each contract follows a playbook except where a clause departs from it. The reference lists those
departures. Run `python make_contracts.py` in this folder.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Title, the playbook's rule, a clause that keeps it, one that departs, its risk, kind and action.
CLAUSES: list[tuple[str, str, str, str, str, str, str]] = [
    (
        "Payment",
        "Invoices are paid within {days} days.",
        "The Customer shall pay each invoice within {days} days of receipt.",
        "The Customer shall pay each invoice within {late} days of receipt.",
        "medium",
        "commercial",
        "Shorten the term to {days} days.",
    ),
    (
        "Liability",
        "Liability is capped at the fees of twelve months.",
        "The liability of either party is limited to the fees paid in the preceding twelve months.",
        "The Supplier shall be liable without limitation for any loss of the Customer.",
        "high",
        "legal",
        "Cap liability at the fees of the preceding twelve months.",
    ),
    (
        "Termination",
        "Either party may end the contract with {notice} days' notice.",
        "Either party may terminate this agreement by giving {notice} days' written notice.",
        "The Customer may terminate this agreement at any time and without notice.",
        "high",
        "legal",
        "Make the right mutual, with {notice} days' written notice.",
    ),
    (
        "Data",
        "Personal data is deleted within {keep} days of the contract's end.",
        "The Supplier shall delete all personal data within {keep} days of termination.",
        "The Supplier may retain personal data for as long as it sees fit.",
        "high",
        "privacy",
        "Require deletion within {keep} days of termination.",
    ),
    (
        "Law",
        "The law of {law} governs.",
        "This agreement is governed by the laws of {law}.",
        "This agreement is governed by the laws of {other}.",
        "low",
        "legal",
        "Name the law of {law}.",
    ),
    (
        "Assignment",
        "No assignment without consent.",
        "Neither party may assign this agreement without the prior consent of the other.",
        "The Customer may assign this agreement to any third party.",
        "medium",
        "commercial",
        "Require the other party's prior consent.",
    ),
]
LAWS = ["England", "Ireland", "New York", "Delaware", "Ontario", "Singapore"]
TASK = """\
Review the contract against the playbook. Answer with a JSON list, one object for each clause that \
departs from it, and nothing else. Each has clause (its title), quote (words of the contract), risk \
(low, medium or high), kind (commercial, legal or privacy) and action (what to change).

Playbook:
{playbook}

Contract:
{contract}"""
RECORDS = 120


def records() -> Iterator[dict[str, Any]]:
    """Contracts with one to four departures each."""
    dice = random.Random(7)  # noqa: S311 - the same data every time
    for number in range(RECORDS):
        law, other = dice.sample(LAWS, 2)
        dress = {
            **{"days": dice.choice([14, 30, 45]), "late": dice.choice([60, 90, 120])},
            **{"notice": dice.choice([30, 60, 90]), "keep": dice.choice([30, 60])},
            **{"law": law, "other": other},
        }
        chosen = dice.sample(CLAUSES, 5)
        wrong = set(dice.sample(range(5), 1 + number % 4))
        playbook, contract, comments = [], [], []
        for place, (title, rule, kept, broken, risk, kind, action) in enumerate(chosen):
            text = (broken if place in wrong else kept).format(**dress)
            playbook.append(f"- {title}: {rule.format(**dress)}")
            contract.append(f"{place + 1}. {title}. {text}")
            if place in wrong:
                comments.append(
                    {
                        **{"clause": title, "quote": text, "risk": risk, "kind": kind},
                        "action": action.format(**dress),
                    }
                )
        text = TASK.format(playbook="\n".join(playbook), contract="\n".join(contract))
        yield {
            "id": f"contract-{number:03}",
            "messages": [{"role": "user", "content": text}],
            "reference_answer": json.dumps(comments, indent=1),
        }


def rollouts(some: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Five responses to each: the reference, in a fence, prose, an invented quotation, a wrong risk."""
    for record in some:
        right = record["reference_answer"]
        comments = json.loads(right)
        invented = [{**one, "quote": "The parties waive all their rights."} for one in comments]
        wrong = [{**one, "risk": "terrible"} for one in comments]
        prose = "The contract departs from the playbook in: " + ", ".join(
            c["clause"] for c in comments
        )
        for kind, response in (
            ("right", right),
            ("fenced", f"```json\n{right}\n```"),
            ("prose", f"{prose}."),
            ("invented", json.dumps(invented, indent=1)),
            ("no-risk", json.dumps(wrong, indent=1)),
        ):
            yield {
                "id": f"{record['id']}-{kind}",
                "messages": [*record["messages"], {"role": "assistant", "content": response}],
                "metadata": {"reference_answer": right},
            }


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
