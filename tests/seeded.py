"""Documents with near copies whose originals are known, for tests and benches."""

from __future__ import annotations

import random


def seeded_documents(
    count: int, copies: int, *, seed: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Documents by their keys, and for each near copy among them the key of its original.

    Near: up to three words of a hundred are others. Half of all words are common ones, so that unlike
    documents share runs now and then, as real ones do; a tenth of the documents share a long preamble.
    """
    rng = random.Random(seed)
    common = [f"c{n}" for n in range(200)]
    rare = [f"r{n}" for n in range(20_000)]
    preamble = [rng.choice(rare) for _ in range(40)]

    def document() -> list[str]:
        words = [
            rng.choice(common if rng.random() < 0.5 else rare) for _ in range(rng.randint(80, 300))
        ]
        return preamble + words if rng.random() < 0.1 else words

    texts = [document() for _ in range(count)]
    found = {f"{n:07d}": " ".join(words) for n, words in enumerate(texts)}
    originals: dict[str, str] = {}
    for n in range(copies):
        words = list(texts[n])
        for _ in range(int(len(words) * rng.uniform(0, 0.03))):
            words[rng.randrange(len(words))] = rng.choice(rare)
        key = f"{count + n:07d}"
        found[key], originals[key] = " ".join(words), f"{n:07d}"
    return found, originals
