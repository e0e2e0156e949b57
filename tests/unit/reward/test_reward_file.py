"""Files of reward events: every shape read, cut into events, never through a group."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_rft.data import Rollout
from nova_rft.errors import FindingsError, NovaRftError, UsageError
from nova_rft.reward import BadItem, read_event, read_events, read_raw_events

from .rewards import item

ITEMS = [item(id="a", group="g"), item(id="b", group="h")]


def write(tmp_path: Path, content: str, name: str = "events.jsonl") -> Path:
    file = tmp_path / name
    raw = content.encode()
    file.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return file


def ids(file: Path, size: int = 100) -> list[list[Any]]:
    return [[each.id for each in event] for event in read_events(file, size)]


@pytest.mark.parametrize("name", ["events.jsonl", "events.json", "events.jsonl.gz"])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param("".join(json.dumps(each) + "\n" for each in ITEMS), id="an item a line"),
        pytest.param("\n".join(json.dumps(each) for each in ITEMS), id="no newline at the end"),
        pytest.param("".join(json.dumps([each]) + "\n" for each in ITEMS), id="a list a line"),
        pytest.param(json.dumps(ITEMS), id="one list"),
        pytest.param(json.dumps(ITEMS, indent=2), id="one list over many lines"),
        pytest.param("\ufeff" + json.dumps(ITEMS, indent=2), id="byte order mark"),
        pytest.param("\n\n" + json.dumps(ITEMS, indent=2), id="blank lines first"),
        pytest.param(json.dumps({"trajectories": ITEMS}), id="wrapped"),
        pytest.param(json.dumps({"trajectories": ITEMS}, indent=1), id="wrapped, many lines"),
    ],
)
def test_shapes(tmp_path: Path, content: str, name: str) -> None:
    assert ids(write(tmp_path, content, name)) == [["a", "b"]]


def lines(*groups: str) -> str:
    return "".join(
        json.dumps(item(id=str(place), group=group)) + "\n" for place, group in enumerate(groups)
    )


@pytest.mark.parametrize(
    ("groups", "size", "sizes"),
    [
        ("aabbcc", 1, [2, 2, 2]),
        ("aabbcc", 2, [2, 2, 2]),
        ("aabbcc", 3, [4, 2]),
        ("aabbcc", 100, [6]),
        ("abcabc", 1, [6]),
        ("abab" + "cdcd", 2, [4, 4]),
        ("abcdef", 2, [2, 2, 2]),
        ("a", 5, [1]),
    ],
)
def test_events_are_never_cut_through_a_group(
    tmp_path: Path, groups: str, size: int, sizes: list[int]
) -> None:
    assert [len(event) for event in ids(write(tmp_path, lines(*groups)), size)] == sizes


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=40), st.integers(1, 10))
@settings(max_examples=50)
def test_any_order_of_groups(
    tmp_path_factory: pytest.TempPathFactory, groups: list[str], size: int
) -> None:
    file = write(tmp_path_factory.mktemp("events"), lines(*groups))
    events = list(read_events(file, size))
    assert [each.id for event in events for each in event] == [str(n) for n in range(len(groups))]
    seen: dict[str, int] = {}
    for number, event in enumerate(events):
        assert len(event) >= size or number == len(events) - 1
        for each in event:
            assert isinstance(each, Rollout)
            assert seen.setdefault(each.group, number) == number


def test_bad_items_stay_in_place_and_hold_no_event_open(tmp_path: Path) -> None:
    content = json.dumps({"id": "x"}) + "\n" + lines("a", "b") + "{}\n"
    events = list(read_events(write(tmp_path, content), 1))
    assert [len(event) for event in events] == [1, 1, 1, 1]
    assert isinstance(events[0][0], BadItem)
    assert isinstance(events[3][0], BadItem)


def test_real_file_is_cut_at_whole_prompts(example: Path) -> None:
    sizes = [len(event) for event in read_events(example / "data" / "rollouts.jsonl.gz", 150)]
    assert sum(sizes) == 5276
    assert set(sizes[:-1]) == {152}, "the next multiple of four"


@pytest.mark.parametrize("content", ["", "\n\n", " \n"])
def test_a_file_of_nothing(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError, match="holds no reward events; name a JSON list or JSON Lines"):
        ids(write(tmp_path, content))


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        ids(tmp_path / "none.jsonl")


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"events\.jsonl:3: not JSON"):
        ids(write(tmp_path, lines("a", "b") + '{"id": \n'))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("hello\n", r":1: not JSON: Expecting value at column 1"),
        ('{"id": "a", "mess\n', r":1: not JSON: Invalid control character at column 18"),
        ("[\n1,\n2\n", r":4: not JSON: Expecting ',' delimiter"),
        ("[\n" + json.dumps(item()) + ",\n]\n", r":3: not JSON: "),
        ("[" * 100_000, r": not JSON: .*recursion"),
        ("[NaN,\n1]", r": not JSON: NaN is not a JSON number"),
    ],
)
def test_what_is_no_json_at_all(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"events\.jsonl" + said):
        ids(write(tmp_path, content))


def test_one_item_over_many_lines_is_no_event(tmp_path: Path) -> None:
    with pytest.raises(FindingsError, match="no list of items") as caught:
        ids(write(tmp_path, json.dumps(item(), indent=1)))
    assert isinstance(caught.value, NovaRftError)


ROW = {
    "id": "a-1",
    "group": "a",
    "prompt": [{"role": "user", "content": "2 + 2?"}],
    "response": "A: 4",
    "reference": "4",
    "reward": 1.0,
    "abstained": None,
    "terms": {},
}


@pytest.mark.parametrize("whole", [False, True])
def test_rows_of_traces_stand_for_the_items_that_they_were_scored_from(
    tmp_path: Path, whole: bool
) -> None:
    rows = [ROW, {**ROW, "id": "a-2", "metadata": {"hard": True}}, {**ROW, "prompt": "2 + 2?"}]
    text = json.dumps(rows) if whole else "".join(json.dumps(row) + "\n" for row in rows)
    file = write(tmp_path, text)
    [event] = read_events(file, 9)
    one, other, bad = event
    assert isinstance(one, Rollout) and isinstance(other, Rollout) and isinstance(bad, BadItem)
    assert (one.group, one.prompt_text, one.response, one.reference) == ("a", "2 + 2?", "A: 4", "4")
    # What the record held beside is known where whoever wrote the row kept it.
    assert (one.metadata, other.metadata) == ({}, {"hard": True})
    assert bad.problem == "messages: should be a list of turns with role and content"
    # As a trainer would send them they are the same rollouts.
    [raw] = read_raw_events(file, 9)
    assert read_event(raw[:2]) == [one, other]
