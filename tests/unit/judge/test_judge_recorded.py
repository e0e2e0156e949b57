"""Verdicts that real models gave, replayed: the figures that others found with them come out."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from nova_rft.data import Message, Rollout, json_lines, read_bytes_lines
from nova_rft.judge import JudgeReply, PreferenceJudge, ReplayModel, UnreadableVerdict, Usage
from nova_rft.judge.models import request_digest
from nova_rft.judge.preference import pair_request, read_preference
from nova_rft.outcome import Score
from nova_rft.spec import PreferenceTerm
from tests.support import ROOT

DATA = ROOT / "tests" / "data" / "judgements"
TERM = PreferenceTerm.model_validate(
    {"name": "p", "type": "preference", "model": {"provider": "replay", "file": "-"}}
)
Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    found = [line.value for line in json_lines(read_bytes_lines(DATA / f"{name}.jsonl.gz"))]
    # Six responses in PandaLM are the word True, which its file holds as a truth value.
    texts = ("response_a", "response_b")
    found = [row | {key: str(row[key]) for key in texts} for row in found]
    # Some pairs stand there more than once; each was a judgement of its own.
    seen: Counter[str] = Counter()
    for row in found:
        pair = json.dumps([row["prompt"], *(row[key] for key in texts)])
        row["sample"] = seen[pair]
        seen[pair] += 1
    return found


def rollout(row: Row) -> Rollout:
    prompt = (Message("user", row["prompt"]),)
    return Rollout(
        row["id"], row["id"], prompt, row["response_a"], None, {"comparisons": row["response_b"]}
    )


def request(row: Row, first: str) -> Any:
    responses = (row["response_a"], row["response_b"])
    asked = pair_request(TERM, rollout(row), *(responses if first == "a" else responses[::-1]))
    return replace(asked, sample=row["sample"])


def recorded(file: Path, found: list[Row]) -> ReplayModel:
    """What the models said, written as `--record` writes it, in the words of our question."""
    with file.open("w") as stream:
        for row in found:
            for first in ("a", "b"):
                if f"first_{first}" not in row["judge"]:
                    continue
                asked, said = request(row, first), row["judge"][f"first_{first}"]
                slot = {"tie": "tie", first: "first"}.get(said, "second")
                fields = {"nonce": asked.nonce, "reason": "", "evidence": "", "verdict": slot}
                reply = JudgeReply(fields if said else None, "", Usage(), "end")
                line = {"request": request_digest(asked), **asdict(reply)}
                stream.write(json.dumps(line) + "\n")
    return ReplayModel(file)


def choice(model: ReplayModel, row: Row, first: str) -> str:
    asked = request(row, first)
    try:
        slot = read_preference(model.ask(asked), asked).slot
    except UnreadableVerdict:
        return "unreadable"
    other = "b" if first == "a" else "a"
    return {"first": first, "second": other, "tie": "tie"}[slot]


@pytest.mark.parametrize(
    ("name", "first_a", "first_b", "both", "same"),
    [
        ("llmbar-natural", 0.95, 0.96, 0.93, 0.95),
        ("llmbar-adversarial-neighbor", 0.7761, 0.7985, 0.7537, 0.9328),
    ],
)
def test_llmbar(
    tmp_path: Path, name: str, first_a: float, first_b: float, both: float, same: float
) -> None:
    found = rows(name)
    model = recorded(tmp_path / "r.jsonl", found)
    for first, share in (("a", first_a), ("b", first_b)):
        right = sum(choice(model, row, first) == row["human"] for row in found)
        assert right / len(found) == pytest.approx(share, abs=5e-5)
    outcomes = PreferenceJudge(TERM, model).score([rollout(row) for row in found])
    scores = [one for one in outcomes if isinstance(one, Score)]
    assert len(scores) == len(found)
    wanted = {"a": 0.75, "b": 0.25}
    right = sum(one.value == wanted[row["human"]] for one, row in zip(scores, found, strict=True))
    assert right / len(found) == pytest.approx(both, abs=5e-5)
    consistent = sum(one.metrics["consistent"] for one in scores) / len(found)
    assert consistent == pytest.approx(same, abs=5e-5)


def test_pandalm(tmp_path: Path) -> None:
    found = rows("pandalm")
    model = recorded(tmp_path / "r.jsonl", found)
    choices = [choice(model, row, "a") for row in found]
    assert choices.count("unreadable") == 25
    right = 0
    for row, said in zip(found, choices, strict=True):
        people: Counter[str] = Counter(row["human"])
        ((label, votes),) = people.most_common(1)
        assert votes >= 2
        right += said == label
    assert right / len(found) == pytest.approx(0.6977, abs=5e-5)
