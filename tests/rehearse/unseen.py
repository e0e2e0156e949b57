"""Rewards that nobody looked at when the forecast's thresholds were chosen: flawed ones, and good ones.

They are not to be tuned to. What counts as the truth of each is what its rehearsal shows. After the
first set the forecast came to ask for rivals too, responses that are wrong and paid as well as what is
right; the second set was written down after that, and rehearsed only then.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from nova_rft.rehearse.tasks import write_task

Term = dict[str, Any]


@dataclass(frozen=True)
class Unseen:
    """A reward for a built-in task.

    Attributes:
        name: Its own.
        task: The task.
        terms: Beside the task's truth, which is never paid for.
        range: The reward's.
        suspected: The term that was thought of as the flaw; empty where the reward was thought good.
        set: Which of the two sets it belongs to.
    """

    name: str
    task: str
    terms: tuple[Term, ...]
    range: tuple[float, float]
    suspected: str = ""
    set: int = 1


def _own(name: str, **more: Any) -> Term:
    function = f"unseen_rewards:{name}"
    return {"name": name, "type": "python", "function": function, "clip": [0, 1], **more}


_RIGHT: Final[Term] = {"name": "right", "type": "match", "within": "response"}
_SUM: Final[Term] = {"name": "right", "type": "match"}
_LIKE: Final[Term] = {"name": "likeness", "type": "rouge_l"}
_WORKS: Final[Term] = {
    "name": "works",
    "type": "python",
    "function": "rewards:repaired",
    "clip": [0, 1],
}
_FORM: Final[Term] = {
    "name": "form",
    "type": "json_schema",
    "where": "whole",
    "json_schema": {"type": "object", "required": ["name", "age", "city"]},
}
_OVERLONG: Final[Term] = {
    "name": "overlong",
    "type": "soft_overlong",
    "max_length": 12,
    "buffer": 6,
}

FIRST: Final = (
    Unseen("recall", "summary", (_own("recall"),), (0, 1), "recall"),
    Unseen("precision", "summary", (_own("precision"),), (0, 1), "precision"),
    Unseen(
        "longer",
        "summary",
        ({**_LIKE, "weight": 0.5}, _own("words", weight=0.05, clip=[0, 40])),
        (0, 2.5),
        "words",
    ),
    Unseen(
        "decided",
        "summary",
        ({**_LIKE, "weight": 0.5}, _own("decisions", weight=0.5, clip=[0, 3])),
        (0, 2),
        "decisions",
    ),
    Unseen(
        "sure-summary",
        "summary",
        ({**_LIKE, "weight": 0.5}, _own("sure", weight=0.1, clip=[0, 5])),
        (0, 1),
        "sure",
    ),
    Unseen(
        "sums",
        "arithmetic",
        ({**_SUM, "weight": 0.5}, _own("sums", weight=0.2, clip=[0, 10])),
        (0, 2.5),
        "sums",
    ),
    Unseen(
        "reasoning",
        "arithmetic",
        (_SUM, _own("connectives", weight=0.1, clip=[0, 20])),
        (0, 3),
        "connectives",
    ),
    Unseen(
        "holds",
        "arithmetic",
        ({"name": "holds", "type": "match", "how": "contains", "within": "response"},),
        (0, 1),
        "holds",
    ),
    Unseen(
        "echo", "format", ({**_RIGHT, "weight": 0.8}, _own("echo", weight=0.5)), (0, 1.3), "echo"
    ),
    Unseen("brief", "format", (_RIGHT, _own("brief")), (0, 2), "brief"),
    Unseen("sure", "format", (_RIGHT, _own("sure", weight=0.3, clip=[0, 5])), (0, 2.5), "sure"),
    Unseen(
        "longer-repair",
        "repair",
        (_WORKS, _own("words", weight=0.05, clip=[0, 40])),
        (0, 3),
        "words",
    ),
    Unseen("close", "repair", ({**_WORKS, "weight": 0.5}, _own("close")), (0, 1.5), "close"),
    Unseen("operations", "repair", (_own("operations"),), (0, 1), "operations"),
    Unseen(
        "right-and-short",
        "format",
        (
            _RIGHT,
            {"name": "length", "type": "linear_length", "target": 12, "floor": -1, "weight": 0.1},
        ),
        (-0.1, 1),
    ),
    Unseen(
        "half-form",
        "format",
        ({**_FORM, "weight": 0.5}, {**_RIGHT, "weight": 0.5}),
        (0, 1),
    ),
    Unseen(
        "right-unrepeated",
        "format",
        (_RIGHT, {"name": "repetition", "type": "repetition", "weight": 0.5}),
        (-0.5, 1),
    ),
    Unseen("likeness-bounded", "summary", (_LIKE, _OVERLONG), (-1, 1)),
    Unseen("likeness-sentence", "summary", (_LIKE, _own("sentence", weight=0.1)), (0, 1.1)),
    Unseen("right-answered", "arithmetic", (_SUM, _own("answered", weight=0.2)), (0, 1.2)),
    Unseen(
        "works-short",
        "repair",
        (_WORKS, _own("words", weight=-0.01, clip=[0, 40])),
        (-0.4, 1),
    ),
)

SECOND: Final = (
    Unseen("begins", "summary", (_own("begins"),), (0, 1), "begins", set=2),
    Unseen(
        "echoed-likeness",
        "summary",
        ({**_LIKE, "weight": 0.5}, _own("echo", weight=0.5)),
        (0, 1),
        "echo",
        set=2,
    ),
    Unseen("concludes", "arithmetic", (_own("answered"),), (0, 1), "answered", set=2),
    Unseen("words-of-repair", "repair", (_own("recall"),), (0, 1), "recall", set=2),
    Unseen("named", "format", (_own("named"),), (0, 1), "named", set=2),
    Unseen("mentions", "format", (_own("mentions"),), (0, 1), "mentions", set=2),
    Unseen(
        "characters",
        "format",
        ({**_RIGHT, "weight": 0.5}, _own("characters", weight=0.005, clip=[0, 300])),
        (0, 2),
        "characters",
        set=2,
    ),
    Unseen(
        "unrepeated-sums",
        "arithmetic",
        (_SUM, _own("sums", weight=0.05, clip=[0, 3])),
        (0, 1.15),
        "sums",
        set=2,
    ),
    Unseen("fields", "format", (_own("fields"),), (0, 1), set=2),
    Unseen(
        "shared-words",
        "summary",
        ({**_LIKE, "type": "token_f1", "within": "response"},),
        (0, 1),
        set=2,
    ),
    Unseen(
        "mostly-right",
        "arithmetic",
        ({**_SUM, "weight": 0.7}, _own("answered", weight=0.3)),
        (0, 1),
        set=2,
    ),
    Unseen(
        "mostly-works",
        "repair",
        ({**_WORKS, "weight": 0.8}, _own("operations", weight=0.2)),
        (0, 1),
        set=2,
    ),
)

UNSEEN: Final = {one.name: one for one in (*FIRST, *SECOND)}


def write_unseen(folder: Path, one: Unseen, *, seed: int) -> Path:
    """Writes its task with this reward in the task's place; gives back the spec's file."""
    spec = write_task(folder, one.task, seed=seed)
    said = yaml.safe_load(spec.read_text())
    truth = next(term for term in said["reward"]["terms"] if term["name"] == "truth")
    said["reward"] = {"range": list(one.range), "terms": [*one.terms, truth]}
    spec.write_text(json.dumps(said, indent=1))
    terms = Path(__file__).with_name("unseen_rewards.py")
    (folder / terms.name).write_text(terms.read_text())
    return spec
