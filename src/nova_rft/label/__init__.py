"""Labelling: draws the most informative rollouts, shows them in a local page, writes the labels file.

Nothing here leaves this machine, and no model is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.label._agreement import Agreed, agreement
    from nova_rft.label._answers import Answers, read_answers
    from nova_rft.label._files import Places, read_set, write_labels, write_set
    from nova_rft.label._item import Drawn, Item, Question
    from nova_rft.label._questions import questions, shows_reference
    from nova_rft.label._rollouts import Candidate, Read, read_candidates
    from nova_rft.label._server import label_app, serve
    from nova_rft.label._session import BadAction, Progress, Session
    from nova_rft.label._set import Set, Wanted, draw_only, take_set
    from nova_rft.label.drawing import Drawing, draw
    from nova_rft.loopback import Serving

__all__ = [
    "Agreed",
    "Answers",
    "BadAction",
    "Candidate",
    "Drawing",
    "Drawn",
    "Item",
    "Places",
    "Progress",
    "Question",
    "Read",
    "Serving",
    "Session",
    "Set",
    "Wanted",
    "agreement",
    "draw",
    "draw_only",
    "label_app",
    "questions",
    "read_answers",
    "read_candidates",
    "read_set",
    "serve",
    "shows_reference",
    "take_set",
    "write_labels",
    "write_set",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.label._agreement": ("Agreed", "agreement"),
        "nova_rft.label._answers": ("Answers", "read_answers"),
        "nova_rft.label._files": ("Places", "read_set", "write_labels", "write_set"),
        "nova_rft.label._item": ("Drawn", "Item", "Question"),
        "nova_rft.label._questions": ("questions", "shows_reference"),
        "nova_rft.label._rollouts": ("Candidate", "Read", "read_candidates"),
        "nova_rft.label._server": ("label_app", "serve"),
        "nova_rft.label._session": ("BadAction", "Progress", "Session"),
        "nova_rft.label._set": ("Set", "Wanted", "draw_only", "take_set"),
        "nova_rft.label.drawing": ("Drawing", "draw"),
        "nova_rft.loopback": ("Serving",),
    },
)
