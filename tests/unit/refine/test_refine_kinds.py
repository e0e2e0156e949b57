"""Every kind of judge and of labels can be refined: pairs, numbers, several criteria."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from nova_rft.calibrate import Draws, How, read_labels
from nova_rft.calibrate.refine import Bench, Looks, Meter, MeteredModels, Plan, Refinement, refine
from nova_rft.judge import JudgeReply, JudgeRequest, Usage, read_fenced
from nova_rft.spec import PreferenceTerm, RewardSpec, RubricTerm

HOW = How(draws=Draws(200))
SCRIPTED = {"provider": "scripted"}
HINT = "Go by the number of stars."


class Model:
    """Goes by stars where it is told to or sees people do it, else by length; rewrites to say so."""

    name, concurrency = "model", 1

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        fields = request.tool.schema["properties"]
        answer: dict[str, Any] = {"nonce": request.nonce}
        if "analysis" in fields:
            anchors = fields.get("anchors", {}).get("properties", {})
            told = {
                "guidance": HINT,
                "question": HINT,
                "anchors": {n: f"{n} stars" for n in anchors},
            }
            answer |= {name: told.get(name, "x") for name in fields if name != "nonce"}
            return JudgeReply(answer, "", Usage(), "end")
        sections = read_fenced(request.user)[1]
        wise = HINT in request.system or "Example 1" in request.system
        if "verdict" in fields:
            worth = [_worth(sections[name], wise) for name in ("FIRST", "SECOND")]
            answer["verdict"] = "first" if worth[0] > worth[1] else "second"
        else:
            criteria = _criteria(request)
            answer["verdicts"] = [
                {"criterion": name, "verdict": _label(sections["RESPONSE"], scale, wise)}
                for name, scale in criteria.items()
            ]
        return JudgeReply(answer, "", Usage(), "end")


def _criteria(request: JudgeRequest) -> dict[str, bool]:
    names = request.tool.schema["properties"]["verdicts"]["items"]["properties"]["criterion"][
        "enum"
    ]
    parts = {
        name: request.system.partition(f"\n- {name}: ")[2].partition("\n- ")[0] for name in names
    }
    return {name: "whole number" in part for name, part in parts.items()}


def _worth(text: str, wise: bool) -> int:
    return text.count("*") if wise else len(text)


def _label(text: str, scale: bool, wise: bool) -> str:
    stars = text.count("*") if wise else 1 + len(text) % 5
    return str(stars) if scale else ("no", "yes")[stars >= 3]


def single(number: int, dice: random.Random) -> dict[str, Any]:
    stars = dice.randrange(1, 6)
    return {
        "prompt": f"Say {number}.",
        "response": "*" * stars + "-" * dice.randrange(1, 30),
        "human": {"stars": stars, "good": "yes" if stars >= 3 else "no"},
    }


def paired(number: int, dice: random.Random) -> dict[str, Any]:
    one, other = single(number, dice), single(number, dice)
    a, b = one["human"]["stars"], other["human"]["stars"]
    return {
        "prompt": one["prompt"],
        "response_a": one["response"],
        "response_b": other["response"],
        "human": "a" if a > b else "b" if b > a else "tie",
    }


RUBRIC = RubricTerm.model_validate(
    {
        "name": "q",
        "type": "rubric",
        "model": SCRIPTED,
        "criteria": [
            {"name": "good", "question": "Is it good?"},
            {
                "name": "stars",
                "question": "How good is it?",
                "kind": "scale",
                "anchors": {1: "bad", 5: "good"},
            },
        ],
    }
)
PREFERENCE = PreferenceTerm.model_validate({"name": "q", "type": "preference", "model": SCRIPTED})


def refined(folder: Path, term: Any, rows: list[dict[str, Any]], plan: Plan) -> Refinement:
    file = folder / "labels.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    reward = RewardSpec.model_validate({"range": [0, 1], "terms": [term]})
    models = MeteredModels(reward, lambda _: Model(), Meter(3_000))
    bench = Bench(read_labels(file), "q", models, folder, HOW)
    return refine(bench, term, plan, Looks(folder / "looks.jsonl"), Model())


@pytest.mark.parametrize("method", ["gepa", "examples"])
@pytest.mark.parametrize("kind", ["rubric", "pairs"])
def test_each_kind_becomes_better(kind: str, method: str, tmp_path: Path) -> None:
    dice = random.Random(0)
    make, term = (single, RUBRIC) if kind == "rubric" else (paired, PREFERENCE)
    rows = [make(n, dice) for n in range(50)]
    found = refined(tmp_path, term, rows, Plan(method, variants=4))  # type: ignore[arg-type]
    assert found.beyond_chance, found.why
    best = found.search.best
    assert best is not None
    assert bool(best.examples) == (method == "examples")
    assert (HINT in str(best)) == (method == "gepa")


def test_single_labels_do_for_a_judge_of_pairs_too(tmp_path: Path) -> None:
    """Its rollouts of one prompt are compared with each other, as in an event."""
    dice = random.Random(1)
    rows = [{**single(n // 3, dice), "id": str(n)} for n in range(90)]
    for row in rows:
        row["human"] = row["human"]["stars"]
    term = PREFERENCE.model_copy(update={"against": "siblings"})
    found = refined(tmp_path, term, rows, Plan("gepa", variants=2))
    assert found.held_out is not None and found.held_out.tested == "nearness"
    assert found.beyond_chance, found.why
    assert found.split.as_dict() == {"learn": 6, "choose": 9, "held_out": 15}


def test_a_label_of_the_whole_refines_a_rubric_of_several_criteria(tmp_path: Path) -> None:
    dice = random.Random(2)
    rows = [{**row, "human": row["human"]["stars"]} for row in (single(n, dice) for n in range(60))]
    found = refined(tmp_path, RUBRIC, rows, Plan("gepa", variants=4))
    assert found.beyond_chance, found.why


def test_what_is_not_about_a_criterion_does_not_rewrite_it(tmp_path: Path) -> None:
    """People labelled `good` alone: nothing is known of `stars`."""
    dice = random.Random(3)
    rows = [single(n, dice) for n in range(50)]
    for row in rows:
        del row["human"]["stars"]
    found = refined(tmp_path, RUBRIC, rows, Plan("gepa", variants=6))
    assert found.search.best is not None
    assert found.search.best.criteria[1] == RUBRIC.criteria[1]
    assert re.search("stars", found.search.best.criteria[0].question + found.search.best.guidance)
