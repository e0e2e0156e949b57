"""One annotator's way through a set, what is kept of it, and what comes of several annotators."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nova_rft.calibrate import How, calibrate, read_labels
from nova_rft.calibrate.labels import PAIR_LABELS
from nova_rft.errors import UsageError
from nova_rft.label import (
    Answers,
    BadAction,
    Item,
    Places,
    Read,
    Session,
    Set,
    Wanted,
    agreement,
    draw_only,
    read_set,
    take_set,
    write_set,
)
from tests.unit.label.making import PREFERENCE, a_set, candidates, reward

SECRETS = ("gpt-secret", "secret-model", "unsure", "value", "judged", "drawn", "style.")


@contextmanager
def sitting(folder: Path, items: Any, annotator: str = "anna", **more: Any) -> Iterator[Session]:
    places = Places(folder / "labels.jsonl")
    with Answers(places.answers(annotator)) as answers:
        yield Session(items, places, annotator, answers, **more)


def answer(session: Session, **what: Any) -> dict[str, Any]:
    return session.act({"do": "answer", "number": session.state()["item"]["number"], **what})


def finish(folder: Path, items: Any, annotator: str, labels: list[str]) -> Session:
    """Labels pairs as the set has them, whichever side they stand on."""
    with sitting(folder, items, annotator) as session:
        for item, label in zip(items, labels, strict=True):
            shown = session.state()["item"]["responses"]
            if label == "tie":
                answer(session, choice="tie")
            else:
                wanted = item.responses["ab".index(label)]
                answer(session, choice=["first", "second"][shown.index(wanted)])
    return session


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]


def test_a_pair_is_labelled_by_what_was_chosen_whichever_side_it_stood_on(tmp_path: Path) -> None:
    items = a_set(12)
    said = ["a", "b", "tie"] * 4
    finish(tmp_path, items, "anna", said)
    assert [row["human"] for row in rows(tmp_path)] == [[label] for label in said]
    read = read_labels(tmp_path / "labels.jsonl")
    assert read.kind == "pairs"
    assert [row.human[""] for row in read.rows] == [(label,) for label in said]
    assert [row.responses for row in read.rows] == [item.responses for item in items]
    assert [row.prompt for row in read.rows] == [item.prompt for item in items]
    assert [row.reference for row in read.rows] == [item.reference for item in items]
    assert all(row.models == ("secret-model", "secret-model") for row in read.rows)


def test_sides_differ_between_annotators_and_stay_for_each(tmp_path: Path) -> None:
    items = a_set(12)
    shown: dict[str, list[Any]] = {}
    for annotator in ("anna", "bert", "anna "):
        with sitting(tmp_path, items, annotator.strip()) as session:
            shown[annotator] = [session._shown(n)["responses"] for n in range(12)]
    assert shown["anna"] == shown["anna "] != shown["bert"]
    first = [
        texts[0] == item.responses[0] for texts, item in zip(shown["anna"], items, strict=True)
    ]
    assert 0 < sum(first) < 12


@pytest.mark.parametrize("singles", [False, True])
def test_nothing_is_shown_that_people_should_not_know(tmp_path: Path, singles: bool) -> None:
    finish(tmp_path, a_set(6), "bert", list("abbaab"))
    for reference in (False, True):
        items, annotator = a_set(6, singles=singles), f"anna-{reference}"
        with sitting(tmp_path, items, annotator, reference=reference) as session:
            for _ in range(6):
                state = session.state()
                text = json.dumps(state)
                assert not [secret for secret in SECRETS if secret in text]
                assert not [item.id for item in session._items if item.id in text]
                assert "bert" not in text
                assert (state["item"]["reference"] is not None) == reference
                session.act({"do": "skip", "number": state["item"]["number"]})


def test_single_responses_are_labelled_by_criteria(tmp_path: Path) -> None:
    items = a_set(4, singles=True)
    with sitting(tmp_path, items) as session:
        answer(session, labels={"short": "yes", "clear": 3})
        answer(session, labels={"short": None, "clear": 1})
        answer(session, labels={"clear": 2})
        state = session.act({"do": "skip", "number": 4})
    assert (state["labelled"], state["skipped"], state["done"], state["item"]) == (3, 1, True, None)
    assert [row["human"] for row in rows(tmp_path)] == [
        {"short": ["yes"], "clear": [3]},
        {"clear": [1]},
        {"clear": [2]},
    ]
    read = read_labels(tmp_path / "labels.jsonl")
    assert read.numeric == {"short": False, "clear": True}


def test_without_criteria_the_response_is_labelled_as_a_whole(tmp_path: Path) -> None:
    with sitting(tmp_path, a_set(2, PREFERENCE, singles=True)) as session:
        answer(session, labels={"": "good"})
        answer(session, labels={"": "bad"})
    assert [row["human"] for row in rows(tmp_path)] == [["good"], ["bad"]]
    assert read_labels(tmp_path / "labels.jsonl").kind == "responses"


def test_undo_goes_back_step_by_step_and_skipped_ones_come_again(tmp_path: Path) -> None:
    with sitting(tmp_path, a_set(3)) as session:
        answer(session, choice="tie")
        session.act({"do": "skip", "number": 2})
        state = answer(session, choice="tie")
        assert state["item"] is None
        state = session.act({"do": "again"})
        assert (state["item"]["number"], state["skipped"]) == (2, 0)
        state = session.act({"do": "undo"})
        assert (state["item"]["number"], state["labelled"]) == (2, 1)
        state = session.act({"do": "undo"})
        assert (state["item"]["number"], state["labelled"], state["undo"]) == (1, 0, False)
        with pytest.raises(BadAction, match="nothing to undo"):
            session.act({"do": "undo"})
    assert rows(tmp_path) == []


@pytest.mark.parametrize(
    "action",
    [
        {},
        {"do": "drop"},
        {"do": "answer"},
        {"do": "answer", "number": 0, "choice": "tie"},
        {"do": "answer", "number": 4, "choice": "tie"},
        {"do": "answer", "number": True, "choice": "tie"},
        {"do": "answer", "number": 1, "choice": "a"},
        {"do": "answer", "number": 1, "choice": ["tie"]},
        {"do": "skip", "number": "1"},
    ],
)
def test_what_makes_no_sense_changes_nothing(tmp_path: Path, action: dict[str, Any]) -> None:
    with sitting(tmp_path, a_set(3)) as session, pytest.raises(BadAction):
        session.act(action)
    assert (tmp_path / "labels.by-anna.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    "labels",
    [
        None,
        {},
        {"short": None},
        {"short": "maybe"},
        {"short": True},
        {"clear": 4},
        {"clear": True},
        {"clear": "3"},
        {"tone": "yes"},
        {"short": ["yes"]},
    ],
)
def test_labels_that_nobody_asked_for_are_refused(tmp_path: Path, labels: Any) -> None:
    with sitting(tmp_path, a_set(3, singles=True)) as session, pytest.raises(BadAction):
        answer(session, labels=labels)
    assert (tmp_path / "labels.by-anna.jsonl").read_bytes() == b""


def test_whoever_comes_back_goes_on_where_they_were(tmp_path: Path) -> None:
    items = a_set(5)
    with sitting(tmp_path, items) as session:
        answer(session, choice="tie")
        session.act({"do": "skip", "number": 2})
        before = answer(session, choice="first")
    with sitting(tmp_path, items) as session:
        assert session.state() == before
        assert session.act({"do": "undo"})["item"]["number"] == 3


def test_half_an_answer_left_by_a_crash_goes_and_costs_no_other(tmp_path: Path) -> None:
    items = a_set(5)
    with sitting(tmp_path, items) as session:
        answer(session, choice="tie")
        answer(session, choice="tie")
    file = tmp_path / "labels.by-anna.jsonl"
    for cut in range(1, len(file.read_bytes().splitlines(keepends=True)[1])):
        whole = file.read_bytes()
        file.write_bytes(whole[:-cut])
        with sitting(tmp_path, items) as session:
            assert session.state()["labelled"] == 1
            answer(session, choice="tie")
            assert session.state()["labelled"] == 2
    file.write_text("{}\n" + file.read_text())
    with pytest.raises(UsageError, match=r"labels\.by-anna\.jsonl:1: is no answer"):
        Answers(file)


def test_one_annotator_labels_in_one_place_at_a_time(tmp_path: Path) -> None:
    with (
        sitting(tmp_path, a_set(2)),
        sitting(tmp_path, a_set(2), "bert"),
        pytest.raises(UsageError, match="another nova-rft label"),
    ):
        Answers(tmp_path / "labels.by-anna.jsonl")
    with sitting(tmp_path, a_set(2)):
        pass


def test_two_annotators_make_one_file_and_are_compared_when_both_are_done(tmp_path: Path) -> None:
    items = a_set(12)
    ann = list("aabbab") + ["tie"] * 6
    bert = list("aabbba") + ["tie"] * 5 + ["a"]
    assert finish(tmp_path, items, "bert", bert).agreement() == []
    with sitting(tmp_path, items) as session:
        assert session.agreement() == []
        session.act({"do": "skip", "number": 1})
        assert "agreement" not in session.state()
    (tmp_path / "labels.by-anna.jsonl").unlink()
    session = finish(tmp_path, items, "anna", ann)
    (found,) = session.agreement()
    assert (found.one, found.other, found.rows, found.same) == ("anna", "bert", 12, 9)
    assert session.state()["agreement"] == [str(found)]
    assert "anna and bert agree in 9 of 12 (75%), kappa 0." in str(found)
    assert [row["human"] for row in rows(tmp_path)] == [
        list(both) for both in zip(ann, bert, strict=True)
    ]
    assert rows(tmp_path)[0]["labelling"]["annotators"] == ["anna", "bert"]
    judged = tmp_path / "judged.jsonl"
    judged.write_text("".join(json.dumps({**row, "judge": "a"}) + "\n" for row in rows(tmp_path)))
    ceiling = calibrate(read_labels(judged), "judge", How()).ceiling
    # The same figure, and the same interval, as the calibration says.
    assert found.kappa == ceiling.pairs["1-2"]


def test_numbers_agree_by_how_far_they_lie_apart(tmp_path: Path) -> None:
    items = a_set(12, singles=True)
    said: dict[str, list[dict[str, Any]]] = {
        "anna": [{"short": "yes", "clear": 1 + n % 3} for n in range(12)],
        "bert": [{"short": "yes" if n % 4 else "no", "clear": 1 + n % 2} for n in range(12)],
    }
    for annotator, labels in said.items():
        with sitting(tmp_path, items, annotator) as session:
            for one in labels:
                answer(session, labels=one)
    pairs = {one.criterion: one for one in session.agreement()}
    assert set(pairs) == {"short", "clear"}
    assert "agree on clear in" in str(pairs["clear"])
    costs: dict[str, Callable[[Any, Any], float]] = {
        "short": lambda a, b: a != b,
        "clear": lambda a, b: (a - b) ** 2,
    }
    for name, cost in costs.items():
        ones, others = ([one[name] for one in said[who]] for who in ("anna", "bert"))
        seen = sum(cost(a, b) for a, b in zip(ones, others, strict=True)) / 12
        by_chance = sum(cost(a, b) for a in ones for b in others) / 144
        assert pairs[name].kappa.value == pytest.approx(1 - seen / by_chance)


def test_too_few_labels_have_no_kappa_and_say_so() -> None:
    items = a_set(3)
    said = {who: {item.id: {"": "a"} for item in items} for who in ("anna", "bert")}
    (found,) = agreement(items, said)
    assert (
        str(found)
        == "anna and bert agree in 3 of 3 (100%); no kappa: too few: 3 rows, 5 are needed"
    )
    (none,) = agreement(items, {"anna": said["anna"], "bert": {}})
    assert str(none).startswith("anna and bert agree in 0 of 0; no kappa")


def test_a_set_reads_back_as_it_was_written(tmp_path: Path) -> None:
    odd = [
        replace(item, responses=(f"{item.responses[0]} é\u2028\ud800 \x00", *item.responses[1:]))
        for item in a_set(4)
    ]
    for items in (a_set(4), a_set(4, singles=True), odd):
        write_set(tmp_path / "set.jsonl", items)
        assert read_set(tmp_path / "set.jsonl") == list(items)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("{}\n", ":1: is no row of a set"),
        ("[]\n", ":1: is no row of a set"),
        ("{\n", ":1: is no row of a set"),
    ],
)
def test_what_is_no_set_is_refused(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "set.jsonl").write_text(content)
    with pytest.raises(UsageError, match=said):
        read_set(tmp_path / "set.jsonl")


def taken(folder: Path, **wanted: Any) -> Set:
    rollouts = Read(tuple(candidates()))
    places = Places(folder / "labels.jsonl")
    return take_set(places, reward(), lambda: rollouts, Wanted(**wanted))


def test_a_set_is_drawn_once_and_further_when_more_is_wanted(tmp_path: Path) -> None:
    first = taken(tmp_path, count=5, seed=1)
    assert (len(first.items), first.before, first.kind) == (5, 0, "responses")
    again = taken(tmp_path, seed=2)
    assert (again.items, again.before, again.read) == (first.items, 5, None)
    assert taken(tmp_path, count=3).items == first.items
    more = taken(tmp_path, count=8)
    assert (more.items[:5], len(more.items), more.before) == (first.items, 8, 5)
    assert taken(tmp_path).items == more.items
    with pytest.raises(UsageError, match="holds single responses"):
        taken(tmp_path, kind="pairs")


def test_a_labels_file_of_somebody_elses_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text("precious")
    with pytest.raises(UsageError, match="is there already"):
        taken(tmp_path)
    with pytest.raises(UsageError, match="is there already"):
        draw_only(tmp_path / "labels.jsonl", reward(), lambda: Read(()), Wanted())
    assert [file.name for file in tmp_path.iterdir()] == ["labels.jsonl"]


def test_a_set_can_be_labelled_by_other_tools(tmp_path: Path) -> None:
    file = tmp_path / "set.jsonl"
    rollouts = Read(tuple(candidates()))
    found = draw_only(file, reward(PREFERENCE), lambda: rollouts, Wanted(count=6))
    assert found.kind == "pairs"
    written = [json.loads(line) for line in file.read_text().splitlines()]
    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text("".join(json.dumps({**row, "human": "a"}) + "\n" for row in written))
    assert len(read_labels(labelled).rows) == 6
    assert set(PAIR_LABELS) == {"a", "b", "tie"}


def test_nothing_to_label_says_why(tmp_path: Path) -> None:
    places = Places(tmp_path / "labels.jsonl")
    alone = Read((candidates()[0],))
    with pytest.raises(UsageError, match="no prompt has two different responses"):
        take_set(places, reward(), lambda: alone, Wanted("pairs"))
    with pytest.raises(UsageError, match="no rollout was given"):
        take_set(places, reward(), lambda: Read(()), Wanted())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["", "../anna", "anna b", "1", "a" * 49, "ä"])
def test_an_annotators_name_is_part_of_a_file_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="--annotator"):
        Places(tmp_path / "labels.jsonl").answers(name)


def test_answers_to_items_of_another_set_count_for_nothing(tmp_path: Path) -> None:
    items = a_set(6)
    with sitting(tmp_path, items) as session:
        answer(session, choice="tie")
        answer(session, choice="tie")
    fewer: list[Item] = list(items[1:])
    with sitting(tmp_path, fewer) as session:
        assert session.state()["labelled"] == 1
        assert session.write() == 1
        session.act({"do": "undo"})
        assert not session.state()["undo"]
