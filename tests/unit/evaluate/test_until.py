"""An evaluation that runs out of time concludes nothing; the next call asks what is left alone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nova_rft.data import Message, Rollout
from nova_rft.errors import JudgeUnavailable
from nova_rft.evaluate import BASE, CUSTOM, Answering, Contender, OutOfTime, Part, Sampling, Until
from nova_rft.judge import JudgeModel, JudgeReply, JudgeRequest, Usage
from nova_rft.judge.models import MemoryPurse
from nova_rft.sampling import Prompt
from nova_rft.spec import BedrockJudge, JudgeModelSpec, parse

SPEC = parse(
    "project: p\nmodel: amazon.nova-2-lite-v1:0:256k\ndata: {train: a.jsonl}\n"
    "reward: {range: [0, 1], terms: [{name: a, type: match}]}\n"
)


class Slow:
    """Takes its time for each answer."""

    name = "slow"
    concurrency = 1

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked: list[str] = []

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        self.asked.append(request.user)
        time.sleep(self.seconds)
        return JudgeReply(None, "An answer.", Usage(1, 1), "end_turn")


def sampling(folder: Path) -> Sampling:
    asked = [Rollout(str(n), str(n), (Message("user", f"{n}?"),), "") for n in range(6)]
    prompts = tuple(Prompt(one.id, line, one) for line, one in enumerate(asked))
    both = tuple(
        Contender(name, BedrockJudge(provider="bedrock", id=f"amazon.{name}", concurrency=1))
        for name in (BASE, CUSTOM)
    )
    return Sampling([Part("", "held-out.jsonl", prompts)], both, 1, folder)


def draw(of: Sampling, model: Slow, until: Until) -> None:
    def bare(_: JudgeModelSpec) -> JudgeModel:
        return model

    answering = Answering(SPEC.required_reward, bare, MemoryPurse(), of.kept, until)
    of.draw({one.name: answering.of(one) for one in of.contenders})
    until.check()


def test_what_came_in_time_is_kept_and_the_rest_is_asked_by_the_next_call(tmp_path: Path) -> None:
    first, slow = sampling(tmp_path), Slow(0.05)
    with pytest.raises((OutOfTime, JudgeUnavailable)):
        draw(first, slow, Until(time.monotonic() + 0.12))
    assert 0 < len(first.kept.known) < 12
    second, quick = sampling(tmp_path), Slow(0.0)
    draw(second, quick, Until(time.monotonic() + 60))
    assert len(first.kept.known) + len(quick.asked) == len(second.kept.known) == 12


def test_past_its_time_nothing_is_asked_and_nothing_is_said(tmp_path: Path) -> None:
    slow, until = Slow(0.0), Until(time.monotonic() - 1)
    with pytest.raises(JudgeUnavailable, match="no time left"):
        draw(sampling(tmp_path), slow, until)
    assert not slow.asked
    with pytest.raises(OutOfTime):
        until.check()


def test_without_an_end_all_is_asked(tmp_path: Path) -> None:
    slow = Slow(0.0)
    draw(sampling(tmp_path), slow, Until(None))
    assert len(slow.asked) == 12
