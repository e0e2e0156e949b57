"""Two terms beside each other."""

from __future__ import annotations

import re

import pytest

from nova_rft.report import ReportInput, summarise
from nova_rft.report._pairs import Pair, Spot
from nova_rft.report._pairs_chart import pair_chart

from .making import make_row, make_spec


def pairs(rows: list[dict[str, object]]) -> list[Pair]:
    return summarise(ReportInput(make_spec(), None, rows)).pairs


def test_rollouts_are_gathered_where_terms_agree() -> None:
    rows = [
        make_row(1, group="a", right=1.0, style=1.0),
        make_row(2, group="a", right=0.0, style=1.0),
        make_row(3, group="b", right=1.0, style=1.0),
        make_row(4, group="b", right=0.0, style=0.0),
        make_row(5, group="c", right=1.0, style=None),
    ]
    (one,) = pairs(rows)
    # Of the two, math counts twice as much.
    assert (one.x, one.y) == ("math", "style")
    assert one.correlation == pytest.approx(0.7071, abs=1e-4)
    assert [(spot.x, spot.y, spot.rollouts) for spot in one.spots] == [
        (1.0, 1.0, 2),
        (0.0, 0.0, 1),
        (0.0, 1.0, 1),
    ]
    assert one.spots[0].advantage == pytest.approx(0.7071, abs=1e-3)
    assert one.spots[1].advantage == pytest.approx(-0.7071, abs=1e-3)


def test_one_term_alone_stands_beside_the_length() -> None:
    rows = [make_row(n, right=n % 2, style=1.0, response="well " * (n + 1)) for n in range(4)]
    (one,) = pairs(rows)
    assert (one.x, one.y, one.y_axis) == ("math", "response length", "response length (words)")


def test_nothing_that_varies_makes_no_picture() -> None:
    assert pairs([make_row(n) for n in range(3)]) == []
    assert pairs([]) == []


def test_many_values_are_gathered_to_as_many_places_as_can_be_told_apart() -> None:
    rows = [make_row(n, right=n / 500, style=(n * 7 % 500) / 500) for n in range(500)]
    (one,) = pairs(rows)
    assert len({spot.x for spot in one.spots}) == 24
    assert sum(spot.rollouts for spot in one.spots) == 500
    assert all(0 <= spot.x <= 1 for spot in one.spots)


def test_the_picture_takes_the_pages_colours_and_tells_its_figures() -> None:
    spots = [Spot(1.0, 0.2, 12, 0.9), Spot(0.0, 0.8, 3, -1.2), Spot(0.5, 0.5, 1, 0.0)]
    drawn = str(pair_chart(Pair("math", "<style>", "math (value)", "s", -0.4, spots)))
    assert set(re.findall(r'fill="(var\(--adv-\d\))"', drawn)) == {
        "var(--adv-1)",
        "var(--adv-3)",
        "var(--adv-5)",
    }
    label = re.search(r'aria-label="([^"]*)"', drawn)
    assert label is not None
    assert label[1] == (
        "math against &lt;style&gt;. 16 rollouts; inside groups they correlate by \u22120.40. at math "
        "1.00 and &lt;style&gt; 0.20 12, mean advantage 0.90; at math 0.00 and &lt;style&gt; 0.80 3, "
        "mean advantage \u22121.20; at math 0.50 and &lt;style&gt; 0.50 1, mean advantage 0.00."
    )
