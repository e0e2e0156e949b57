"""The page on a rehearsal: it shows what was found, escapes what it is given, and needs nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nova_rft.rehearse import Foresight, Made, Outcome, Sample, Settings, judge
from nova_rft.report import render_rehearsal, write_rehearsal_page
from tests.unit.rehearse.courses import RIGHT, THOROUGH, TRUTH, facts, steps

from .test_page import tree_of

REWARD = facts(RIGHT, THOROUGH, TRUTH, high=5.0)


def outcome() -> Outcome:
    course = steps(
        reward=(0.7, 3.0),
        check=(0.3, 0.0),
        length=(20.0, 32.0),
        entropy=(0.4, 0.1),
        tied=(0.0, 1.0),
        repeated=(0.0, 0.9),
        weighted_thorough=(0.4, 3.0),
    )
    seen = Foresight(True, "thorough", -0.2, {"words": 1.2}, {"check": -0.5}, "it pulls", 256)
    return Outcome(
        settings=Settings(),
        facts=REWARD,
        checks=("truth",),
        policy=Made("tiny", 377_088, "policies/abc", 33.0, 32),
        verdict=judge(course, REWARD),
        advice=["Bound <their> length."],
        foresight=seen,
        steps=course,
        samples=[
            Sample(0, "Ann is 34.", '{"name": "Ann"}', 0.5, 1.0),
            Sample(60, "Ann is 34.", "<script>alert(1)</script>" + "well " * 200, 3.0, 0.0),
        ],
        seconds=44.0,
        processor_seconds=40.0,
        interrupted=False,
        folder=Path("runs/abc"),
        through="here",
    )


def test_the_page_tells_verdict_advice_course_and_samples() -> None:
    page = render_rehearsal(outcome(), "format-length")
    assert 'Verdict: <span class="bad">hacks</span>' in page
    assert "most of it by thorough" in page
    assert "Bound &lt;their&gt; length." in page
    assert page.count("<svg") == 7
    assert "not what Nova will learn" in page
    assert "On held-out prompts" in page
    assert "Ann is 34." in page


def test_what_a_policy_says_is_escaped_and_cut() -> None:
    page = render_rehearsal(outcome(), "<b>project</b>")
    tree_of(page)
    assert "&lt;b&gt;project" in page
    assert "(1,025 characters)" in page
    assert "default-src 'none'" in page


def test_another_policy_is_not_called_tiny_and_an_interrupted_run_says_so() -> None:
    given = outcome()
    page = render_rehearsal(
        replace(
            given, policy=replace(given.policy, name="models/small", kept=""), interrupted=True
        ),
        "p",
    )
    assert "not what Nova will learn" not in page
    assert "The same command goes on from here." in page


def test_a_run_without_steps_has_a_page_too(tmp_path: Path) -> None:
    empty = replace(outcome(), steps=[], samples=[], verdict=judge([], REWARD), checks=())
    page = render_rehearsal(empty, "p")
    assert "cannot tell" in page
    assert "Nothing tells right from wrong" in page
    assert "<svg" not in page
    assert write_rehearsal_page(empty, "p", tmp_path / "new" / "page.html").read_text() == page


@pytest.mark.parametrize("verdict", ["learns", "stalls", "cannot tell"])
def test_every_verdict_has_its_tone(verdict: str) -> None:
    given = outcome()
    page = render_rehearsal(replace(given, verdict=replace(given.verdict, name=verdict)), "p")  # type: ignore[arg-type]
    assert f">{verdict}</span>" in page
