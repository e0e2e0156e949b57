"""Files of records in every format: the same records, numbered, nothing skipped."""

from __future__ import annotations

import csv
import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from nova_rft.data import Asked, check_records_of, record_source
from nova_rft.data.source import Conversion, Unread, is_lines, objects

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=6
)
RECORDS = st.lists(st.dictionaries(st.text(), VALUES))


def read(path: Path) -> list[tuple[int, Any]]:
    """Numbers with values, or with the rule that is broken."""
    return [
        (number, raw.rule if isinstance(raw, Unread) else json.loads(raw))
        for number, raw in record_source(path)()
    ]


@settings(max_examples=50)
@given(RECORDS, st.sampled_from([None, 0, 2]), st.booleans())
def test_an_array_holds_what_its_lines_would(
    tmp_path_factory: pytest.TempPathFactory, records: list[Any], indent: int | None, plain: bool
) -> None:
    file = tmp_path_factory.mktemp("array") / "r.json"
    text = json.dumps(records, indent=indent, ensure_ascii=plain)
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    found = list(record_source(file)())
    assert all(isinstance(raw, bytes) and b"\n" not in raw for _, raw in found)
    if "\\ud" not in text and not any("\ud800" <= char <= "\udfff" for char in text):
        assert [json.loads(raw) for _, raw in found if isinstance(raw, bytes)] == records


def test_members_stand_at_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text('\ufeff [\n {"a": 1}, {"a":\n 2},\n\n{"a": 3}]\n', encoding="utf-8")
    assert read(file) == [(2, {"a": 1}), (2, {"a": 2}), (5, {"a": 3})]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('[{"a": 1},\n{"a": }, {"a": 3}]', [(1, {"a": 1}), (2, "json.invalid")]),
        ('[{"a": 1}, {"a": ', [(1, {"a": 1}), (1, "json.invalid")]),
        ("[12, 3", [(1, 12), (1, 3)]),
        ("[]", []),
        ('{"a": 1}\n{"a": 2}\n', [(1, {"a": 1}), (2, {"a": 2})]),
    ],
)
def test_a_broken_array_says_where(
    tmp_path: Path, text: str, found: list[tuple[int, object]]
) -> None:
    file = tmp_path / "r.json"
    file.write_text(text)
    assert read(file) == found


def test_bytes_that_are_no_utf_8_end_an_array(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_bytes(b'[{"a": 1},\n{"a": "\xff"}]')
    assert read(file)[-1][1] == "file.encoding"


def test_a_member_that_is_too_long_is_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    file.write_text(json.dumps([{"a": 1}, {"a": "x" * 5_000_000}]))
    found = list(record_source(file, longest=1_000_000)())
    assert [raw.rule for _, raw in found if isinstance(raw, Unread)] == ["file.line_length"]


def test_large_arrays_take_little_memory(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    with file.open("w") as stream:
        stream.write("[")
        for number in range(40_000):
            stream.write(("," if number else "") + json.dumps({"id": number, "text": "x" * 1_000}))
        stream.write("]")
    tracemalloc.start()
    try:
        count = sum(1 for _ in record_source(file)())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 40_000
    assert peak < 12_000_000


def test_rows_of_csv_have_the_lines_at_which_they_end(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text('prompt,answer\n"Why,\nso?",Because\n\nWho?,Me\n', encoding="utf-8-sig")
    assert read(file) == [
        (3, {"prompt": "Why,\nso?", "answer": "Because"}),
        (5, {"prompt": "Who?", "answer": "Me"}),
    ]


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("r.csv", b"a,b\n1\n2,3\n", [(2, "table.row"), (3, {"a": "2", "b": "3"})]),
        ("r.csv", b"a,a\n1,2\n", [(1, "table.row")]),
        ("r.csv", b'a,b\n1,"2"x\n', [(2, "table.row")]),
        ("r.csv", b"a\n\xff\n", [(1, "file.encoding")]),
        ("r.csv", b"", []),
        ("r.tsv", b"a\tb\n1\t2,3\n", [(2, {"a": "1", "b": "2,3"})]),
    ],
)
def test_tables_that_are_broken_say_where(
    tmp_path: Path, name: str, content: bytes, found: list[tuple[int, object]]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert read(tmp_path / name) == found


def test_csv_may_be_compressed(tmp_path: Path) -> None:
    file = tmp_path / "r.csv.gz"
    file.write_bytes(gzip.compress(b"a\n1\n"))
    assert read(file) == [(2, {"a": "1"})]


def test_parquet_rows_lack_what_is_null_in_them(tmp_path: Path) -> None:
    rows = [
        {"messages": [{"role": "user", "content": "Why?", "name": None}], "id": "a"},
        {"messages": [{"role": "user", "content": "Who?", "name": "me"}], "id": None},
    ]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "r.parquet")
    assert read(tmp_path / "r.parquet") == [
        (1, {"messages": [{"role": "user", "content": "Why?"}], "id": "a"}),
        (2, {"messages": [{"role": "user", "content": "Who?", "name": "me"}]}),
    ]


def test_parquet_with_what_json_has_not_is_named(tmp_path: Path) -> None:
    table = pa.table({"a": [b"x", None], "b": [1.0, float("nan")]})
    parquet.write_table(table, tmp_path / "r.parquet")
    assert read(tmp_path / "r.parquet") == [(1, "table.row"), (2, "table.row")]


def test_a_folder_is_all_its_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1.jsonl").write_text('{"a": 2}\n')
    (tmp_path / "a.json").write_text('[{"a": 0}, {"a": 1}]')
    assert read(tmp_path) == [(1, {"a": 0}), (2, {"a": 1}), (3, {"a": 2})]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("a.jsonl", True),
        ("a.txt.gz", True),
        ("a.json", False),
        ("a.csv.gz", False),
        ("a.CSV", False),
    ],
)
def test_services_take_json_lines(name: str, lines: bool) -> None:
    assert is_lines(name) is lines


def test_a_conversion_counts_what_it_loses_and_names_what_it_cannot(tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    with file.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([["q", "a", "level"], ["Why?", "So.", "1"], ["", "So.", "2"]])
    wanted = Conversion("columns", "sft", {"prompt": "q", "completion": "a"})
    found = check_records_of(
        wanted.of(record_source(file)), "r.csv", Asked("sft", training=False)
    ).findings
    assert [(one.line, one.rule) for one in found] == [(3, "shape.needs")]
    assert "no text in 'q'" in found[0].message
    assert [(one.rule, one.message) for one in wanted.findings("r.csv")] == [
        ("shape.lost", "no place for level (1 records)")
    ]


def test_what_is_no_json_reaches_the_check_through_a_conversion(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_text("{broken\n[1]\n")
    wanted = Conversion("chat", "sft")
    found = check_records_of(wanted.of(record_source(file)), "r", Asked("sft", training=False))
    assert [(one.line, one.rule) for one in found.findings] == [
        (1, "json.invalid"),
        (2, "shape.needs"),
    ]


def test_objects_are_read_past_what_is_none(tmp_path: Path) -> None:
    file = tmp_path / "r.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"a": 1}\n[1]\n{x\n\n{"a": 2}')
    assert list(objects(record_source(file))) == [(1, {"a": 1}), (5, {"a": 2})]
