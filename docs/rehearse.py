"""Rehearses the rewards that docs/reward-hacking.md shows, and writes what each step measured.

Run as `python docs/rehearse.py` (three minutes of one processor; needs the extra `rehearse`). The
pictures are drawn from docs/rehearsal-curves.jsonl by `make docs`, which trains nothing.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generators.learning import CURVES, SHOWN, Shown

from nova_rft.project import Project
from nova_rft.rehearse import Outcome, Settings
from nova_rft.rehearse.tasks import write_task


def rows(shown: Shown, outcome: Outcome) -> Iterator[dict[str, Any]]:
    """A line for the verdict, then one for each step and look."""
    verdict = outcome.verdict
    yield {
        "name": shown.name,
        "verdict": verdict.name,
        "term": verdict.term,
        "since": verdict.since,
        "seed": outcome.settings.seed,
        "sample": outcome.samples[-1].response,
    }
    for step in outcome.steps:
        figures = {
            name: round(value, 4)
            for name, value in step.figures.items()
            if name in ("reward", "check", "length") or name.startswith("weighted:")
        }
        yield {
            "name": shown.name,
            "step": step.number,
            "held_out": step.held_out,
            "figures": figures,
        }


def main() -> int:
    """Rehearses all, one after the other; weights are warmed up once."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["NOVA_RFT_HOME"] = folder
        for shown in SHOWN:
            spec = write_task(Path(folder) / shown.name, "format", shown.flaw, mend=shown.mend)
            outcome = Project.load(spec).rehearse(Settings(steps=shown.steps))
            print(shown.name, outcome.verdict.name, outcome.verdict.term, flush=True)
            lines += [json.dumps(row) + "\n" for row in rows(shown, outcome)]
    CURVES.write_text("".join(lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
