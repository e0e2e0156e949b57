"""Work: chunks of whole groups, within their bounds, with keys that mean what they should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nova_rft.errors import UsageError
from nova_rft.scale import Chunk

from .making import raw, work


def ids(chunk: Chunk) -> list[str]:
    return [json.loads(one)["id"] for one in chunk.raws]


def test_groups_stay_together_wherever_their_items_lie(tmp_path: Path) -> None:
    items = [raw(n, f"g{n % 3}") for n in range(9)]
    with work(items, tmp_path) as made:
        chunks = list(made.chunks(4, 10_000))
        assert (len(made), made.groups) == (9, 3)
    assert [ids(one) for one in chunks] == [
        ["i0", "i3", "i6"],
        ["i1", "i4", "i7"],
        ["i2", "i5", "i8"],
    ]
    assert [one.groups for one in chunks] == [(3,), (3,), (3,)]
    assert list(tmp_path.iterdir()) == []


def test_a_chunk_is_an_event_of_the_size_it_says(tmp_path: Path) -> None:
    with work([raw(n, f"g{n}", "ä" * n) for n in range(20)], tmp_path) as made:
        for chunk in made.chunks(100, 900):
            assert chunk.size == len(chunk.payload) <= 900
            assert len(json.loads(chunk.payload)) == len(chunk.keys)
        assert sum(len(one.keys) for one in made.chunks(100, 900)) == 20


def test_a_group_that_no_event_holds_is_refused(tmp_path: Path) -> None:
    said = pytest.raises(UsageError, match=r"from item 3 on are .* use --engine here")
    with work([raw(1), raw(2), raw(3, "g", "x" * 500)], tmp_path) as made, said:
        list(made.chunks(10, 400))


def test_halves_are_whole_groups(tmp_path: Path) -> None:
    with work([raw(n, f"g{n // 2}") for n in range(6)], tmp_path) as made:
        (chunk,) = made.chunks(100, 10_000)
    first, second = chunk.halves()
    assert (ids(first), ids(second)) == (["i0", "i1"], ["i2", "i3", "i4", "i5"])
    assert first.halves() == [first]
    assert len({chunk.key, first.key, second.key}) == 3


def test_a_key_depends_on_the_item_its_siblings_and_the_reward(tmp_path: Path) -> None:
    def keys(items: list[object], identity: str = "r") -> list[str]:
        with work(items, tmp_path, identity) as made:
            return [key for _, _, key in made.places()]

    plain = keys([raw(1, "a"), raw(2, "a"), raw(3, "b")])
    assert len(set(plain)) == 3
    assert keys([raw(3, "b"), raw(1, "a"), raw(2, "a")]) == [plain[2], *plain[:2]]
    other = keys([raw(1, "a"), raw(2, "a", "A: 5"), raw(3, "b")])
    assert [a == b for a, b in zip(plain, other, strict=True)] == [False, False, True]
    assert set(keys([raw(1, "a"), raw(2, "a"), raw(3, "b")], "r2")).isdisjoint(plain)


def test_items_that_hold_no_rollout_are_work_as_well(tmp_path: Path) -> None:
    with work([None, {"id": 7}, raw(1), "text", raw(1)], tmp_path) as made:
        assert [given for _, given, _ in made.places()] == ["", 7, "i1", "", "i1"]
        assert made.groups == 4  # The two equal ones are siblings.
