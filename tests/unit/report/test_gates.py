"""Gates are told where they stand, where they close, and when they close too often."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from nova_rft.data import Message, Rollout
from nova_rft.judge import ScriptedModel
from nova_rft.judge.models import MemoryPurse
from nova_rft.report import ReportInput, Summary, print_summary, render_html, summarise
from nova_rft.reward import JudgeModels, RewardFunction, trace_rows
from nova_rft.spec import Spec

from .making import make_spec

TASK = "Quote seventeen lighthouses along every northern coast"


def scored(
    gate: Any, words: list[str], own: list[Any] | None = None, **reward: Any
) -> tuple[Spec, list[dict[str, Any]]]:
    """Rows of a real reward: a rubric with a gate for its criterion, and a length that costs."""
    rubric = {
        "name": "mail",
        "type": "rubric",
        "model": {"provider": "scripted"},
        "criteria": [
            {"name": "no_secrets", "question": "Does it use the task?", **gate},
            {"name": "tone", "question": "Is it kind?"},
        ],
        **({"record_criteria": "own"} if own else {}),
    }
    length = {
        "name": "length",
        "type": "linear_length",
        "target": 2,
        "floor": -1,
        "weight": 0.5,
    }
    spec = make_spec(range=[0, 1], scale="linear", terms=[rubric, length], **reward)
    models = JudgeModels(spec.required_reward, lambda _: ScriptedModel(), purse=MemoryPurse())
    asked, brought = (Message("user", TASK),), {"own": own} if own else {}
    rollouts = [Rollout(f"r{n}", "g", asked, text, None, brought) for n, text in enumerate(words)]
    found = RewardFunction(spec.required_reward, models).score(rollouts)
    at = "2026-03-01T10:00:00.000+00:00"
    return spec, list(trace_rows(rollouts, found, at=at, version="3", request="r"))


def told(gate: Any, words: list[str], **reward: Any) -> Summary:
    spec, rows = scored(gate, words, **reward)
    return summarise(ReportInput(spec, None, rows))


def test_a_closed_gate_is_named_on_the_rollout_and_in_both_tables() -> None:
    found = told({"gate": True}, [TASK, "no", "not this"])
    (gate,) = found.gates
    assert (gate.name, gate.needs, gate.closed) == ("mail: no_secrets", "must be met", 2)
    assert found.reading is not None
    best, *others = found.reading.groups[0].rollouts
    # The sum of 1 and half of -1 lies 1 above the least, of 1.5.
    assert best.made == "Sum 0.500, stretched from \u22120.5 to 1 onto 0 to 1: 0.667."
    assert best.closed == ()
    assert {one.made.partition(". ")[2] for one in others} == {
        "Closed gate mail: no_secrets: reward at its floor, 0.000."
    }
    page = render_html(found)
    assert page.count("Where a gate is closed it is 0") == 2
    assert "<b>Gate</b>: no_secrets must be met." in page
    assert "gate: must be met</span></td>" in page


def test_a_gate_that_closes_on_a_third_and_more_is_a_finding_everywhere() -> None:
    found = told({"gate": True}, [TASK, "no", "not this"])
    screen = io.StringIO()
    print_summary(found, Console(file=screen, width=80, color_system=None))
    words = "The gate mail: no_secrets closed on 66.7\u00a0% of the rollouts"
    assert " ".join(words.split()) in " ".join(screen.getvalue().split())
    assert any(one.tone == "warning" and words in one.text for one in found.says)
    assert words in render_html(found)
    rarely = told({"gate": True}, [TASK, TASK + ".", "no"])
    assert rarely.gates[0].closed == 1
    assert not [one for one in rarely.says if "The gate" in one.text]


def test_without_a_gate_nothing_speaks_of_one() -> None:
    found = told({}, [TASK, "no"])
    assert found.gates == []
    assert "gate" not in render_html(found).partition("<main>")[2].partition("<script>")[0].lower()


def test_a_gate_that_a_record_brings_is_named_too() -> None:
    own = [{"name": "polite", "question": "Does it use the task?", "gate": True}]
    found = told({}, [TASK, "no"], own=own)
    (gate,) = found.gates
    assert (gate.name, gate.needs) == ("mail: polite", "a criterion of some records")
    assert (gate.closed, gate.rollouts) == (1, 2)
    assert "The gate <b>mail: polite</b> (a criterion of some records) closed on" in render_html(
        found
    )
