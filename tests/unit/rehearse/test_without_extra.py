"""Without the extra everything but the training works, and what to install is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nova_rft.rehearse.tasks import write_task

PROGRAM = str(Path(sys.executable).with_name("nova-rft"))
HEAVY = ("torch", "trl", "transformers", "datasets", "accelerate")


def test_importing_the_rehearsal_and_its_page_imports_nothing_that_trains() -> None:
    code = (
        "import sys; from nova_rft.rehearse import rehearse, judge, foresee; import nova_rft.report; "
        f"import nova_rft.cli._app; print([n for n in {HEAVY} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A torch that cannot be imported, here and in processes that are started, whatever is installed."""
    folder = tmp_path / "hiding"
    folder.mkdir()
    (folder / "torch.py").write_text("raise ImportError('not here')\n")
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)


@pytest.mark.usefixtures("hidden")
def test_rehearse_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVA_RFT_HOME", str(tmp_path / "home"))
    spec = write_task(tmp_path, "format")
    done = subprocess.run(
        [PROGRAM, "rehearse", str(spec), "--json"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "pip install 'nova-rft[rehearse]'" in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_flaw_without_its_task_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [PROGRAM, "rehearse", "--flaw", "length"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "add --task format" in done.stderr
