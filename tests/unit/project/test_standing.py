"""A judge that nobody compared with people trains nothing, unless that is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from nova_rft.errors import FindingsError
from nova_rft.project import Project

SPEC = """\
project: tone
model: amazon.nova-2-lite-v1:0:256k
region: us-east-1
data: {train: train.jsonl}
reward:
  range: [0, 1]
  terms:
    - name: tone
      type: rubric
      model: {provider: scripted}
      criteria: [{name: calm, question: Is it calm?}]
"""


def project(folder: Path, more: str = "") -> Project:
    file = folder / "nova-rft.yaml"
    file.write_text(SPEC + more)
    return Project.load(file)


def test_a_judge_that_was_not_calibrated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FindingsError, match="judge tone: was not calibrated; run nova-rft cali"):
        project(tmp_path).submit()


def test_the_spec_may_do_without(tmp_path: Path) -> None:
    # Past that question the records are asked for, and there are none.
    asked = project(tmp_path, "calibration: {required: false}\n")
    with pytest.raises(Exception, match=r"train\.jsonl") as caught:
        asked.submit()
    assert "calibrated" not in str(caught.value)
    with pytest.raises(Exception, match=r"train\.jsonl"):
        project(tmp_path).submit(uncalibrated=True)
