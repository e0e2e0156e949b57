"""Makes the example's records from its recorded rollouts: `python make_data.py`.

The split is by a hash of the question, so that it is the same on every machine and does not change
when questions are added.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

DATA = Path(__file__).parent / "data"
VALIDATION_SHARE = 0.2


def main() -> None:
    """Writes train.jsonl and validation.jsonl beside rollouts.jsonl.gz."""
    files = {
        name: (DATA / f"{name}.jsonl").open("w", encoding="utf-8")
        for name in ("train", "validation")
    }
    seen: set[str] = set()
    with gzip.open(DATA / "rollouts.jsonl.gz", "rt", encoding="utf-8") as rollouts:
        for line in rollouts:
            rollout = json.loads(line)
            group = rollout["group"]
            if group in seen:
                continue
            seen.add(group)
            record = {
                "id": group,
                "messages": rollout["messages"][:-1],
                "reference_answer": rollout["reference_answer"],
            }
            question = record["messages"][-1]["content"]
            share = int.from_bytes(hashlib.sha256(question.encode()).digest()[:8], "big") / 2**64
            name = "validation" if share < VALIDATION_SHARE else "train"
            files[name].write(json.dumps(record, ensure_ascii=False) + "\n")
    for stream in files.values():
        stream.close()


if __name__ == "__main__":
    main()
