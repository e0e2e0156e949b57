"""The rehearsal: a small policy trained with the spec's own reward, before any money is spent.

Only here are torch and trl imported, and only when a policy is trained.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.rehearse._asked import Asked, Progress
    from nova_rft.rehearse._examples import Example, read_examples
    from nova_rft.rehearse._facts import RewardFacts, TermFacts
    from nova_rft.rehearse._folder import Sample
    from nova_rft.rehearse._foresee import Foresight, foresee
    from nova_rft.rehearse._grade import RewardFailed, call_here
    from nova_rft.rehearse._job import JobAsked
    from nova_rft.rehearse._kept import Rehearsed, newest_rehearsal, rehearsal, rehearsals
    from nova_rft.rehearse._measure import Step
    from nova_rft.rehearse._outcome import Made, Outcome
    from nova_rft.rehearse._run import rehearse
    from nova_rft.rehearse._settings import Settings, WarmStart
    from nova_rft.rehearse._verdict import Verdict, judge

__all__ = [
    "Asked",
    "Example",
    "Foresight",
    "JobAsked",
    "Made",
    "Outcome",
    "Progress",
    "Rehearsed",
    "RewardFacts",
    "RewardFailed",
    "Sample",
    "Settings",
    "Step",
    "TermFacts",
    "Verdict",
    "WarmStart",
    "call_here",
    "foresee",
    "judge",
    "newest_rehearsal",
    "read_examples",
    "rehearsal",
    "rehearsals",
    "rehearse",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.rehearse._asked": ("Asked", "Progress"),
        "nova_rft.rehearse._examples": ("Example", "read_examples"),
        "nova_rft.rehearse._facts": ("RewardFacts", "TermFacts"),
        "nova_rft.rehearse._folder": ("Sample",),
        "nova_rft.rehearse._foresee": ("Foresight", "foresee"),
        "nova_rft.rehearse._grade": ("RewardFailed", "call_here"),
        "nova_rft.rehearse._job": ("JobAsked",),
        "nova_rft.rehearse._kept": ("Rehearsed", "newest_rehearsal", "rehearsal", "rehearsals"),
        "nova_rft.rehearse._measure": ("Step",),
        "nova_rft.rehearse._outcome": ("Made", "Outcome"),
        "nova_rft.rehearse._run": ("rehearse",),
        "nova_rft.rehearse._settings": ("Settings", "WarmStart"),
        "nova_rft.rehearse._verdict": ("Verdict", "judge"),
    },
)
