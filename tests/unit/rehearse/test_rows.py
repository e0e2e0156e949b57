"""Rollouts of a rehearsal as the commands on rollouts read them."""

from __future__ import annotations

import json
from pathlib import Path

from nova_rft.data import Rollout
from nova_rft.rehearse._folder import RunFolder
from nova_rft.rehearse._grade import Graded
from nova_rft.rehearse._rows import rows_of
from nova_rft.reward import is_trace
from nova_rft.rollouts import Seen, read_seen

EVENT = [
    {
        "id": f"forecast-{place}",
        "messages": [
            {"role": "user", "content": "How much is 2 + 2?"},
            {"role": "assistant", "content": said},
        ],
        "metadata": {"reference_answer": "4", "hint": 2},
    }
    for place, said in enumerate(("4", "well"))
]
GRADED = [
    Graded(
        1.5, {"right": 1.0, "judge": 5.0, "judge.tone": 5.0}, {"right": 1.0, "judge": 0.5}, False
    ),
    Graded(0.0, {"right": 0.0}, {"right": 0.0}, True),
]


def test_rows_come_back_as_they_were_scored(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.place.mkdir()
    rows = list(rows_of(EVENT, GRADED, [3, 3], ["right", "judge"], at="now", policy="tiny"))
    assert all(map(is_trace, rows))
    run.keep_before(rows)
    first, second = read_seen(run.place / "before.jsonl")
    assert isinstance(first, Seen)
    assert isinstance(second, Seen)
    assert isinstance(first.rollout, Rollout)
    assert (first.rollout.group, second.rollout.group) == ("3", "3")
    assert (first.rollout.response, first.rollout.reference) == ("4", "4")
    assert first.rollout.metadata["hint"] == 2
    assert (first.reward, second.reward) == (1.5, None)
    # Metrics that are no terms stay out, as they do in the traces.
    assert dict(first.values) == {"right": 1.0, "judge": 5.0}
    assert dict(first.weighted) == {"right": 1.0, "judge": 0.5}
    assert second.said["judge"]["abstained"]["cause"] == "no_value"
    assert first.noted == {"policy": "tiny"}
    assert json.loads(json.dumps(rows)) == rows
