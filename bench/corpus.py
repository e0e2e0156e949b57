"""Corpora: near duplicates found and missed on documents whose truth is known; time for a gigabyte.

22,000 documents of 80 to 300 words, 2,000 of them copies with up to three words of a hundred changed
(`tests/seeded.py`). Times are of this machine's processors together; a gigabyte's is reckoned from the
documents' size, on the way that leaves most work: plain text, every filter on.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

from bench._figure import Figure, at_least
from nova_rft.data.corpus import near_duplicates_among, prepare_corpus
from nova_rft.spec import CorpusSpec
from tests.seeded import seeded_documents

_DOCUMENTS, _COPIES = 20_000, 2_000
_GIGABYTE = 1e9


def measure() -> list[Figure]:
    """The table's rows."""
    texts, copies = seeded_documents(_DOCUMENTS, _COPIES, seed=7)
    size = sum(map(len, texts.values()))
    started = time.perf_counter()
    found = near_duplicates_among(texts, threshold=0.7, words=5)
    near_s = time.perf_counter() - started
    right = copies.keys() & found.keys()
    recall, precision = len(right) / len(copies), len(right) / len(found)
    plan_s = _plan(texts)
    return [
        Figure("recall", "near duplicates that are found", recall, bound=at_least(0.95)),
        Figure("precision", "near duplicates that are some", precision, bound=at_least(0.95)),
        Figure("near", "near duplicates of a gigabyte", near_s * _GIGABYTE / size, "s"),
        Figure("corpus", "a corpus of a gigabyte", plan_s * _GIGABYTE / size, "s"),
    ]


def _plan(texts: dict[str, str]) -> float:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        keys = list(texts)
        for part in range(8):
            with (folder / f"{part}.jsonl").open("w") as stream:
                for key in keys[part::8]:
                    stream.write(json.dumps({"text": texts[key]}) + "\n")
        spec = CorpusSpec.model_validate(
            {
                "sources": [{"name": "seeded", "files": "*.jsonl"}],
                "quality": {"min_word_length": 1},
                "chunks": {"tokens": 256},
            }
        )
        started = time.perf_counter()
        prepare_corpus(spec, folder, folder / "out")
        return time.perf_counter() - started
