"""The page on an evaluation: everything that was found, escaped, in both colour schemes."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from nova_rft.calibrate import Figure
from nova_rft.cli._evaluation_view import show_evaluation
from nova_rft.evaluate import (
    Beside,
    Comparison,
    Contrast,
    Evaluation,
    Example,
    Followed,
    Gain,
    How,
    JudgeFacts,
    ModelFacts,
    SkillResult,
    Wins,
    gains,
)
from nova_rft.evaluate._bedrock import BedrockJob
from nova_rft.evaluate._measures import Measure
from nova_rft.evaluate._verdict import verdict_of
from nova_rft.report import render_evaluation_page

from .test_page import tree_of

EVIL = "<script>alert(1)</script>"


def comparison(name: str, value: float, kind: str = "verifier") -> Comparison:
    gain = Gain(Figure(value, value - 0.05, value + 0.05), 0.001, 200, 90, 0.4)
    return Comparison(Measure(name, kind), 0.5, 0.5 + value, gain, 0.004)  # type: ignore[arg-type]


def evaluation() -> Evaluation:
    primary = comparison("reward", 0.12, "reward")
    wins = Wins(Figure(0.6, 0.55, 0.65), Figure(0.57, 0.5, 0.63), 200, 1, 0.2, 0.9, 0.52, 31.0)
    contrast = Contrast(
        "custom",
        verdict_of("custom", "base", primary, 0.05, (f"The judge is {EVIL}.",)),
        (comparison("right", -0.2), comparison("reasoning.steps", 0.0, "criterion")),
        (comparison("characters", 0.3, "habit"),),
        (replace(primary, slice=("topic", EVIL)),),
        (SkillResult("general", 0.03, comparison("general", 0.0, "skill"), 700),),
        wins,
        (
            Example(
                "gained most", f"Why {EVIL}?", "42", {"base": EVIL, "custom": ""}, {"base": 0.0}
            ),
        ),
    )
    facts = ModelFacts("base", "amazon.nova-2-lite", "", 200, 1, 0.01, 0.5, 1.2, 90.0, 40.0, 2e-5)
    return Evaluation(
        "contracts",
        "held-out.jsonl",
        200,
        1,
        (facts, replace(facts, name="custom", job="contracts-dev-1", cost=None)),
        JudgeFacts("gpt-oss-120b", False, "fit", ()),
        (contrast,),
        (Beside("custom", "thumbs", 0.4, 0.5, Figure(0.1, 0.02, 0.18), (900, 880)),),
        (Followed("rating", "reward", 180, Figure(0.42, 0.3, 0.53)),),
        ("short",),
        spent=1.25,
        bedrock=(BedrockJob("base", "contracts-dev-base-1", "arn:x", "Failed", "no access"),),
    )


def test_the_page_holds_all_and_lets_nothing_through() -> None:
    page = render_evaluation_page(evaluation(), ("the skill general is not kept",), True)
    tree_of(page)
    for said in (
        'custom: <span class="good">real gain</span>',
        "Real gain: custom has reward 0.12 above base (+0.07 to +0.17); p = 0.004, 200 prompts.",
        "The skill general is not kept.",
        "reasoning.steps",
        "about 700 prompts would do",
        "held-out.jsonl",
        "contracts-dev-1",
        "Failed: no access",
        "not known",
        "thumbs",
        "go together by +0.42 (+0.3 to +0.53;",
        "prefers-color-scheme: dark",
        "USD 1.2500 spent",
    ):
        assert said in page, said
    assert page.count("&lt;script&gt;") >= 4
    assert render_evaluation_page(evaluation()) == render_evaluation_page(evaluation())
    assert "Thresholds" not in render_evaluation_page(evaluation())


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_a_terminal(width: int) -> None:
    console = Console(width=width, record=True, file=None, force_terminal=False, quiet=False)
    with console.capture() as captured:
        show_evaluation(evaluation(), console)
    lines = captured.get().splitlines()
    assert max(map(len, lines)) <= width
    said = "\n".join(lines)
    for word in ("real gain", "worse", "cannot tell", "general", "thumbs", "no access"):
        assert word in said, word


def alone(found: Evaluation, **changes: object) -> Evaluation:
    (contrast,) = found.contrasts
    return replace(found, contrasts=(replace(contrast, **changes),))  # type: ignore[arg-type]


def printed(found: Evaluation) -> str:
    screen = io.StringIO()
    show_evaluation(found, Console(file=screen, width=100, color_system=None))
    return " ".join(screen.getvalue().split())


def test_scripted_answers_are_no_models() -> None:
    found = evaluation()
    assert "No model has answered this" not in render_evaluation_page(found) + printed(found)
    scripted = replace(
        found, models=tuple(replace(one, scripted=one.answers) for one in found.models)
    )
    page = render_evaluation_page(scripted)
    assert page.index("No model has answered this") < page.index("<main>")
    assert "the embedded script, asked for as <code>amazon.nova-2-lite</code>" in page
    assert "No model has answered this" in printed(scripted)
    some = replace(found, models=(replace(found.models[0], scripted=3), found.models[1]))
    assert "A script answered part of this" in render_evaluation_page(some)


def test_equal_answers_have_a_bound_that_is_explained() -> None:
    (flat,) = gains(np.zeros((10, 1)), How())
    primary = Comparison(Measure("reward", "reward"), 0.5, 0.5, flat, 1.0)
    verdict = verdict_of("custom", "base", primary, 0.05)
    assert verdict.says[0].startswith("Cannot tell: custom has reward equal to that of base (")
    found = alone(evaluation(), verdict=verdict)
    page, terminal = render_evaluation_page(found), printed(found)
    for said in (page, terminal):
        assert "Where all 10 prompts differ alike" in said
        assert "leave open: 0.308 of" in said
    assert '<td class="n">0</td>' in page
    assert "+0<" not in page
    assert "differ alike" not in render_evaluation_page(evaluation())


def test_shares_of_pairs_short_times_and_habits_read_as_what_they_are() -> None:
    found = evaluation()
    quick = replace(found, models=tuple(replace(m, median_s=1.05e-05) for m in found.models))
    assert '<td class="n">&lt;0.001</td>' in render_evaluation_page(quick)
    terminal = printed(quick)
    assert "<0.001" in terminal
    assert "wins 60% of 200 pairs" in terminal
    assert terminal.index("habits") < terminal.index("characters")
