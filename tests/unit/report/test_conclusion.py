"""What came out, for somebody who reads no further."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nova_rft.calibrate import Fitness, Standing, TermStanding
from nova_rft.report import Conclusion, ReportInput, summarise

from .making import make_job, make_plain_spec, make_spec
from .story import told


def concluded(given: ReportInput) -> Conclusion:
    return summarise(given).conclusion


def test_a_whole_run_is_told_in_its_order() -> None:
    found = concluded(told(hostile=False))
    assert found.headline == "The trained model is better than its base on held-out prompts."
    assert (found.mood, found.following) == ("good", "nova-rft serve-model")
    assert [one.id for one in found.steps] == [
        "asked", "checked", "calibrated", "rehearsed", "signal", "trained", "rewarded", "compared",
        "cost", "rollouts",
    ]  # fmt: skip
    order = [
        "was asked for",
        "22 warnings",
        "240 labels",
        "rehearsal",
        "19",
        "completed",
        "Real gain",
    ]
    places = [found.text.index(words) for words in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("changes", "headline", "following"),
    [
        (
            {"job": None, "rows": (), "evaluation": None},
            "Not trained yet; nothing found here speaks against it.",
            "nova-rft submit",
        ),
        (
            {"job": None, "rows": (), "evaluation": None, "checks": (), "rehearsed": None},
            "Not trained yet; still to be checked and rehearsed.",
            "nova-rft check",
        ),
        (
            {"job": make_job(status="Failed", failure="No records.")},
            "Training ended Failed: there is no model.",
            "",
        ),
        (
            {"job": make_job(status="InProgress", ended=None)},
            "Training is under way.",
            "nova-rft watch",
        ),
        ({"evaluation": None}, "Trained, and not yet compared with its base.", "nova-rft evaluate"),
        (
            {"job": make_job(tags={"nova-rft:policy": "recorded"}, name="contracts-dev-1")},
            "This was a trial run: the model that was asked for was not trained.",
            "",
        ),
    ],
)
def test_the_headline_is_what_is_known(
    changes: dict[str, Any], headline: str, following: str
) -> None:
    found = concluded(told(hostile=False, **changes))
    assert (found.headline, found.following) == (headline, following)


def test_a_step_that_speaks_against_training_is_named() -> None:
    unfit = Standing((TermStanding("style", Fitness.UNFIT, ("kappa 0.1",), {"n": 9}),))
    found = concluded(told(job=None, rows=(), evaluation=None, standing=unfit))
    assert (found.headline, found.mood) == (
        "Not trained, and not ready to be: see calibrated.",
        "bad",
    )


def test_an_evaluation_of_another_job_says_nothing_of_this_one() -> None:
    found = concluded(told(hostile=False, job=make_job(name="adding-dev-9")))
    assert found.headline == "Trained, and not yet compared with its base."
    (compared,) = [one for one in found.steps if one.id == "compared"]
    assert compared.words == "of another job"


def test_where_nothing_is_rewarded_no_judge_is_asked_for() -> None:
    found = concluded(ReportInput(make_plain_spec(), make_job(), ()))
    assert [one.id for one in found.steps] == ["asked", "checked", "trained", "compared", "cost"]


def test_what_has_no_price_is_in_no_sum() -> None:
    summary = summarise(told(hostile=False))
    assert [(one.what, one.amount) for one in summary.costs] == [
        ("Training", 41.2),
        ("Judge style", None),
        ("Evaluation", 1.25),
    ]
    assert "$42.45 were spent, without judge style, whose price" in summary.conclusion.text
    given = told(hostile=False)
    reward = {"prices": {"judge-model": {"input": 1000, "output": 2000}}}
    priced = summarise(replace(given, spec=make_spec(**reward)))
    # 46 verdicts of 10 tokens read and 2 written.
    assert priced.costs[1].amount == pytest.approx((46 * 10 * 1000 + 46 * 2 * 2000) / 1e6)
