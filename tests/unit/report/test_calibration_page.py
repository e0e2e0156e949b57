"""The page on a calibration: well-formed, escaped, on its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from nova_rft.calibrate import Draws, calibrate, compare_judges, read_labels
from nova_rft.report import render_calibration_page
from tests.unit.calibrate.labelled import write

from .test_page import _EVIL, tree_of


def page_of(folder: Path, rows: list[dict[str, Any]]) -> str:
    labels = read_labels(write(folder, rows), recorded=True)
    found = [calibrate(labels, judge) for judge in labels.judges]
    return render_calibration_page(labels, found, compare_judges(found, Draws()), "USD")


def rows(count: int = 120, **more: Any) -> list[dict[str, Any]]:
    dice = np.random.default_rng(0)
    made = []
    for number in range(count):
        score = float(dice.random())
        tone = "pass" if dice.random() < score**2 else "fail"
        human = {"tone": [tone, tone, "pass"], "facts": "fail"}
        judge = {"tone": score, "facts": None if number % 9 == 0 else 0.2}
        row = {"prompt": f"p{number}", "response": "r", "human": human, "judge": judge}
        made.append({**row, **more})
    return made


def test_it_is_well_formed_and_on_its_own(tmp_path: Path) -> None:
    for made in (rows(), rows(1), rows(judges={"other": {"tone": "pass"}})):
        page = page_of(tmp_path, made)
        tree = tree_of(page)
        assert not tree.tags & {"link", "iframe", "object", "embed", "img", "form"}
        links = [value for name, value in tree.attributes if name in {"href", "src"}]
        assert all(link.startswith("#") for link in links)
        assert set(re.findall(r"https?://[^\s\"'<>]+", page)) <= {"http://www.w3.org/2000/svg"}


def test_pictures_of_agreement_criteria_confusion_and_curve(tmp_path: Path) -> None:
    page = page_of(tmp_path, rows())
    drawn = re.findall(r"<svg[^>]*aria-label=\"([^\"]*)\"", page)
    assert [one.partition(".")[0] for one in drawn] == [
        "Agreement with people",
        "Agreement on each criterion",
        "Confusion",
        "Calibration curve",
    ]
    assert "The worst disagreements" in page


def test_what_labels_hold_is_only_text(tmp_path: Path) -> None:
    made = rows(20)
    for row in made:
        row.update(prompt=_EVIL + row["prompt"], response=_EVIL + "\ud800")
        row["human"] = {_EVIL: (_EVIL, "b")[len(row["prompt"]) % 2]}
        row["judge"] = {_EVIL: "b"}
        row["judges"] = {_EVIL: {_EVIL: _EVIL}}
    page = page_of(tmp_path, made)
    page.encode()
    tree = tree_of(page)
    assert "img" not in tree.tags
    assert not [name for name, _ in tree.attributes if name.startswith("on")]
    assert "{{ 7*7 }}" in "".join(tree.text)


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    assert page_of(tmp_path, rows()) == page_of(tmp_path, rows())
