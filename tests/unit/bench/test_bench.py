"""The benches: small variants hold the ratios that are kept; what is measured becomes one table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import _smoke
from bench._figure import Figure, at_most, ratio_at_most
from bench._results import NAMES, read, run_each, table, write_table
from tests.support import ROOT

# Stands for a bench: prints a figure, or fails half-way.
BENCH = """
import json, sys
from bench._figure import Figure, at_most
print(json.dumps(Figure("a", "some work", 1.5, "s", "another", 3.0, at_most(2)).as_dict()))
sys.exit("out of luck" if sys.argv[1] == "corpus" else 0)
"""


@pytest.mark.parametrize("name", _smoke.NAMES)
def test_no_ratio_has_doubled(name: str) -> None:
    command = [sys.executable, "-m", "bench", "--smoke", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "times" in done.stdout or "not installed" in done.stdout


def test_a_ratio_is_kept_of_each_small_bench() -> None:
    assert set(_smoke.kept()) == set(_smoke.NAMES) <= set(NAMES)
    assert all(ratio > 0 for ratio in _smoke.kept().values())


def test_a_ratio_to_a_peer_that_is_not_there_breaks_nothing() -> None:
    alone = Figure("a", "work", 5.0, "s", "peer", None, ratio_at_most(1))
    assert (alone.ratio, alone.kept) == (None, True)
    assert not Figure("a", "work", 5.0, "s", "peer", 4.0, ratio_at_most(1)).kept
    assert not Figure("a", "work", 5.0, bound=at_most(4)).kept
    assert not Figure("a", "work", 5.0, bound=at_most(9), wrong="lost one").kept


def test_one_that_fails_does_not_lose_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT), str(ROOT / "src"))))
    results = tmp_path / "results.jsonl"
    command = [sys.executable, "-c", BENCH]
    measured = run_each(("corpus", "walk"), results, command)
    assert [(line["bench"], line["name"], line["kept"]) for line in measured] == [
        ("corpus", "a", True),
        ("corpus", "failed", False),
        ("walk", "a", True),
    ]
    run_each(("corpus",), results, command)
    assert [line["bench"] for line in read(results)] == ["corpus", "corpus", "walk"]
    page = tmp_path / "results.md"
    write_table(results, page)
    text = page.read_text()
    assert "some work 1.5 s another: 3 0.50 at most 2" in " ".join(text.split())
    assert "corpus, the bench failed: out of luck" in text
    assert "Python 3." in text and "cores" in text


def test_the_page_is_what_the_lines_give_and_fits_100_columns(tmp_path: Path) -> None:
    results, page = ROOT / "bench" / "results.jsonl", tmp_path / "results.md"
    write_table(results, page)
    assert page.read_text() == (ROOT / "bench" / "results.md").read_text()
    lines: list[dict[str, Any]] = [json.loads(line) for line in results.read_text().splitlines()]
    assert {line["bench"] for line in lines} <= set(NAMES)
    assert max(map(len, table(lines).splitlines())) <= 100


def test_the_readme_explains_every_bench() -> None:
    text = (ROOT / "bench" / "README.md").read_text()
    assert [name for name in NAMES if f"## {name}\n" not in text] == []
