"""Judging many responses: engines, the ledger of what is known, and what it will take.

    with Work(items, identity, folder) as work, Ledger(file) as ledger:
        scoring = Scoring(work, ledger, engine, Limits())
        summary, rows = scoring.run(), scoring.rows()

An engine is anything with `Engine`'s two members: chunks in, a row for each item out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.scale._engine import PASSING, Answered, Chunk, Engine, EngineFailed
    from nova_rft.scale._here import HereEngine
    from nova_rft.scale._identity import identity_deployed, identity_here
    from nova_rft.scale._lambda import LambdaEngine
    from nova_rft.scale._ledger import Folder, Ledger
    from nova_rft.scale._map import MapEngine
    from nova_rft.scale._run import Limits, Scoring
    from nova_rft.scale._summary import Summary
    from nova_rft.scale._work import Work

__all__ = [
    "PASSING",
    "Answered",
    "Chunk",
    "Engine",
    "EngineFailed",
    "Folder",
    "HereEngine",
    "LambdaEngine",
    "Ledger",
    "Limits",
    "MapEngine",
    "Scoring",
    "Summary",
    "Work",
    "identity_deployed",
    "identity_here",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.scale._engine": ("PASSING", "Answered", "Chunk", "Engine", "EngineFailed"),
        "nova_rft.scale._here": ("HereEngine",),
        "nova_rft.scale._identity": ("identity_deployed", "identity_here"),
        "nova_rft.scale._lambda": ("LambdaEngine",),
        "nova_rft.scale._ledger": ("Folder", "Ledger"),
        "nova_rft.scale._map": ("MapEngine",),
        "nova_rft.scale._run": ("Limits", "Scoring"),
        "nova_rft.scale._summary": ("Summary",),
        "nova_rft.scale._work": ("Work",),
    },
)
