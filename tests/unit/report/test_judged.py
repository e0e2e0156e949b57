"""The report carries what people said of the judges, and says where nobody was asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.calibrate import calibrate, read_labels, standing, write_calibrations
from nova_rft.report import ReportInput, Summary, render_html, summarise

from .making import make_job, make_row, make_spec


def labelled(path: Path, wrong_every: int) -> Path:
    """60 prompts, two responses each; the judge is wrong on every so-manieth prompt."""
    rows: list[dict[str, Any]] = []
    for number in range(60):
        for said in ("yes", "no"):
            judge = said if number % wrong_every else "yes"
            rows.append({"prompt": f"p{number}", "response": said, "human": said, "judge": judge})
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def summary_of(folder: Path) -> Summary:
    spec = make_spec()
    rows = [make_row(number, right=float(number % 2)) for number in range(4)]
    return summarise(ReportInput(spec, make_job(), rows, standing=standing(spec, folder)))


@pytest.mark.parametrize(("wrong_every", "fit"), [(20, True), (1, False)])
def test_the_report_carries_the_figures(tmp_path: Path, wrong_every: int, fit: bool) -> None:
    labels = read_labels(labelled(tmp_path / "labels.jsonl", wrong_every), recorded=True)
    found = calibrate(labels, labels.judges[0])
    term = make_spec().required_reward.terms[1]
    write_calibrations(tmp_path / "calibration.json", [(term, found)])  # type: ignore[list-item]
    summary = summary_of(tmp_path)
    (one,) = summary.judged
    assert (one.term, one.rows, one.prompts) == ("style", 120, 60)
    assert (one.kappa.value, one.kappa.low) == (found.total.kappa.value, found.total.kappa.low)
    assert (one.fitness == "not fit") is not fit
    said = next(each for each in summary.says if "The judge style is" in each.text)
    assert f"{found.total.kappa.value:.3f}" in said.text
    assert "120 labels of 60 prompts" in said.text
    page = render_html(summary)
    assert "Kappa with people" in page
    assert f">{found.total.accuracy.value:.3f}" in page


def test_a_judge_that_nobody_calibrated_is_named(tmp_path: Path) -> None:
    summary = summary_of(tmp_path)
    assert summary.judged[0].fitness is None
    said = next(each for each in summary.says if "The judge style" in each.text)
    assert (said.tone, "was not calibrated" in said.text) == ("warning", True)
    assert "not calibrated" in render_html(summary)


def test_without_asking_nothing_is_claimed() -> None:
    summary = summarise(ReportInput(make_spec(), make_job(), [make_row(1)]))
    assert summary.judged == []
    assert "Kappa with people" not in render_html(summary)
