"""Every kind of judge on its way from the reward through a trace to the page."""

from __future__ import annotations

import json

from nova_rft.data import Message, Rollout
from nova_rft.judge import ScriptedModel
from nova_rft.judge.models import MemoryPurse
from nova_rft.report import ReportInput, render_html, summarise
from nova_rft.reward import JudgeModels, RewardFunction, trace_rows

from .making import make_job, make_spec

MODEL = {"provider": "scripted"}
RUBRIC = {"name": "style", "type": "rubric", "model": MODEL, "criteria": ["accuracy", "tone"]}
PAIRS = {"name": "pairs", "type": "preference", "model": MODEL}
QUIZ = {"name": "quiz", "type": "quiz", "model": MODEL, "questions": 3, "options": 2}
JURY = {"name": "jury", "type": "jury", "judges": [RUBRIC, {**PAIRS, "against": "both"}]}
SOURCE = (
    "The tenant pays nine hundred euros. The contract runs for twelve years. "
    "Pets are always welcome here."
)


def test_all_judges_are_shown() -> None:
    spec = make_spec(range=[0, 4], terms=[RUBRIC, {**PAIRS, "against": "siblings"}, QUIZ, JURY])
    models = JudgeModels(spec.required_reward, lambda _: ScriptedModel(), purse=MemoryPurse())
    own = {"name": "rent", "question": "Does it name the rent?"}
    rollouts = [
        Rollout(
            f"r{number}",
            f"g{number % 2}",
            (Message("user", SOURCE),),
            SOURCE[: 20 * (number + 1)],
            None,
            {"comparisons": ["The tenant pays."], "rubric": [own] if number % 2 else []},
        )
        for number in range(8)
    ]
    scored = RewardFunction(spec.required_reward, models).score(rollouts)
    rows = list(
        trace_rows(rollouts, scored, at="2026-03-01T10:00:00.000+00:00", version="3", request="r")
    )
    assert [row["abstained"] for row in rows] == [None] * 8
    summary = summarise(ReportInput(spec, make_job(), json.loads(json.dumps(rows))))
    terms = {term.name: term for term in summary.terms}
    assert set(terms) == {"style", "pairs", "quiz", "jury"}
    assert all(
        term.input_tokens > 0 and term.answered_by == ["scripted"] for term in terms.values()
    )
    brought = {c.name: c.weight for c in terms["style"].criteria}
    assert brought == {"accuracy": 1.0, "tone": 1.0, "rent": None}
    page = render_html(summary)
    assert "better than rollout " in page
    assert "answered: " in page
    assert "juror pairs: " in page
    assert "No model has judged this" in page
    assert models.totals.calls > 0
