"""Rollouts read from events, from events with their scores, and from traces; what is unsure in them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.data import Rollout
from nova_rft.errors import UsageError
from nova_rft.judge import Jury
from nova_rft.label import Candidate, read_candidates
from nova_rft.label._unsure import unsure_in_details, unsure_in_metrics
from nova_rft.outcome import Outcome, Score
from nova_rft.reward import answer, read_event, to_json, trace_rows
from nova_rft.spec import JudgeTerm, JuryTerm, QuizTerm, RewardSpec
from tests.unit.label.making import LENGTH, PREFERENCE, RUBRIC
from tests.unit.reward.rewards import reward

BOTH_ORDERS = {**PREFERENCE, "against": "siblings"}
JURY = {
    "name": "jury",
    "type": "jury",
    "judges": [{**RUBRIC, "name": "one"}, {**RUBRIC, "name": "two"}],
}
NO_VERDICT = {"cause": "judge_unavailable", "detail": "..."}


def item(id: str, response: Any, prompt: str = "2 + 2?") -> dict[str, Any]:
    turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}]
    return {"id": id, "messages": turns, "tone": "dry"}


EVENT = [
    item("one", "It is four."),
    item("two", "Four, as anybody could have told you who had thought of it for a moment."),
    {"id": "three", "messages": []},
    item("four", "Four?"),
]


def spec(*terms: dict[str, Any]) -> RewardSpec:
    return RewardSpec.model_validate({"range": [-9, 9], "terms": terms})


def written(folder: Path, terms: list[dict[str, Any]]) -> tuple[Path, Path, Path]:
    """An event, the answer to it, and its traces, as the product writes them."""
    items = read_event(EVENT)
    scored = reward(*terms, on_abstain="neutral").score(items)
    events, scores, traces = (
        folder / name for name in ("events.json", "scores.json", "t.jsonl.gz")
    )
    events.write_text(json.dumps(EVENT))
    scores.write_text(to_json(answer(scored)))
    rows = trace_rows(items, scored, at="2026-11-01T00:00:00+00:00", version="3")
    traces.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return events, scores, traces


@pytest.mark.parametrize("terms", [[RUBRIC, LENGTH], [BOTH_ORDERS, LENGTH], [JURY, LENGTH]])
def test_scores_and_traces_say_the_same(tmp_path: Path, terms: list[dict[str, Any]]) -> None:
    events, scores, traces = written(tmp_path, terms)
    answered = read_candidates(events, spec(*terms), scores)
    traced = read_candidates(traces, spec(*terms))
    assert answered.unread == 1
    assert "three" in answered.problem
    assert traced.unread == 0
    assert len(answered.candidates) == 3
    for one, other in zip(answered.candidates, traced.candidates, strict=True):
        assert one.rollout.prompt == other.rollout.prompt
        assert one.rollout.response == other.rollout.response
        assert one.reward is not None
        assert one.reward == other.reward
        assert one.values == other.values
        assert set(one.values) == {term["name"] for term in terms}
        assert one.unsure is not None
        assert one.unsure == pytest.approx(other.unsure)
    # What a trace does not keep.
    assert answered.candidates[0].rollout.metadata == {"tone": "dry"}


def test_events_alone_have_no_scores(tmp_path: Path) -> None:
    events, _, _ = written(tmp_path, [RUBRIC])
    read = read_candidates(events, spec(RUBRIC))
    assert [one.rollout.id for one in read.candidates] == ["one", "two", "four"]
    assert {(one.reward, one.unsure, len(one.values)) for one in read.candidates} == {
        (None, None, 0)
    }


def test_a_folder_is_all_its_files(tmp_path: Path) -> None:
    for hour in ("2026-11-01T00", "2026-11-01T01"):
        folder = tmp_path / "traces" / hour
        folder.mkdir(parents=True)
        written(folder, [RUBRIC])[0].unlink()
        (folder / "scores.json").unlink()
    (tmp_path / "traces" / "notes.txt").write_text("not looked at")
    assert len(read_candidates(tmp_path / "traces", spec(RUBRIC)).candidates) == 6
    with pytest.raises(UsageError, match="no JSON"):
        (tmp_path / "empty").mkdir()
        read_candidates(tmp_path / "empty", spec(RUBRIC))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda items: items[::-1], "answers 'four' where the events' item 1 is 'one'"),
        (lambda items: items[:-1], "holds no answer where the events' item 4 is 'four'"),
        (lambda items: [*items, items[0]], "answers more than the 4 items"),
        (lambda items: [{"id": "one"}], "item 1 is no answer"),
        (lambda items: {"id": "one"}, "item 1 is no answer"),
    ],
)
def test_scores_of_other_events_are_refused(tmp_path: Path, change: Any, said: str) -> None:
    events, scores, traces = written(tmp_path, [RUBRIC])
    right = json.loads(scores.read_text())
    scores.write_text(json.dumps(change(right)))
    with pytest.raises(UsageError, match=said):
        read_candidates(events, spec(RUBRIC), scores)
    with pytest.raises(UsageError, match="traces hold their scores"):
        read_candidates(traces, spec(RUBRIC), scores)
    scores.write_text("[")
    with pytest.raises(UsageError, match="not JSON"):
        read_candidates(events, spec(RUBRIC), scores)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"prompt": "text"}, "messages"),
        ({"response": None}, "response"),
        ({"terms": []}, "terms"),
        ({"terms": {"style": {"details": {"verdicts": [{}]}}}}, "terms"),
    ],
)
def test_what_is_no_row_is_counted(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    row = {"id": "x", "prompt": [], "response": "r", "reward": 1.0, "terms": {}, "abstained": None}
    file = tmp_path / "t.jsonl"
    file.write_text(json.dumps(row) + "\n" + json.dumps({**row, **changed}) + "\n")
    read = read_candidates(file, spec(RUBRIC))
    assert read.candidates == (Candidate(Rollout("x", "", (), "r"), 1.0),)
    assert read.unread == 1
    assert said in read.problem


def term(of: dict[str, Any]) -> JudgeTerm:
    return spec(of).terms[0]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("of", "metrics", "details", "unsure"),
    [
        (RUBRIC, {"short": 1.0, "clear": 0.0, "judged": 1.0}, [1.0, 0.0], 0.0),
        (RUBRIC, {"short": 0.5, "clear": 1.0, "judged": 1.0}, [0.5, 1.0], 0.5),
        (RUBRIC, {"short": 0.75}, [0.75], 0.75),
        (RUBRIC, {}, [], None),
    ],
)
def test_a_rubric_is_unsure_where_verdicts_lie_between(
    of: dict[str, Any], metrics: dict[str, float], details: list[float], unsure: float | None
) -> None:
    assert unsure_in_metrics(term(of), metrics) == unsure
    verdicts = [{"share": share} for share in details]
    assert unsure_in_details(term(of), {"details": {"verdicts": verdicts}}) == unsure


def test_a_preference_is_unsure_where_its_orders_disagree() -> None:
    games = [["first", "second"], ["tie", "tie"], ["first", "first"], ["tie", "second"], ["first"]]
    details = {"details": {"games": [{"slots": slots} for slots in games]}}
    assert unsure_in_details(term(BOTH_ORDERS), details) == 0.5
    assert unsure_in_metrics(term(BOTH_ORDERS), {"consistent": 0.75}) == 0.25
    assert unsure_in_metrics(term(BOTH_ORDERS), {}) is None
    assert unsure_in_details(term(BOTH_ORDERS), {"details": {"games": []}}) is None


class Fixed:
    """A juror that always says the same."""

    def __init__(self, value: float) -> None:
        self._value = value

    def score(self, rollouts: Any, *, deadline: float | None = None) -> list[Outcome]:
        return [Score(self._value) for _ in rollouts]


def test_a_jury_is_unsure_where_its_jurors_lie_apart() -> None:
    judge = term(JURY)
    assert isinstance(judge, JuryTerm)
    (outcome,) = Jury(judge, {"one": Fixed(0.25), "two": Fixed(1.0)}).score(
        [Rollout("r", "g", (), "")]
    )
    assert isinstance(outcome, Score)
    assert unsure_in_metrics(judge, outcome.metrics) == 0.75
    assert unsure_in_details(judge, {"details": outcome.details}) == 0.75
    assert unsure_in_details(judge, {"details": {"jurors": {"one": {"value": 1.0}}}}) is None


def test_a_judge_that_could_not_say_is_unsure_and_one_that_was_not_reached_says_nothing() -> None:
    unreadable = {"cause": "unreadable_verdict", "detail": "..."}
    assert unsure_in_details(term(RUBRIC), {"abstained": unreadable}) == 1.0
    assert unsure_in_details(term(RUBRIC), {"abstained": NO_VERDICT}) is None
    quiz = QuizTerm.model_validate({"name": "q", "type": "quiz", "model": {"provider": "scripted"}})
    assert unsure_in_metrics(quiz, {"unknown": 0.5}) is None
