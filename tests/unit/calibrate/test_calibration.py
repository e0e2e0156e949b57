"""What counts, by hand; and the figures that others found in recorded verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from nova_rft.calibrate import Calibration, Draws, Figure, How, calibrate, read_labels
from tests.support import ROOT

from .labelled import calibrated, pair, response, write

DATA = ROOT / "tests" / "data" / "judgements"


def recorded(name: str) -> Calibration:
    labels = read_labels(DATA / f"{name}.jsonl.gz", recorded=True)
    return calibrate(labels, labels.judges[0])


@pytest.mark.parametrize(
    ("name", "first_a", "first_b", "both", "same"),
    [
        ("llmbar-natural", 0.95, 0.96, 0.93, 0.95),
        ("llmbar-adversarial-neighbor", 0.7761, 0.7985, 0.7537, 0.9328),
    ],
)
def test_llmbar(name: str, first_a: float, first_b: float, both: float, same: float) -> None:
    found = recorded(name)
    place = found.position
    figures = [place.first_a, place.first_b, place.both, place.consistent, found.total.accuracy]
    assert [one.value for one in figures] == pytest.approx(
        [first_a, first_b, both, same, both], abs=5e-5
    )
    assert all(one.low < one.value < one.high for one in figures)  # type: ignore[operator]


def test_pandalm() -> None:
    found = recorded("pandalm")
    assert (found.judge, found.rows, found.left_out) == ("gpt-3.5-turbo", 999, 0)
    kappas = {name: one.value for name, one in found.ceiling.pairs.items()}
    assert kappas == pytest.approx({"1-2": 0.8520, "1-3": 0.8789, "2-3": 0.8617}, abs=5e-5)
    assert found.total.accuracy.value == pytest.approx(0.6977, abs=5e-5)
    assert found.total.unreadable.value == pytest.approx(25 / 999)
    assert found.position.first_b.value is None
    assert "1-2" in found.as_dict()["annotators"]


def test_an_unreadable_verdict_is_wrong_but_in_no_kappa(tmp_path: Path) -> None:
    dice = np.random.default_rng(0)
    human = dice.choice(["no", "yes"], 40).tolist()
    judge: list[Any] = dice.choice(["no", "yes"], 40).tolist()
    judge[::8] = [None, "maybe", 1.5, {"a": "yes"}, ""]
    rows = [response(h, j, f"p{n}") for n, (h, j) in enumerate(zip(human, judge, strict=True))]
    total = calibrated(tmp_path, rows).total
    assert total.unreadable.value == 5 / 40
    assert total.accuracy.value == sum(h == j for h, j in zip(human, judge, strict=True)) / 40
    kept = [n for n in range(40) if n % 8]
    theirs = cohen_kappa_score([human[n] for n in kept], [judge[n] for n in kept])
    assert total.kappa.value == pytest.approx(theirs, abs=1e-9)


def test_the_strict_majority_counts_and_rows_without_one_are_counted(tmp_path: Path) -> None:
    rows = [
        response(["x", "x", "y"], "x", "1"),
        response(["x", "y"], "x", "2"),
        response(["x", "y", "z"], "x", "3"),
        response([None, "y", None], "y", "4"),
        response([None, None], "x", "5"),
        response(["x", "x", "y", "y", "x"], "y", "6"),
    ]
    found = calibrated(tmp_path, rows)
    assert (found.rows, found.left_out) == (3, 3)
    assert found.total.accuracy.value == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("judge", "human", "right", "readable"),
    [
        ({"first_a": "a", "first_b": "a"}, "a", True, True),
        ({"first_a": "a", "first_b": "b"}, "a", False, True),
        ({"first_a": "a", "first_b": "b"}, "tie", True, True),
        ({"first_a": "tie", "first_b": "b"}, "tie", True, True),
        ({"first_a": None, "first_b": "b"}, "b", False, False),
        ({"first_a": None, "first_b": "b"}, "tie", False, False),
        ({"first_a": "b"}, "b", True, True),
        ({"first_b": "b"}, "b", True, True),
        ({"first_b": "second"}, "b", False, False),
        ("b", "b", True, True),
        (None, "b", False, False),
    ],
)
def test_a_pairs_choice(
    tmp_path: Path, judge: Any, human: str, right: bool, readable: bool
) -> None:
    total = calibrated(tmp_path, [pair(human, judge)]).total
    assert (total.accuracy.value, total.unreadable.value) == (float(right), float(not readable))


def test_small_sets_say_so(tmp_path: Path) -> None:
    found = calibrated(tmp_path, [response("yes", "yes", f"p{n}") for n in range(4)])
    assert found.total.accuracy == Figure(1.0, reason="too few: 4 prompts, 5 are needed")
    for one in (found.total.kappa, found.total.alpha, found.total.spearman, found.total.kendall):
        assert one == Figure(None, reason="too few: 4 rows, 5 are needed")
    assert str(found.ruling.fitness) == "not fit"


def test_nothing_at_all_is_no_crash(tmp_path: Path) -> None:
    for rows in ([response(["x", "y"], "x")], [pair(None, {"first_a": "a"})], [response(None, 1)]):
        found = calibrated(tmp_path, rows)
        assert (found.rows, found.left_out) == (0, 1)
        assert found.total.accuracy.value is None


def test_one_label_alone_gives_a_share_with_an_honest_interval(tmp_path: Path) -> None:
    total = calibrated(tmp_path, [response("yes", "yes", f"p{n}") for n in range(30)]).total
    assert (total.accuracy.value, total.accuracy.high) == (1.0, 1.0)
    assert total.accuracy.low == pytest.approx(1 - 0.1157, abs=1e-4)
    assert total.kappa == Figure(None, reason="all have the same label")


def test_where_people_said_one_thing_alone_the_judge_may_say_another(tmp_path: Path) -> None:
    for words in (("yes", "no"), ("x", "y")):
        rows = [response(words[0], words[n % 4 == 0], f"p{n}") for n in range(40)]
        total = calibrated(tmp_path, rows).total
        assert (total.accuracy.value, total.unreadable.value, total.kappa.value) == (0.75, 0.0, 0.0)


def test_rows_of_one_prompt_are_resampled_together(tmp_path: Path) -> None:
    rows = [response("yes", ("yes", "no")[n % 3 == 0], f"p{n}") for n in range(60)]
    alone = calibrated(tmp_path, rows)
    again = calibrated(
        tmp_path, [{**row, "group": row["prompt"]} for row in rows for _ in range(9)]
    )
    assert again.rows == 540
    assert again.total.accuracy == alone.total.accuracy
    dice = calibrated(tmp_path, rows, How(draws=Draws(seed=5))).total.accuracy
    assert (dice.value, dice != alone.total.accuracy) == (alone.total.accuracy.value, True)


def test_numbers_lie_on_a_scale(tmp_path: Path) -> None:
    dice = np.random.default_rng(1)
    human = dice.integers(1, 6, 60)
    judge = np.clip(human + dice.integers(-1, 2, 60), 1, 5)
    rows = [
        response(int(h), int(j), f"p{n}") for n, (h, j) in enumerate(zip(human, judge, strict=True))
    ]
    found = calibrated(tmp_path, rows)
    theirs = cohen_kappa_score(human, judge, weights="quadratic", labels=[1, 2, 3, 4, 5])
    assert (found.weights, found.numeric) == ("quadratic", True)
    assert found.total.kappa.value == pytest.approx(theirs, abs=1e-9)
    assert found.total.accuracy.value == float(np.mean(human == judge))


def test_words_in_an_order_are_a_scale(tmp_path: Path) -> None:
    words = ["bad", "fair", "good"]
    dice = np.random.default_rng(2)
    codes = dice.integers(0, 3, (2, 50))
    rows = [response(words[h], words[j], f"p{n}") for n, (h, j) in enumerate(codes.T)]
    assert calibrated(tmp_path, rows).total.spearman.value is None
    found = calibrated(tmp_path, rows, How(order=("bad", "fair", "good")))
    theirs = cohen_kappa_score(*codes, weights="quadratic")
    assert found.total.kappa.value == pytest.approx(theirs, abs=1e-9)
    assert found.total.spearman.value is not None


def test_a_number_for_one_of_two_words(tmp_path: Path) -> None:
    rows = [response("pass", 0.9, "1"), response("fail", 0.2, "2"), response("fail", 0.5, "3")]
    total = calibrated(tmp_path, rows).total
    assert total.accuracy.value == pytest.approx(2 / 3)
    assert total.unreadable.value == 0.0
    rows = [response("red", 0.9, "1"), response("blue", 0.2, "2")]
    assert calibrated(tmp_path, rows).total.unreadable.value == 1.0


def test_each_criterion_and_all_together(tmp_path: Path) -> None:
    rows = [
        response(
            {"tone": "yes", "facts": ("yes", "no")[n % 2], "unasked": "no"},
            {"tone": ("yes", "no")[n % 3 == 0], "facts": ("yes", "no")[n % 2]},
            f"p{n}",
        )
        for n in range(30)
    ]
    found = calibrated(tmp_path, rows)
    accuracies = {name: one.accuracy.value for name, one in found.criteria.items()}
    assert accuracies == {"tone": pytest.approx(2 / 3), "facts": 1.0}
    assert found.total.accuracy.value == pytest.approx(5 / 6)
    assert (found.rows, found.prompts) == (30, 30)


def test_rows_that_a_judge_was_not_asked_about_are_not_its_rows(tmp_path: Path) -> None:
    rows = [response("yes", "yes"), response("no", "no", judges={"other": "yes"})]
    labels = read_labels(write(tmp_path, rows), recorded=True)
    assert [calibrate(labels, judge).rows for judge in labels.judges] == [2, 1]


def test_people_may_be_their_mean(tmp_path: Path) -> None:
    rows = [response([1, 2], 1.5), response([1, 5, 5], 5)]
    assert calibrated(tmp_path, rows).rows == 1
    found = calibrated(tmp_path, rows, How(people="mean"))
    assert (found.rows, found.total.accuracy.value) == (2, 0.5)
    assert calibrated(tmp_path, rows, How(people="median")).total.accuracy.value == 1.0


def test_annotators_disagree_on_rows_that_are_left_out_too(tmp_path: Path) -> None:
    rows = [response(["x", ("x", "y")[n % 2]], "x", f"p{n}") for n in range(20)]
    rows += [response(["y", "y"], "y", f"q{n}") for n in range(10)]
    found = calibrated(tmp_path, rows)
    theirs = cohen_kappa_score(["x"] * 20 + ["y"] * 10, ["x", "y"] * 10 + ["y"] * 10)
    assert found.ceiling.pairs["1-2"].value == pytest.approx(theirs, abs=1e-9)
    assert found.left_out == 10


def test_metrics_of_production_stand_beside_the_judge(tmp_path: Path) -> None:
    rows = [
        response(
            ("no", "yes")[n % 2], ("no", "yes")[n % 2], f"p{n}", metrics={"thumbs": n % 2 == 0}
        )
        for n in range(40)
    ]
    beside = calibrated(tmp_path, rows).production["thumbs"]
    assert (beside.rows, beside.judge.value, beside.people.value) == (40, -1.0, -1.0)
