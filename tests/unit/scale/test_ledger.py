"""The ledger: nothing is scored twice, whatever ended the run, and other machines go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from nova_rft.errors import AwsRefused, UsageError
from nova_rft.scale import Answered, Chunk, Ledger, Limits, Scoring, Summary
from tests.support import ROOT

from .making import Counting, raw, row, work

ITEMS = [raw(n, f"g{n // 2}", "x" * n) for n in range(20)]


class MemoryFolder:
    """A folder of a bucket, as far as the ledger knows."""

    def __init__(self) -> None:
        self.parts: dict[str, bytes] = {}
        self.refuses = False

    def names(self) -> list[str]:
        return list(self.parts)

    def get(self, name: str) -> bytes:
        return self.parts[name]

    def put(self, name: str, body: bytes) -> None:
        if self.refuses:
            raise AwsRefused("SlowDown", service="s3", operation="PutObject", code="SlowDown")
        self.parts[name] = body


def run(
    home: Path, engine: Counting, folder: MemoryFolder | None = None
) -> tuple[Summary, list[dict[str, object]]]:
    with work(ITEMS, home) as made, Ledger(home / "ledger.sqlite", folder) as ledger:
        scoring = Scoring(made, ledger, engine, Limits(items=4))
        return scoring.run(), list(scoring.rows())


def test_every_item_gets_its_row_in_order_under_its_id(tmp_path: Path) -> None:
    summary, rows = run(tmp_path, Counting())
    assert [one["id"] for one in rows] == [f"i{n}" for n in range(20)]
    assert [one["aggregate_reward_score"] for one in rows] == list(range(20))
    assert (summary.items, summary.scored, summary.known, summary.spent.calls) == (20, 20, 0, 5)
    assert summary.reward == 9.5


def test_what_is_known_is_not_scored_again(tmp_path: Path) -> None:
    first = Counting(stop_after=3)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, first)
    second, third = Counting(), Counting()
    summary, rows = run(tmp_path, second)
    assert sorted(first.scored + second.scored) == sorted(one["id"] for one in ITEMS)
    assert (summary.known, len(rows), summary.spent.calls) == (12, 20, 2)
    assert summary.spent_in_all.calls == 5
    assert run(tmp_path, third)[1] == rows
    assert third.scored == []


def test_what_passes_is_asked_again_and_then_stands(tmp_path: Path) -> None:
    summary, rows = run(tmp_path, Counting(cause="judge_unavailable"))
    assert summary.abstained == {"judge_unavailable": 20}
    assert len(rows) == 20
    again = Counting()
    assert run(tmp_path, again)[0].scored == len(again.scored) == 20
    final = Counting(cause="unreadable_verdict")
    assert run(tmp_path, final)[0].scored == 20
    assert final.scored == []


class Recovering(Counting):
    """Has room for half of what is asked each time."""

    def score(self, chunks: Iterable[Chunk]) -> Iterator[Answered]:
        for number, answered in enumerate(super().score(chunks)):
            if number % 2:
                rows = [row({"id": one["id"]}, 0.0, "judge_unavailable") for one in answered.rows]
                answered = Answered(answered.chunk, rows, answered.spent)
            yield answered


def test_judges_without_room_are_asked_again_while_that_helps(tmp_path: Path) -> None:
    engine = Recovering()
    summary, rows = run(tmp_path, engine)
    # Of five chunks three, then one, then the last one.
    assert (summary.scored, summary.abstained, len(engine.scored)) == (20, {}, 20 + 8 + 4)
    assert [one["aggregate_reward_score"] for one in rows] == list(range(20))
    stuck = Counting(cause="judge_unavailable")
    with work(ITEMS, tmp_path, "other") as made, Ledger(tmp_path / "other.sqlite") as ledger:
        Scoring(made, ledger, stuck, Limits(items=4)).run()
    assert len(stuck.scored) == 2 * 20


def test_an_abstention_that_stands_is_not_asked_again(tmp_path: Path) -> None:
    run(tmp_path, Counting(cause="unreadable_verdict"))
    again = Counting()
    assert run(tmp_path, again)[0].abstained == {"unreadable_verdict": 20}
    assert again.scored == []


def test_another_machine_goes_on(tmp_path: Path) -> None:
    folder = MemoryFolder()
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "a", Counting(stop_after=2), folder)
    there = Counting()
    summary, rows = run(tmp_path / "b", there, folder)
    assert (summary.known, len(there.scored), len(rows)) == (8, 12, 20)
    assert summary.spent_in_all.calls == 5
    assert len(folder.parts) == 5


def test_parts_that_s3_refused_are_sent_by_the_next_run(tmp_path: Path) -> None:
    folder = MemoryFolder()
    folder.refuses = True
    with pytest.raises(AwsRefused):
        run(tmp_path, Counting(), folder)
    folder.refuses = False
    again = Counting()
    run(tmp_path, again, folder)
    # The one that was refused was paid for, and kept here.
    assert (len(again.scored), len(folder.parts)) == (16, 5)


def test_two_runs_do_not_share_a_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite"), pytest.raises(UsageError, match="another run"):
        Ledger(tmp_path / "ledger.sqlite")
    Ledger(tmp_path / "ledger.sqlite").__exit__()


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.unit.scale.making import Counting
from tests.unit.scale.test_ledger import run

class Doomed(Counting):
    def score(self, chunks):
        for number, answered in enumerate(super().score(chunks)):
            yield answered
            if number == int(sys.argv[3]):
                os.kill(os.getpid(), signal.SIGKILL)

run(Path(sys.argv[2]), Doomed())
"""


def test_a_killed_run_has_lost_nothing_that_it_was_told(tmp_path: Path) -> None:
    after = 2
    command = [sys.executable, "-c", KILLED, str(ROOT), str(tmp_path), str(after)]
    done = subprocess.run(command, env=os.environ, check=False)
    assert done.returncode == -signal.SIGKILL
    again = Counting()
    summary, rows = run(tmp_path, again)
    assert summary.known == 4 * (after + 1)
    assert len(again.scored) == 20 - summary.known
    assert [one["aggregate_reward_score"] for one in rows] == list(range(20))
