"""The manual's page on jobs: its Python runs, from top to bottom, against the embedded AWS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from nova_rft.aws.session import Aws
from nova_rft.spec import parse
from tests.support import ROOT, MakeProject

PAGE = (ROOT / "docs" / "jobs.md").read_text()


def test_its_python_runs(
    in_cloud: Aws, make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = make_project(learning_rate=3.8e-5)
    text = spec.read_text()
    for name, rate in (("tone", "3.85e-5"), ("summaries", "3.9e-5")):
        spec.with_name(f"{name}.yaml").write_text(text.replace("3.8e-05", rate))
    monkeypatch.chdir(spec.parent)
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        exec(compile(block, "jobs.md", "exec"), names)  # noqa: S102
    assert Path(names["path"]).is_file()
    assert len({handle.name for handle in names["handles"]}) == 2


def test_its_spec_is_valid() -> None:
    for block in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        assert parse(block).technique == "sft"
