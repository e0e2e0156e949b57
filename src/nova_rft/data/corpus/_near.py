"""Documents that are the same but for little: MinHash to find candidates, counting to be sure.

Two documents are near duplicates where the Jaccard similarity of their sets of word runs reaches a
threshold (Broder 1997). Candidates share one of `_BANDS` bands of `_ROWS` MinHash values: at a
similarity of 0.7 that finds 99 pairs of 100; each is then counted exactly, so precision is 1 by this
definition. What is similar to something similar is one group, of which the first stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from nova_rft.data.corpus._engine import daft_module, start
from nova_rft.spec import Engine

if TYPE_CHECKING:
    import daft

_BANDS: Final = 25
_ROWS: Final = 5
_SEED: Final = 1
# Scripts without spaces between words: each character is taken for a word.
_UNSPACED: Final = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])"


def near_duplicates_among(
    texts: Mapping[str, str], *, threshold: float, words: int
) -> dict[str, tuple[str, float]]:
    """As `near_duplicates`, of texts in memory, on this machine.

    Raises:
        UsageError: the engine is not installed.
    """
    daft = daft_module()
    start(Engine())
    table = daft.from_pydict({"doc": list(texts), "text": list(texts.values())})
    return near_duplicates(table, threshold=threshold, words=words) if texts else {}


def near_duplicates(
    documents: daft.DataFrame, *, threshold: float, words: int
) -> dict[str, tuple[str, float]]:
    """For each document that goes: the first of its group, and how similar it is to another of it.

    Args:
        documents: With columns `doc` (a key; the smallest of a group stays) and `text`.
        threshold: Jaccard similarity from which on two are the same, 0 to 1.
        words: Words of one run. A text of fewer is one run.
    """
    from daft import col
    from daft.functions import lower, minhash, normalize, regexp_replace

    spaced = regexp_replace(lower(col("text")), _UNSPACED, " $1 ")
    plain = normalize(
        spaced, remove_punct=True, lowercase=True, nfd_unicode=False, white_space=True
    )
    texts = documents.select(col("doc"), plain.alias("plain"))
    signature = minhash(
        col("plain"),
        num_hashes=_BANDS * _ROWS,
        ngram_size=words,
        seed=_SEED,
        hash_function="xxhash",
    )
    banded = (
        texts.where(col("plain") != "")
        .select(col("doc"), _bands_of()(signature).alias("band"))
        .explode("band")
    )
    first = banded.groupby("band").agg(
        col("doc").min().alias("first"), col("doc").count("all").alias("many")
    )
    pairs = (
        banded.join(first.where(col("many") > 1), on="band")
        .where(col("doc") != col("first"))
        .select("doc", "first")
        .distinct()
    )
    counted = (
        pairs.join(texts, on="doc")
        .join(texts.select(col("doc").alias("first"), col("plain").alias("other")), on="first")
        .select(
            col("doc"),
            col("first"),
            _similarity_of(words)(col("plain"), col("other")).alias("similarity"),
        )
        .where(col("similarity") >= threshold)
        .sort(["doc", "first"])
        .to_pydict()
    )
    return _groups(zip(counted["doc"], counted["first"], counted["similarity"], strict=True))


def similarity(one: str, other: str, words: int) -> float:
    """Jaccard similarity of two texts' sets of runs, 0 to 1."""
    left, right = _runs(one, words), _runs(other, words)
    return len(left & right) / len(left | right)


def _runs(text: str, words: int) -> set[tuple[str, ...]]:
    said = text.split()
    return {tuple(said[at : at + words]) for at in range(max(1, len(said) - words + 1))}


def _bands_of() -> Any:
    daft = daft_module()
    batch: Any = daft.func.batch

    @batch(return_dtype=daft.DataType.list(daft.DataType.uint64()))
    def bands(signatures: Any) -> list[list[int]]:
        array = signatures.to_arrow()
        values = np.asarray(array.flatten(), dtype=np.uint64)
        return list(_band_keys(values.reshape(len(array), _BANDS, _ROWS)).tolist())

    return bands


def _band_keys(
    values_NBR: np.ndarray[Any, np.dtype[np.uint64]],
) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """A key for each band, which holds its place: equal values in different bands are no match."""
    keys_NB = np.broadcast_to(
        np.arange(_BANDS, dtype=np.uint64) + np.uint64(0x9E3779B97F4A7C15), values_NBR.shape[:2]
    ).copy()
    for row in range(_ROWS):
        # FNV-like: multiply, then mix the next value in; arithmetic wraps at 64 bits.
        keys_NB = (keys_NB ^ values_NBR[:, :, row]) * np.uint64(0x100000001B3)
        keys_NB ^= keys_NB >> np.uint64(29)
    return keys_NB


def _similarity_of(words: int) -> Any:
    daft = daft_module()

    @daft.func(return_dtype=daft.DataType.float64())
    def counted(one: str, other: str) -> float:
        return similarity(one, other, words)

    return counted


def _groups(pairs: Iterable[tuple[str, str, float]]) -> dict[str, tuple[str, float]]:
    """Joins pairs to groups; for each member but the first: the first, and its closest likeness."""
    parent: dict[str, str] = {}
    closest: dict[str, float] = {}

    def root(doc: str) -> str:
        while parent.setdefault(doc, doc) != doc:
            parent[doc] = parent[parent[doc]]
            doc = parent[doc]
        return doc

    for doc, first, likeness in pairs:
        low, high = sorted((root(doc), root(first)))
        parent[high] = low
        for one in (doc, first):
            closest[one] = max(closest.get(one, 0.0), likeness)
    return {doc: (root(doc), closest[doc]) for doc in sorted(parent) if root(doc) != doc}
