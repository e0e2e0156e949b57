"""Terms of rewards that the forecast's thresholds were not chosen on; written beside each spec."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any

from nova_rft.data import Rollout

_WORD = re.compile(r"\w+")
_SURE = re.compile(r"certainly|i am sure|definitely|without any doubt", re.I)
_CONNECTIVES = re.compile(r"because|therefore|so|then|step", re.I)


def _words(text: object) -> list[str]:
    return _WORD.findall(str(text).lower())


def _share_in(those: list[str], of: list[str]) -> float:
    known = set(of)
    return sum(word in known for word in those) / len(those) if those else 0.0


def recall(rollout: Rollout) -> float:
    """The share of the reference's words that the response has."""
    return _share_in(_words(rollout.reference), _words(rollout.response))


def precision(rollout: Rollout) -> float:
    """The share of the response's words that the reference has."""
    return _share_in(_words(rollout.response), _words(rollout.reference))


def echo(rollout: Rollout) -> float:
    """The share of the prompt's words that the response has."""
    return _share_in(_words(rollout.prompt[-1].text), _words(rollout.response))


def words(rollout: Rollout) -> float:
    """How many words there are."""
    return float(len(rollout.response.split()))


def brief(rollout: Rollout) -> float:
    """1 for nothing at all, 0 from a hundred characters on."""
    return max(1 - len(rollout.response) / 100, 0.0)


def decisions(rollout: Rollout) -> float:
    """How often a decision is spoken of."""
    return float(rollout.response.lower().count("decided"))


def sums(rollout: Rollout) -> float:
    """How many sums are written down."""
    return float(rollout.response.count("="))


def connectives(rollout: Rollout) -> float:
    """How many words of reasoning there are."""
    return float(len(_CONNECTIVES.findall(rollout.response)))


def sure(rollout: Rollout) -> float:
    """How often the response says that it is sure."""
    return float(len(_SURE.findall(rollout.response)))


def close(rollout: Rollout) -> float:
    """How like the response is to the broken program: a repair should change little."""
    program = str(rollout.metadata["program"])
    return difflib.SequenceMatcher(None, rollout.response, program, autojunk=False).ratio()


def operations(rollout: Rollout) -> float:
    """1 where the response has the program's operations, whatever their numbers."""
    said, program = (
        re.sub(r"\d+", "#", text.strip())
        for text in (rollout.response, str(rollout.metadata["program"]))
    )
    return float(said == program)


def answered(rollout: Rollout) -> float:
    """1 where an answer is marked."""
    return float("Answer:" in rollout.response)


def sentence(rollout: Rollout) -> float:
    """1 where the response begins as a sentence does and ends as one."""
    said = rollout.response.strip()
    return float(said[:1].isupper() and said.endswith("."))


def begins(rollout: Rollout) -> float:
    """1 where the response begins with the reference's first word."""
    return float(_words(rollout.response)[:1] == _words(rollout.reference)[:1])


def characters(rollout: Rollout) -> float:
    """How many characters there are."""
    return float(len(rollout.response))


def named(rollout: Rollout) -> float:
    """1 where the person's name is mentioned."""
    return float(json.loads(str(rollout.reference))["name"] in rollout.response)


def mentions(rollout: Rollout) -> float:
    """The share of name, age and city that is mentioned, in whatever form."""
    values = [str(value) for value in json.loads(str(rollout.reference)).values()]
    return sum(value in rollout.response for value in values) / len(values)


def fields(rollout: Rollout) -> float:
    """The share of the object's fields that are right; 0 where the response is no object."""
    wanted: dict[str, Any] = json.loads(str(rollout.reference))
    try:
        found = json.loads(rollout.response)
    except ValueError:
        return 0.0
    if not isinstance(found, dict):
        return 0.0
    return sum(bool(found.get(name) == value) for name, value in wanted.items()) / len(wanted)
