"""The notebook runs from top to bottom, in an empty folder, to the outputs that are committed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.pages import DOCS


@pytest.mark.manual
def test_it_runs_to_the_outputs_that_it_shows(tmp_path: Path) -> None:
    file = shutil.copy(DOCS / "notebook.ipynb", tmp_path)
    before = outputs(json.loads(Path(file).read_text()))
    # By a process of its own: what the kernel's client leaves open would be a warning here.
    program = Path(sys.executable).with_name("jupyter-execute")
    done = subprocess.run(
        [program, "--inplace", "--timeout=60", file],
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert outputs(json.loads(Path(file).read_text())) == before
    assert sum(map(bool, before)) >= 7
    assert (tmp_path / "maths" / "report.html").is_file()


def outputs(notebook: dict[str, Any]) -> list[str]:
    """What each cell of code says in plain text; what is shown as a page says nothing."""
    return [
        "".join(
            "".join(output.get("text") or output["data"]["text/plain"])
            for output in cell["outputs"]
            if "text/html" not in output.get("data", {})
        )
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]
