"""JSON Lines: nothing skipped, what is broken named by its line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_rft.data import Finding, Line, json_lines, loads, read_bytes_lines
from nova_rft.errors import UsageError


def lines(content: bytes) -> list[Line]:
    return list(json_lines(content.splitlines(keepends=True)))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'{"a": 1}\n[2]\n', id="plain"),
        pytest.param(b'{"a": 1}\n[2]', id="no newline at the end"),
        pytest.param(b'{"a": 1}\r\n[2]\r\n', id="CRLF"),
        pytest.param(b'\xef\xbb\xbf{"a": 1}\n[2]\n', id="byte order mark"),
    ],
)
def test_shapes_of_a_file(content: bytes) -> None:
    assert lines(content) == [Line(1, {"a": 1}), Line(2, [2])]


def test_blank_lines_count_but_hold_nothing() -> None:
    assert lines(b'\n{"a": 1}\n  \t\n\n[2]\n\n') == [Line(2, {"a": 1}), Line(5, [2])]


def test_a_byte_order_mark_elsewhere_is_no_json() -> None:
    assert lines(b"1\n\xef\xbb\xbf2\n")[1].problem.startswith("not JSON")


def test_a_null_is_a_value_and_no_problem() -> None:
    assert lines(b"null\n") == [Line(1, None, "")]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b'{"a": 1', "not JSON: Expecting ',' delimiter at column 8; write one object a line"),
        (b"{'a': 1}", "not JSON: Expecting property name"),
        (b'{"a": "b', "not JSON: Unterminated string starting at column 7; write"),
        (b'{"a": 1} {"b": 2}', "not JSON: Extra data at column 10"),
        (b'{"a": NaN}', "not JSON: NaN is not a JSON number"),
        (b"[Infinity]", "not JSON: Infinity is not a JSON number"),
        (b"[-Infinity]", "not JSON: -Infinity is not a JSON number"),
        (b'{"a": "caf\xe9"}', "not UTF-8 (byte 11 of the line); save the file as UTF-8"),
        (b"[" * 100_000, "not JSON: nested too deeply"),
        (b"1" * 5000, "not JSON: Exceeds the limit"),
    ],
)
def test_a_broken_line_is_named_and_the_others_are_kept(raw: bytes, said: str) -> None:
    good, bad, after = lines(b"1\n" + raw + b"\n2\n")
    assert (good.value, after.value) == (1, 2)
    assert (bad.number, bad.value) == (2, None)
    assert bad.problem.startswith(said)


def test_lines_are_read_one_at_a_time() -> None:
    def endless() -> object:
        yield b"1\n"
        raise AssertionError("read ahead")

    stream = json_lines(endless())  # type: ignore[arg-type]
    assert next(stream) == Line(1, 1)


SCALARS = st.none() | st.booleans() | st.integers() | st.text()


@given(st.lists(st.recursive(SCALARS, st.lists, max_leaves=6)))
def test_what_json_writes_is_read_back(values: list[object]) -> None:
    content = "".join(json.dumps(value) + "\n" for value in values).encode()
    assert [line.value for line in lines(content)] == values


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_a_problem(raw: bytes) -> None:
    for line in json_lines([raw]):
        assert line.value is None or not line.problem


def test_strict_json() -> None:
    assert loads(b'{"a": 1.5}') == loads('{"a": 1.5}') == {"a": 1.5}
    with pytest.raises(ValueError, match="NaN is not a JSON number"):
        loads("NaN")


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b"1\n2")
    assert list(read_bytes_lines(file)) == [b"1\n", b"2"]
    assert list(read_bytes_lines(str(file))) == [b"1\n", b"2"]


def test_gzip_is_read_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(gzip.compress(b"1\n2\n"))
    assert list(read_bytes_lines(file)) == [b"1\n", b"2\n"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"1\n2\n", id="no gzip at all"),
        pytest.param(gzip.compress(b"1\n" * 9000)[:-12], id="cut off"),
        pytest.param(gzip.compress(b"1\n", mtime=0)[:10] + b"\xff" * 20, id="damaged"),
    ],
)
def test_broken_gzip(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.jsonl.gz"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"a\.jsonl\.gz: broken gzip file .*write it again"):
        list(read_bytes_lines(file))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.jsonl: no such file; name an existing one"):
        list(read_bytes_lines(tmp_path / "a.jsonl"))


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        list(read_bytes_lines(tmp_path))


def test_a_finding_reads_as_a_place_and_a_sentence() -> None:
    finding = Finding("a.jsonl", 3, "messages[0].role", "rft.role", "error", "is odd; mend it")
    assert str(finding) == "a.jsonl:3: messages[0].role: is odd; mend it [rft.role]"
    assert str(Finding("a.jsonl", 0, "", "rft.count", "error", "few")) == "a.jsonl: few [rft.count]"
    assert finding.as_dict() == {
        "file": "a.jsonl",
        "line": 3,
        "path": "messages[0].role",
        "rule": "rft.role",
        "severity": "error",
        "message": "is odd; mend it",
    }


def test_a_number_too_large_to_be_finite_is_named() -> None:
    (line,) = json_lines([b'{"a": 1e999}\n'])
    assert "1e999 is too large a number" in line.problem
