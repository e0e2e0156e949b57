"""The spec's judge is asked as the reward would ask it, and its answers become people's labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from nova_rft.calibrate import Labels, calibrate, jury_weights, read_labels
from nova_rft.calibrate.asking import Asker
from nova_rft.calibrate.labels import ALONE, FIRST_A, FIRST_B, WHOLE
from nova_rft.errors import JudgeUnavailable, UsageError
from nova_rft.judge import JudgeRequest, ScriptedModel, read_fenced
from nova_rft.reward import JudgeModels
from nova_rft.spec import JudgeTerm, RewardSpec
from tests.unit.judge.judges import FakeModel, verdicts

from .labelled import pair, response, write

TERM: TypeAdapter[JudgeTerm] = TypeAdapter(JudgeTerm)
MODEL = {"provider": "scripted"}
GOOD = {"name": "good", "question": "Is it good?"}
GRADED = {
    "name": "graded",
    "question": "How good?",
    "kind": "scale",
    "anchors": {1: "bad", 5: "good"},
}


def asked(
    folder: Path,
    rows: Sequence[Any],
    term: dict[str, Any],
    answer: Callable[[JudgeRequest], Any] | None = None,
    readings: int = 1,
) -> tuple[Labels, FakeModel | ScriptedModel]:
    """Rows put before a judge whose model answers so; scripted where nothing is given."""
    settings = TERM.validate_python({"name": "j", "model": MODEL, **term})
    reward = RewardSpec.model_validate({"range": [0, 1], "terms": [settings.model_dump()]})
    model = FakeModel(answer) if answer else ScriptedModel()
    models = JudgeModels(reward, lambda _: model)
    asker = Asker("j", settings, models, readings=readings)
    return asker.ask(read_labels(write(folder, rows))), model


def slot(verdict: str) -> Callable[[JudgeRequest], Any]:
    """A preference judge that always says this."""
    return lambda request: {
        "nonce": request.nonce,
        "reason": "",
        "evidence": "",
        "verdict": verdict,
    }


def says(**met: Any) -> Callable[[JudgeRequest], Any]:
    """A rubric judge that always says this."""
    return lambda request: {"nonce": request.nonce, "verdicts": verdicts(**met)}


def longest(request: JudgeRequest) -> Any:
    """A rubric judge that is taken by length."""
    _, sections = read_fenced(request.user)
    return says(good=len(sections["RESPONSE"]) > 10)(request)


def told(labels: Labels, order: str = ALONE, judge: str = "j", name: str = WHOLE) -> list[Any]:
    return [[one.label for one in row.said[judge][order][name]] for row in labels.rows]


PAIR = {"prompt": "p", "response_a": "short", "response_b": "much longer text", "human": "a"}


def test_a_preference_judge_sees_a_pair_in_both_orders_whatever_its_settings(
    tmp_path: Path,
) -> None:
    term = {"type": "preference", "both_orders": False}
    labels, model = asked(tmp_path, [PAIR], term, slot("first"))
    assert isinstance(model, FakeModel)
    firsts = [read_fenced(request.user)[1]["FIRST"] for request in model.asked]
    assert sorted(firsts) == ["much longer text", "short"]
    assert (told(labels, FIRST_A), told(labels, FIRST_B)) == ([["a"]], [["b"]])
    place = calibrate(labels, "j").position
    assert (place.first_a.value, place.first_b.value, place.first_slot.value) == (1.0, 0.0, 1.0)


def test_a_list_of_two_is_a_pair(tmp_path: Path) -> None:
    term = {"type": "preference", "against": "siblings", "method": "listwise"}

    def ranking(request: JudgeRequest) -> Any:
        _, sections = read_fenced(request.user)
        listed = {key[8:]: text for key, text in sections.items() if key.startswith("RESPONSE")}
        rank = {id: "1" if text == "short" else "2" for id, text in listed.items()}
        entries = [{"response": id, "reason": "", "rank": rank[id]} for id in listed]
        return {"nonce": request.nonce, "ranking": entries}

    labels, _ = asked(tmp_path, [PAIR], term, ranking)
    assert (told(labels, FIRST_A), told(labels, FIRST_B)) == ([["a"]], [["a"]])


def test_one_look_that_cannot_be_read_leaves_the_other(tmp_path: Path) -> None:
    def answer(request: JudgeRequest) -> Any:
        first = read_fenced(request.user)[1]["FIRST"]
        return slot("first" if first == "short" else "nonsense")(request)

    labels, _ = asked(tmp_path, [PAIR], {"type": "preference"}, answer)
    assert (told(labels, FIRST_A), told(labels, FIRST_B)) == ([["a"]], [[None]])
    assert calibrate(labels, "j").total.unreadable.value == 1.0


def test_equal_responses_tie_unasked(tmp_path: Path) -> None:
    labels, model = asked(
        tmp_path, [{**PAIR, "response_b": "short"}], {"type": "preference"}, slot("first")
    )
    assert isinstance(model, FakeModel)
    assert (model.asked, told(labels, FIRST_A)) == ([], [["tie"]])


def test_a_rubric_compares_a_pairs_values(tmp_path: Path) -> None:
    labels, _ = asked(tmp_path, [PAIR], {"type": "rubric", "criteria": [GOOD]}, longest)
    assert told(labels) == [["b"]]


def test_verdicts_become_peoples_labels(tmp_path: Path) -> None:
    term = {"type": "rubric", "criteria": [GOOD, GRADED]}
    rows = [
        response({"good": "fail", "graded": 2, "overall": 10}, None),
        response({"good": "pass", "graded": 4, "overall": 20}, None),
    ]
    labels, _ = asked(tmp_path, rows, term, says(good=True, graded="3"))
    assert told(labels, name="good") == [["pass"], ["pass"]]
    assert told(labels, name="graded") == [[3.0], [3.0]]
    # (1 + 0.5) / 2 of the way from 10 to 20 is nearest to the upper one.
    assert told(labels, name="overall") == [[20.0], [20.0]]
    assert labels.rows[0].said["j"][ALONE][WHOLE][0].score == 0.75
    assert labels.judged("j") == {"good", "graded", "overall", WHOLE}


def test_what_the_judge_has_no_criterion_for_is_not_judged(tmp_path: Path) -> None:
    labels, _ = asked(
        tmp_path,
        [response({"good": "yes", "other": "no"}, None, f"p{n}") for n in range(6)],
        {"type": "rubric", "criteria": [GOOD]},
        says(good=True),
    )
    found = calibrate(labels, "j")
    assert list(found.criteria) == ["good"]
    assert (found.total.accuracy.value, found.rows) == (1.0, 6)


def test_a_verdict_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    term = {"type": "rubric", "criteria": [GOOD]}
    labels, _ = asked(tmp_path, [response("yes", None)], term, says(good="maybe"))
    assert told(labels) == [[None]]


def test_behind_a_failed_gate_there_is_nothing(tmp_path: Path) -> None:
    gate = {"name": "safe", "question": "Is it safe?", "gate": True}
    rows = [response("yes", None), response("no", None, "q")]
    labels, _ = asked(
        tmp_path, rows, {"type": "rubric", "criteria": [GOOD, gate]}, says(good=True, safe=False)
    )
    assert told(labels) == [["no"], ["no"]]


def test_each_reading_is_a_question_of_its_own(tmp_path: Path) -> None:
    answers = iter([True, False, True])

    def answer(request: JudgeRequest) -> Any:
        return says(good=next(answers))(request)

    rows = [response("yes", None), response("no", None, "p", "r")]
    labels, model = asked(
        tmp_path, rows[:1], {"type": "rubric", "criteria": [GOOD]}, answer, readings=3
    )
    assert isinstance(model, FakeModel)
    assert sorted(request.sample for request in model.asked) == [0, 64, 128]
    assert [one.score for one in labels.rows[0].said["j"][ALONE][WHOLE]] == [1.0, 0.0, 1.0]


def test_siblings_are_compared_within_their_prompt(tmp_path: Path) -> None:
    rows = [response(n, None, f"p{n % 2}", f"{'word ' * n}p{n % 2}") for n in range(1, 7)]
    term = {"type": "preference", "against": "siblings"}
    labels, _ = asked(tmp_path, rows, term)
    scores = [row.said["j"][ALONE][WHOLE][0].score for row in labels.rows]
    assert all(score is not None for score in scores)


def test_a_jurys_jurors_are_heard_apart(tmp_path: Path) -> None:
    jury = {
        "type": "jury",
        "judges": [
            {"name": "one", "type": "rubric", "model": MODEL, "criteria": [GOOD]},
            {
                "name": "two",
                "type": "rubric",
                "model": MODEL,
                "criteria": [{**GOOD, "name": "fine"}],
            },
        ],
    }
    settings = TERM.validate_python({"name": "j", **jury})

    def answer(request: JudgeRequest) -> Any:
        _, sections = read_fenced(request.user)
        right = "yes" in sections["RESPONSE"]
        return says(**({"fine": not right} if "- fine:" in request.system else {"good": right}))(
            request
        )

    reward = RewardSpec.model_validate({"range": [0, 1], "terms": [settings.model_dump()]})
    models = JudgeModels(reward, lambda _: FakeModel(answer))
    human = [("yes", "no")[n % 2] for n in range(40)]
    rows = [response(said, None, f"p{n}", f"text {said}") for n, said in enumerate(human)]
    labels = Asker("j", settings, models).ask(read_labels(write(tmp_path, rows)))
    jurors = {name: calibrate(labels, f"j.{name}") for name in ("one", "two")}
    assert [one.total.accuracy.value for one in jurors.values()] == [1.0, 0.0]
    assert jury_weights(jurors) == {"one": 2.0, "two": 0.0}


def test_a_service_that_is_down_is_no_unreadable_judge(tmp_path: Path) -> None:
    def fails(request: JudgeRequest) -> Any:
        return JudgeUnavailable("throttled")

    for rows, term in (
        ([response("yes", None)], {"type": "rubric", "criteria": [GOOD]}),
        ([PAIR], {"type": "preference"}),
    ):
        with pytest.raises(JudgeUnavailable, match="got no verdict: throttled"):
            asked(tmp_path, rows, term, fails)


def test_a_judge_that_lacks_what_it_compares_with_says_so(tmp_path: Path) -> None:
    term = {"type": "preference", "against": "comparisons"}
    with pytest.raises(UsageError, match="none of 1 responses could be judged: the record's field"):
        asked(tmp_path, [response("yes", None)], term)


def test_recorded_verdicts_of_others_stay(tmp_path: Path) -> None:
    labels, _ = asked(
        tmp_path, [pair("a", {"model": "m", "first_a": "a"})], {"type": "preference"}, slot("tie")
    )
    assert labels.judges == ("m", "j")
