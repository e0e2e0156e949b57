"""One good and one flawed reward by one seed; stopping, going on, other policies, the Lambda's path."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from nova_rft.errors import UsageError
from nova_rft.project import Project
from nova_rft.rehearse import Asked, Outcome, Settings, Step, WarmStart, call_here, rehearse
from nova_rft.rehearse._asked import Silent
from nova_rft.rehearse.tasks import write_task
from tests.rehearse.conftest import Run, accuracy, alarms

SMALL = WarmStart(hidden=32, layers=1, heads=2, skill_steps=40, habit_steps=5, batch=16)
SHORT = Settings(batch=16, steps=12, looks=3, held_out=8, max_new_tokens=8, warm=SMALL)

pytestmark = pytest.mark.timeout(600)


def test_a_good_reward_is_learnt_and_the_command_says_so(home: Path) -> None:
    spec = write_task(home / "good", "format")
    command = [sys.executable, "-c", "from nova_rft.cli import main; main()", "rehearse", str(spec)]
    done = subprocess.run(
        [*command, "--policy", "tiny", "--seed", "0", "--steps", "40", "--json"],
        env={**os.environ, "NOVA_RFT_HOME": str(home), "COLUMNS": "80"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["verdict"] == "learns"
    assert found["reason"]
    assert found["steps"] == 40
    assert found["seconds"] > 0
    assert found["held_out"]["check"]["first"] < 0.3
    assert found["held_out"]["check"]["last"] > 0.9
    assert found["measures"]["reward"]["first"] < found["measures"]["reward"]["last"]
    assert found["forecast"]["alarm"] is False
    assert Path(found["page"]).read_text().startswith("<!DOCTYPE html>")
    assert "Traceback" not in done.stderr
    assert "Warning" not in done.stderr


def test_a_flawed_reward_is_called_out(rehearsed: Run) -> None:
    found = rehearsed("format", "length", steps=40)
    outlook = rehearsed.outlook(found)
    assert alarms(outlook) == ["check_lags"]
    assert outlook.checks[0].term == found.foresight.term == "thorough"
    assert (found.verdict.name, found.verdict.term) == ("hacks", "thorough")
    assert accuracy(found)[1] < 0.05
    assert any("soft_overlong" in advice for advice in found.advice)
    # Warmed up once, for the good reward and for this one.
    assert found.policy.warm_seconds == 0 or "good" not in str(found.folder)


class Stopping(Silent):
    """Presses Ctrl-C once so many steps are done."""

    def __init__(self, after: int) -> None:
        self._after = after

    def step(self, step: Step) -> None:
        """Counts, and stops."""
        if not step.held_out and step.number + 1 == self._after:
            os.kill(os.getpid(), signal.SIGINT)


def asked(folder: Path, **more: Any) -> Asked:
    project = Project.load(write_task(folder, "summary"))
    call = call_here(project.reward())
    rows = project._rows("train.jsonl")[:60], project._rows("validation.jsonl")[:8]
    return Asked(project.spec.required_reward, *rows, **{"call": call, **more})


def measured(found: Outcome) -> list[dict[str, Any]]:
    return [{**one.as_dict(), "seconds": 0} for one in sorted(found.steps, key=_order)]


def _order(step: Step) -> tuple[int, bool]:
    return step.number, not step.held_out


def test_a_stopped_rehearsal_goes_on_to_the_very_figures_of_one_that_was_not(
    tmp_path: Path,
) -> None:
    given = asked(tmp_path / "task")
    whole = rehearse(given, SHORT, tmp_path / "whole")
    stopped = rehearse(given, SHORT, tmp_path / "parts", Stopping(after=5))
    assert stopped.interrupted
    # It was pressed between two steps: the one that follows is still taken.
    assert len(stopped.trained) == 6
    gone_on = rehearse(given, SHORT, tmp_path / "parts")
    assert not gone_on.interrupted
    assert len(gone_on.trained) == len(whole.trained) == 12
    assert measured(gone_on) == measured(whole)
    assert gone_on.verdict == whole.verdict
    assert gone_on.foresight == whole.foresight


def test_ctrl_c_is_one_sentence_and_the_same_command_goes_on(home: Path) -> None:
    spec = write_task(home / "good", "format")
    command = [sys.executable, "-c", "from nova_rft.cli import main; main()", "rehearse", str(spec)]
    options = ["--steps", "9", "--batch", "16", "--json"]
    running = subprocess.Popen(
        [*command, *options],
        env={**os.environ, "NOVA_RFT_HOME": str(home), "COLUMNS": "80"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever started this may have it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert running.stderr
    for line in running.stderr:
        if line.startswith("step 0"):
            break
    running.send_signal(signal.SIGINT)
    out, said = running.communicate()
    assert running.returncode == 130
    found = json.loads(out)
    assert found["interrupted"]
    assert 0 < found["steps"] < 9
    assert said.splitlines()[-1] == (
        f"nova-rft: stopped after {found['steps']} of 9 steps; the same command goes on from here"
    )
    assert "cannot tell" not in said
    done = subprocess.run(
        [*command, *options],
        env={**os.environ, "NOVA_RFT_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout)["steps"] == 9
    assert "warming up" not in done.stderr


def test_equal_seeds_give_equal_figures_and_weights_are_warmed_up_once(tmp_path: Path) -> None:
    given = asked(tmp_path / "task")
    one, other = (rehearse(given, SHORT, tmp_path / "home") for _ in range(2))
    assert measured(one) == measured(other)
    assert one.policy.warm_seconds > 0
    assert other.policy.warm_seconds == 0
    assert one.policy.kept == other.policy.kept


def test_minutes_bound_a_rehearsal(tmp_path: Path) -> None:
    found = rehearse(
        asked(tmp_path / "task"),
        Settings(
            batch=16, steps=500, looks=2, held_out=8, max_new_tokens=8, warm=SMALL, minutes=0.05
        ),
        tmp_path,
    )
    assert 0 < len(found.trained) < 500
    assert 3 <= found.seconds < 30
    assert found.looks[-1].number == len(found.trained)


def test_a_folder_of_weights_is_a_policy(tmp_path: Path) -> None:
    given = asked(tmp_path / "task")
    kept = rehearse(given, SHORT, tmp_path / "home").policy.kept
    settings = Settings(policy=kept, batch=16, steps=2, looks=2, held_out=8, max_new_tokens=8)
    found = rehearse(given, settings, tmp_path / "home")
    assert found.policy.name == kept
    assert found.policy.kept == ""
    assert len(found.trained) == 2


def test_a_policy_that_is_not_there_is_refused(tmp_path: Path) -> None:
    given = asked(tmp_path / "task")
    with pytest.raises(UsageError, match="no such folder, and without a GPU"):
        rehearse(given, Settings(policy="some/model"), tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no model"):
        rehearse(given, Settings(policy=str(tmp_path / "empty")), tmp_path)


def test_a_rehearsal_needs_no_main_thread(tmp_path: Path) -> None:
    given, found = asked(tmp_path / "task"), list[Outcome]()
    settings = Settings(batch=16, steps=2, looks=2, held_out=8, max_new_tokens=8, warm=SMALL)
    thread = threading.Thread(target=lambda: found.append(rehearse(given, settings, tmp_path)))
    thread.start()
    thread.join()
    assert len(found[0].trained) == 2


def test_events_go_out_as_a_trainer_sends_them_and_the_answer_alone_is_read(
    tmp_path: Path,
) -> None:
    here = asked(tmp_path / "task")
    events: list[Any] = []

    def call(event: Any) -> Any:
        events.append(json.loads(json.dumps(event)))
        return here.call(event)

    settings = Settings(batch=16, steps=2, looks=2, held_out=8, max_new_tokens=8, warm=SMALL)
    through = asked(tmp_path / "task", call=call, through="lambda")
    found = rehearse(through, settings, tmp_path)
    assert found.through == "lambda"
    steps = [event for event in events if event[0]["id"].startswith("step-")]
    assert [len(event) for event in steps] == [16, 16]
    item = steps[0][0]
    assert set(item) == {"id", "messages", "metadata"}
    assert item["messages"][-1]["role"] == "assistant"
    assert item["metadata"]["reference_answer"]
    same = [one["messages"][0]["content"] for one in steps[0]]
    assert sorted(same.count(text) for text in set(same)) == [8, 8]
