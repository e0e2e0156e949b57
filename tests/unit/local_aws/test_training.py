"""The stand-in that trains where a job has no reward: its losses are those of something that learns."""

from __future__ import annotations

import math
import threading

import pytest

from nova_rft.local_aws.training import JobStopped, Supervised, train_on_texts


def steps(asked: Supervised, texts: list[str], **more: list[str]) -> list[dict[str, float]]:
    return list(train_on_texts(asked, texts, **more, stopping=threading.Event()))


def test_it_starts_at_chance_and_learns() -> None:
    found = steps(Supervised(batch_size=2, epochs=3), ["a cat sat", "a cat ran", "a mat"])
    assert [step["step_number"] for step in found] == [1, 2, 3, 4, 5, 6]
    assert [step["epoch_number"] for step in found] == [1, 1, 2, 2, 3, 3]
    # Before anything was learnt every byte is as likely as any other.
    assert found[0]["training_loss"] == pytest.approx(math.log(256))
    assert found[-1]["training_loss"] < found[1]["training_loss"] < found[0]["training_loss"]
    assert all(s["perplexity"] == pytest.approx(math.exp(s["training_loss"])) for s in found)


def test_steps_end_it_whatever_the_epochs() -> None:
    found = steps(Supervised(batch_size=1, steps=5), ["one", "two"])
    assert [step["epoch_number"] for step in found] == [1, 1, 2, 2, 3]


def test_what_it_never_saw_is_told_apart() -> None:
    found = steps(Supervised(batch_size=1, epochs=5), ["abab"] * 3, validation=["zzzz"])
    assert found[-1]["validation_loss"] > 3 * found[-1]["training_loss"]


def test_it_stops_when_asked() -> None:
    stopping = threading.Event()
    running = train_on_texts(Supervised(batch_size=1), ["a", "b"], stopping=stopping)
    next(running)
    stopping.set()
    with pytest.raises(JobStopped):
        next(running)
