"""What is named next means the stage that was given, and Ctrl-C is one word from the first moment."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import PROGRAM, run_program

SPEC = "project: p\ntechnique: sft\nmodel: amazon.nova-2-lite-v1:0:256k\ndata: {train: t.jsonl}\n"


def test_a_stage_stays_in_what_is_named_next(tmp_path: Path) -> None:
    (tmp_path / "nova-rft.yaml").write_text(SPEC)
    (tmp_path / "stages.yaml").write_text("stages: {dev: {}, prod: {}}\n")
    away = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "COLUMNS": "120"}
    given = run_program("--stage", "prod", "submit", folder=tmp_path, environment=away)
    assert given.returncode == 2
    assert "nova-rft --stage prod local up" in given.stderr
    plain = run_program("submit", folder=tmp_path, environment=away)
    assert "nova-rft local up" in plain.stderr and "--stage" not in plain.stderr


@pytest.mark.parametrize("begun", ["nova_rft.cli.calibrate", "nova_rft.cli.watch"])
def test_ctrl_c_while_it_starts_is_one_word(tmp_path: Path, begun: str) -> None:
    running = subprocess.Popen(
        [sys.executable, "-X", "importtime", PROGRAM, "check"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever started this may have it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert running.stderr is not None
    # Commands are being imported: nothing of them has run.
    for line in running.stderr:
        if line.rstrip().endswith(begun):
            break
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    told = [line for line in said.splitlines() if not line.startswith("import time:")]
    assert (running.returncode, told) == (130, ["nova-rft: interrupted"])


def test_a_page_on_what_runs_on_a_cluster_ends_before_the_job(tmp_path: Path) -> None:
    text = SPEC.replace("technique: sft", "technique: cpt\nbackend: hyperpod")
    (tmp_path / "nova-rft.yaml").write_text(text)
    (tmp_path / "t.jsonl").write_text('{"text": "One."}\n')
    away = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "COLUMNS": "80"}
    told = run_program("report", folder=tmp_path, environment=away)
    assert told.returncode == 0, told.stderr
    assert Path(tmp_path / told.stdout.strip()).exists()
    assert "Next: hyperpod list-jobs" in told.stderr and "submit" not in told.stderr
