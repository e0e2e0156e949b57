"""Where evidence stands in a response."""

from __future__ import annotations

import pytest

from nova_rft.report._marks import Piece, found_in, marked

TEXT = "The rent is EUR 900.\nIt is due on the first, in advance."


@pytest.mark.parametrize(
    ("quotation", "found"),
    [
        ("rent is EUR 900", ["rent is EUR 900"]),
        ("  \u201cthe RENT   is\u201d ", ["The rent is"]),
        ("EUR 900. It is due", ["EUR 900.\nIt is due"]),
        ("The rent ... in advance", ["The rent", "in advance"]),
        ("in advance \u2026 The rent", []),
        ("The rent is EUR 901", []),
        ("(.*)", []),
        ("", []),
        ("...", []),
    ],
)
def test_a_quotation_is_found_where_it_stands(quotation: str, found: list[str]) -> None:
    assert [TEXT[start:end] for start, end in found_in(TEXT, quotation)] == found


def test_a_short_quotation_counts_only_by_itself() -> None:
    assert found_in("2 + 2 = 4", "4") == [(8, 9)]
    assert found_in("2 + 2 = 4", "4 ... 2") == []


def test_overlapping_quotations_lose_no_text() -> None:
    pieces = marked("abcdefgh", [([(1, 4)], True), ([(3, 6)], False), ([], True)])
    assert pieces == [
        Piece("a"),
        Piece("bc", "good"),
        Piece("d", "mixed"),
        Piece("ef", "bad"),
        Piece("gh"),
    ]
    assert marked("", []) == [Piece("")]
