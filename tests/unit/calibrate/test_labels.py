"""Files of labels: every shape is read, every problem has its place."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from nova_rft.calibrate import BadLabels, Columns, read_labels
from nova_rft.calibrate.labels import ALONE, FIRST_A, FIRST_B, WHOLE
from nova_rft.errors import UsageError

from .labelled import pair, response, write


def test_pairs(tmp_path: Path) -> None:
    judged = {"model": "m", "first_a": "a", "first_b": None}
    labels = read_labels(write(tmp_path, [pair(["a", "b", None], judged, group="g")]))
    (row,) = labels.rows
    assert (labels.kind, labels.judges, row.group) == ("pairs", ("m",), "g")
    assert row.human == {WHOLE: ("a", "b", None)}
    assert [row.said["m"][order][WHOLE][0].label for order in (FIRST_A, FIRST_B)] == ["a", None]


def test_single_responses_by_criterion(tmp_path: Path) -> None:
    rows = [response({"tone": 3, "facts": ["yes", "no"]}, {"tone": 4.5, "facts": "maybe"})]
    labels = read_labels(write(tmp_path, rows))
    assert (labels.kind, labels.numeric) == ("responses", {"tone": True, "facts": False})
    said = labels.rows[0].said["judge"][ALONE]
    assert (said["tone"][0].score, said["facts"][0].label) == (4.5, "maybe")


@pytest.mark.parametrize(("given", "label"), [(True, "true"), (0, 0.0), ("x", "x"), (None, None)])
def test_labels_are_words_or_numbers(tmp_path: Path, given: Any, label: Any) -> None:
    labels = read_labels(write(tmp_path, [response(given, given)]))
    assert labels.rows[0].human[WHOLE] == (label,)


def test_what_a_judge_says_is_never_a_reason_to_stop(tmp_path: Path) -> None:
    odd: Any
    for odd in ({}, {"x": {"y": 1}}, "", [[]], -1e300):
        assert read_labels(write(tmp_path, [response("yes", odd)]), recorded=True).rows


def test_several_readings_and_several_judges(tmp_path: Path) -> None:
    row = response("yes", ["yes", "no"], judges={"other": None})
    labels = read_labels(write(tmp_path, [row]))
    assert labels.judges == ("judge", "other")
    reads = labels.rows[0].said["judge"][ALONE][WHOLE]
    assert [one.label for one in reads] == ["yes", "no"]


def test_models_that_differ_from_row_to_row_are_one_judge(tmp_path: Path) -> None:
    rows = [pair("a", {"model": name, "first_a": "a"}) for name in ("m-1", "m-2")]
    assert read_labels(write(tmp_path, rows)).judges == ("judge",)


def test_rankings_are_taken_apart(tmp_path: Path) -> None:
    row = {
        "id": "r",
        "prompt": "p",
        "responses": ["x", "y", "z"],
        "human": [[1, 2, 2], None],
        "judge": [2, 1, 3],
        "models": ["m1", "m2", "m3"],
    }
    labels = read_labels(write(tmp_path, [row]), recorded=True)
    assert (labels.kind, labels.ranked) == ("pairs", True)
    assert [one.responses for one in labels.rows] == [("x", "y"), ("x", "z"), ("y", "z")]
    assert [one.human[WHOLE] for one in labels.rows] == [("a", None), ("a", None), ("tie", None)]
    judged = [one.said["judge"][ALONE][WHOLE][0].label for one in labels.rows]
    assert (judged, labels.rows[2].models) == (["b", "a", "a"], ("m2", "m3"))
    assert {one.group for one in labels.rows} == {"p"}


def test_a_judge_that_ranked_amiss_is_unreadable(tmp_path: Path) -> None:
    row = {"prompt": "p", "responses": ["x", "y"], "human": [1, 2], "judge": [1, 2, 3]}
    labels = read_labels(write(tmp_path, [row]), recorded=True)
    assert labels.rows[0].said["judge"][ALONE][WHOLE][0].label is None


def test_tables_hold_text_that_is_read_as_numbers_where_all_are(tmp_path: Path) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(
        "prompt,response,one,two,judge,thumbs,human.unused\np,r,4,5,4.5,up,\np,s,2,,junk,,\n"
    )
    labels = read_labels(file, Columns(("one", "two"), ("thumbs",)), recorded=True)
    assert [row.human[WHOLE] for row in labels.rows] == [(4.0, 5.0), (2.0, None)]
    verdicts = [row.said["judge"][ALONE][WHOLE][0] for row in labels.rows]
    assert [(one.label, one.score) for one in verdicts] == [(4.5, 4.5), ("junk", None)]
    assert [dict(row.metrics) for row in labels.rows] == [{"thumbs": 1.0}, {}]


def test_a_tables_columns_with_dots(tmp_path: Path) -> None:
    file = tmp_path / "labels.tsv"
    file.write_text(
        "prompt\tresponse_a\tresponse_b\thuman\tjudge.first_a\tjudge.first_b\np\tx\ty\ta\ta\t\n"
    )
    said = read_labels(file, recorded=True).rows[0].said["judge"]
    assert [said[order][WHOLE][0].label for order in (FIRST_A, FIRST_B)] == ["a", None]


def test_compressed_with_a_mark_and_blank_lines(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl.gz"
    text = "\ufeff" + json.dumps(response("yes", "no")) + "\n\n"
    file.write_bytes(gzip.compress(text.encode()))
    assert len(read_labels(file).rows) == 1


def test_a_response_that_some_writer_took_for_a_value(tmp_path: Path) -> None:
    row = {**pair("a", {"first_a": "a"}), "response_a": True}
    assert read_labels(write(tmp_path, [row])).rows[0].responses == ("True", "two")


def test_a_prompt_of_turns_and_other_fields(tmp_path: Path) -> None:
    turns = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]
    row = {**response("yes", "yes"), "prompt": turns, "reference_answer": "4", "context": "c"}
    (read,) = read_labels(write(tmp_path, [row])).rows
    assert (read.prompt_text, read.reference, read.fields) == ("s\n\nu", "4", {"context": "c"})


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([{"response": "r", "human": "x"}], ":1: prompt: should be a text or a list of turns"),
        ([{"prompt": "p", "human": "x"}], ":1: response: should be a text"),
        ([{"prompt": "p", "response": "r"}], ":1: human: is missing; say what people said"),
        ([pair("first", {"first_a": "a"})], ":1: human: is 'first'; of a pair write a, b or tie"),
        ([pair(["a", "x"], {"first_a": "a"})], ":1: human[1]: is 'x'"),
        ([pair("a", {"model": "m"})], ":1: judge: names neither first_a nor first_b"),
        ([response({"tone": {}}, 1)], ":1: human.tone: should be a label, a number, or a list"),
        ([{**response("x", "y"), "judge": "y"}, 7], ":2: should be an object"),
        ([response("x", "y"), response(1, "y")], ":2: human: numbers and words in one file"),
        ([response("x", "y"), pair("a", {"first_a": "a"})], "pairs and single responses in one"),
        ([{**response("x", "y"), "prompt": [{"role": 1}]}], ":1: messages[0].role: should be"),
        (
            [{**response("x", "y"), "metrics": {"csat": "fine"}}],
            ":1: csat: is 'fine'; write a number",
        ),
        ([{"prompt": "p", "responses": ["x", "y"], "human": [1]}], ":1: human: should be 2 ranks"),
        ([response(1e300, 1)], ":1: human: should be a label, a number, or a list"),
        ([], "holds no labels"),
    ],
)
def test_problems_have_their_place(tmp_path: Path, rows: list[Any], says: str) -> None:
    with pytest.raises(BadLabels) as caught:
        read_labels(write(tmp_path, rows))
    assert says in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path))


def test_many_problems_are_counted(tmp_path: Path) -> None:
    with pytest.raises(BadLabels, match=r"\.\.\. and 15 more"):
        read_labels(write(tmp_path, [{"prompt": "p"}] * 25))


def test_a_replay_needs_something_to_replay(tmp_path: Path) -> None:
    row = {"prompt": "p", "response": "r", "human": "x"}
    assert read_labels(write(tmp_path, [row])).judges == ()
    with pytest.raises(BadLabels, match=r":1: judge: is missing; there is no verdict to replay"):
        read_labels(write(tmp_path, [row]), recorded=True)


def test_broken_lines_and_missing_files(tmp_path: Path) -> None:
    file = tmp_path / "labels.jsonl"
    file.write_bytes(b'{"prompt": "p"\n\xff\n')
    with pytest.raises(BadLabels, match=r":1: not JSON: (.|\n)*:2: "):
        read_labels(file)
    with pytest.raises(UsageError, match="no such file"):
        read_labels(tmp_path / "none.jsonl")
