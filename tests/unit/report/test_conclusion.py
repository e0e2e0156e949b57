"""What came out, for somebody who reads no further."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nova_rft import __version__
from nova_rft.calibrate import Fitness, Standing, TermStanding
from nova_rft.report import Conclusion, ReportInput, render_html, summarise

from .making import NOTICE, make_job, make_plain_spec, make_row, make_spec
from .story import told

AFTER = "nova-rft serve-model, then nova-rft evaluate"


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
            "nova-rft submit --again",
        ),
        (
            {"job": make_job(status="InProgress", ended=None)},
            "Training is under way.",
            "nova-rft watch",
        ),
        ({"evaluation": None}, "Trained, and not yet compared with its base.", AFTER),
        (
            {"job": make_job(tags={"nova-rft:policy": "recorded"}, name="contracts-dev-1")},
            "This was a trial run: the model that was asked for was not trained.",
            "",
        ),
        (
            {"job": make_job(tags={"nova-rft:policy": "tiny"}), "evaluation": None},
            "This was a trial run: the model that was asked for was not trained.",
            AFTER,
        ),
        (
            {"job": make_job(status="Stopped"), "evaluation": None},
            "Training ended Stopped.",
            "nova-rft submit --again",
        ),
    ],
)
def test_the_headline_is_what_is_known(
    changes: dict[str, Any], headline: str, following: str
) -> None:
    found = concluded(told(hostile=False, **changes))
    assert (found.headline, found.following) == (headline, following)
    assert ", then ".join(found.commands) == following


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


def test_a_script_bears_no_models_name_and_costs_nothing() -> None:
    rows = [make_row(n, said=NOTICE) for n in range(4)]
    reward = {"prices": {"judge-model": {"input": 1000, "output": 2000}}}
    summary = summarise(ReportInput(make_spec(**reward), make_job(), rows))
    (style,) = [one for one in summary.terms if one.name == "style"]
    assert style.answered_by == ["the embedded script, asked for as bedrock:judge-model"]
    assert [one for one in summary.costs if one.what.startswith("Judge")] == []
    page = render_html(summary)
    assert "judge: bedrock:" not in page
    assert "tokens read" not in page


def test_the_page_says_when_and_by_what_it_was_written() -> None:
    page = render_html(summarise(ReportInput(make_spec(), make_job(), ())))
    assert f"Written by nova-rft {__version__} from" in page
    assert "The newest of it is of 2026-03-01 10:02:05 UTC." in page


def test_a_constant_term_is_at_neither_end() -> None:
    rows = [make_row(n, group=f"g{n // 2}", style=float(n % 2)) for n in range(8)]
    page = render_html(summarise(ReportInput(make_spec(), None, rows)))
    row = page.partition("<td>math alone</td>")[2].partition("</tr>")[0]
    assert row.count('<td class="n">\u2013</td>') == 2
    assert "<th></th>" not in page
