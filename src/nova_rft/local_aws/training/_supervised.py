"""Training on texts: a stand-in, so that a job's losses are those of something that learns.

The stand-in is a bigram model over bytes with additive smoothing (Jurafsky and Martin, Speech and
Language Processing, section 3.5): each step measures its mean negative log-likelihood on a batch, in
nats a byte, and then adds the batch to its counts. It is no Nova, and models made by it say so.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nova_rft.local_aws.training._asked import Step
from nova_rft.local_aws.training._ends import JobStopped

STAND_IN: Final = "bigram"
# Added to each count; small, for most pairs of bytes never occur.
_SMOOTHING: Final = 0.1
_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class Supervised:
    """What a job asks for.

    Attributes:
        batch_size: Texts in one step.
        epochs: Passes over the texts.
        steps: Ends the training after so many, whatever the epochs; None: the epochs decide.
    """

    batch_size: int
    epochs: int = 1
    steps: int | None = None


def train_on_texts(
    asked: Supervised,
    texts: Sequence[str],
    validation: Sequence[str] = (),
    *,
    stopping: threading.Event,
) -> Iterator[Step]:
    """Trains the stand-in, and gives each step's losses.

    Steps hold `step_number`, `epoch_number`, `training_loss`, `perplexity`, and `validation_loss` where
    there are validation texts.

    Raises:
        JobStopped: `stopping` was set.
    """
    model, number, held_out = _Bigrams(), 0, _pairs(validation)
    for epoch in count(1) if asked.steps else range(1, asked.epochs + 1):
        for start in range(0, len(texts), asked.batch_size):
            if stopping.is_set():
                raise JobStopped
            number += 1
            batch = _pairs(texts[start : start + asked.batch_size])
            loss = model.loss(batch)
            step = {"step_number": number, "epoch_number": epoch, "training_loss": loss}
            step["perplexity"] = math.exp(loss)
            model.learn(batch)
            if validation:
                step["validation_loss"] = model.loss(held_out)
            yield step
            if number == asked.steps:
                return


class _Pairs(NamedTuple):
    """Pairs of bytes, each once.

    Attributes:
        codes: The first byte times 256, plus the second.
        times: How often each occurs.
    """

    codes: NDArray[np.int64]
    times: NDArray[np.int64]


class _Bigrams:
    """Counts of byte pairs."""

    def __init__(self) -> None:
        self._counts = np.full(_BYTES * _BYTES, _SMOOTHING)
        self._firsts = np.full(_BYTES, _BYTES * _SMOOTHING)

    def loss(self, seen: _Pairs) -> float:
        """Mean negative log-likelihood of the pairs, in nats each."""
        shares = self._counts[seen.codes] / self._firsts[seen.codes // _BYTES]
        return float(-(seen.times * np.log(shares)).sum() / max(seen.times.sum(), 1))

    def learn(self, seen: _Pairs) -> None:
        """Adds the pairs to the counts."""
        self._counts[seen.codes] += seen.times
        np.add.at(self._firsts, seen.codes // _BYTES, seen.times)


def _pairs(texts: Sequence[str]) -> _Pairs:
    """The pairs within each of the texts."""
    codes = [np.frombuffer(text.encode("utf-8", "replace"), np.uint8) for text in texts]
    pairs = [one[:-1].astype(np.int64) * _BYTES + one[1:] for one in codes]
    found = np.unique(np.concatenate([np.zeros(0, np.int64), *pairs]), return_counts=True)
    return _Pairs(*found)
