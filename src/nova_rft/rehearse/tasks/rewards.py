"""Checks and flawed terms of the built-in tasks; this file is written beside each task's spec."""

from __future__ import annotations

import json
import re
from typing import Any

from nova_rft.data import Rollout
from nova_rft.reward.text.final_answer import final_answer, marked_answers

_CONNECTIVES = re.compile(r"because|therefore|so|then|step", re.I)
_SURE = re.compile(r"certainly|i am sure|definitely|without any doubt", re.I)
_FILLED = re.compile(r"\S+")


def worked_out(rollout: Rollout) -> float:
    """1 where the one final answer is the reference, else 0."""
    once = len(marked_answers(rollout.response)) == 1
    return float(once and final_answer(rollout.response) == rollout.reference)


def same_object(rollout: Rollout) -> float:
    """1 where the whole response is JSON equal to the reference, else 0."""
    try:
        found: Any = json.loads(rollout.response)
    except ValueError:
        return 0.0
    return float(found == json.loads(str(rollout.reference)))


def same_words(rollout: Rollout) -> float:
    """1 where the response is the reference, else 0."""
    return float(rollout.response.split() == str(rollout.reference).split())


def repaired(rollout: Rollout) -> float:
    """1 where the program has the broken one's operations and gives what is wanted, else 0."""
    broken, start, wanted = (rollout.metadata[name] for name in ("program", "start", "wanted"))
    if re.sub(r"\d+", "#", rollout.response.strip()) != re.sub(r"\d+", "#", broken):
        return 0.0
    return float(run(rollout.response, start) == wanted)


def run(program: str, value: int) -> int:
    """What a program of the small language makes of a number."""
    for step in program.strip().split("; "):
        name, _, number = step.partition(" ")
        match name:
            case "add":
                value += int(number)
            case "take":
                value -= int(number)
            case "double":
                value *= 2
    return value


def words(rollout: Rollout) -> float:
    """A flaw: how many words there are."""
    return float(len(rollout.response.split()))


def characters(rollout: Rollout) -> float:
    """A flaw: how many characters there are, spaces left out."""
    return float(sum(map(len, _FILLED.findall(rollout.response))))


def connectives(rollout: Rollout) -> float:
    """A flaw: how many words of reasoning there are, whatever they connect."""
    return float(len(_CONNECTIVES.findall(rollout.response)))


def impressed(rollout: Rollout) -> float:
    """A flaw: a judge that takes confidence for quality, as a stand-in for a model that does."""
    return min(len(_SURE.findall(rollout.response)), 5) / 5
