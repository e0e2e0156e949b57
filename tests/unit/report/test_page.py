"""The page: well-formed, escaped, small, on its own, always the same."""

from __future__ import annotations

import errno
import io
import os
import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from nova_rft.errors import StorageError
from nova_rft.report import (
    ReportInput,
    print_summary,
    render_html,
    script,
    summarise,
    write_report,
)

from .making import NOTICE, make_job, make_row, make_spec

_VOID = {"meta", "br", "img", "link", "hr", "input"}
_EVIL = "<script>alert('x')</script><img src=https://evil.example/x onerror=y> & \" ' {{ 7*7 }} ]]>"


class _Tree(HTMLParser):
    """Checks that every element is closed in its order, and keeps what matters."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.text: list[str] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.scripts.append("")
        else:
            self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["script"]:
            self.scripts[-1] += data
        else:
            self.text.append(data)


def page_of(rows: Sequence[Mapping[str, Any]], **job: Any) -> str:
    return render_html(summarise(ReportInput(make_spec(), make_job(**job), rows)))


def tree_of(page: str) -> _Tree:
    tree = _Tree()
    tree.feed(page)
    tree.close()
    assert tree.open == []
    # Its own script, which its policy lets run, and no other.
    assert tree.scripts == [script()]
    return tree


def some_rows(count: int = 40, **changes: Any) -> list[dict[str, Any]]:
    return [
        make_row(
            n,
            group=f"g{n // 4}",
            right=float(n % 3 == 0),
            style=None if n % 13 == 5 else float(n % 2),
            event=n // 8 % 60,
            response=f"answer {n} " * (n % 7 + 1),
            **changes,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("rows", [[], some_rows(1), some_rows(40), [make_row(1, style=None)]])
def test_it_is_well_formed_and_on_its_own(rows: list[dict[str, Any]]) -> None:
    page = page_of(rows)
    tree = tree_of(page)
    assert not tree.tags & {"link", "iframe", "object", "embed", "img", "form"}
    links = [value for name, value in tree.attributes if name in {"href", "src", "xlink:href"}]
    assert all(link.startswith("#") for link in links)
    addresses = set(re.findall(r"https?://[^\s\"'<>]+", page))
    assert addresses <= {"http://www.w3.org/2000/svg"}
    assert "@import" not in page
    assert "url(" not in page


def test_links_lead_somewhere_and_ids_are_unique() -> None:
    tree = tree_of(page_of(some_rows()))
    ids = [value for name, value in tree.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    targets = [value[1:] for name, value in tree.attributes if name == "href"]
    assert set(targets) <= set(ids)


def test_what_rollouts_hold_is_only_text() -> None:
    rows = some_rows(said=_EVIL, prompt=_EVIL, judge=_EVIL)
    for row in rows:
        row.update(response=_EVIL, reference={"answer": _EVIL}, id=_EVIL, at=_EVIL, version=_EVIL)
        row["group"] += _EVIL
        for term in row["terms"].values():
            for verdict in term.get("details", {}).get("verdicts", []):
                verdict.update(reason=_EVIL, evidence=_EVIL, criterion=_EVIL)
        if row["abstained"]:
            row["abstained"] = {"cause": _EVIL, "detail": _EVIL}
    page = page_of(rows, tags={_EVIL: _EVIL}, failure=_EVIL, status=_EVIL, name=_EVIL)
    tree = tree_of(page)
    assert "img" not in tree.tags
    assert not [name for name, _ in tree.attributes if name.startswith("on")]
    assert "alert('x')" in "".join(tree.text)
    assert "{{ 7*7 }}" in "".join(tree.text)


def test_text_that_is_no_unicode_does_not_stop_it(tmp_path: Path) -> None:
    rows = [make_row(1, response="broken \ud800 half"), make_row(2, group="\udfff")]
    path = write_report(ReportInput(make_spec(), None, rows), tmp_path / "report.html")
    assert "broken ? half" in path.read_text(encoding="utf-8")


def test_pictures_can_be_read_aloud() -> None:
    page = page_of(some_rows())
    drawn = re.findall(r"<svg[^>]*>", page)
    # Reward and length, each as a histogram and over time, repetition, two for each term, and the pair.
    assert len(drawn) == 10
    assert all('role="img"' in svg and "aria-label=" in svg for svg in drawn)
    assert page.count("<desc>Histogram of") == 4


def test_5000_rollouts_stay_under_3_mb() -> None:
    # The worst text: each character becomes an entity of five.
    long: dict[str, Any] = {
        "response": '"""" ' * 1_500,
        "prompt": "&" * 20_000,
        "said": '"' * 5_000,
    }
    rows = [
        make_row(
            n,
            group=f"g{n // 4}",
            right=float(n % 5 == 0),
            style=None if n % 9 == 0 else 1.0,
            **long,
        )
        for n in range(5_000)
    ]
    page = page_of(rows)
    assert len(page.encode()) < 3_000_000
    assert "characters left out" in page


def test_equal_input_gives_equal_bytes() -> None:
    rows = some_rows()
    assert page_of(rows) == page_of(rows)
    # The order in which traces were read is no part of the input where times and requests differ.
    ordered = [row for n, row in enumerate(rows) if n % 8 == 0]
    assert page_of(ordered) == page_of(ordered[::-1])


def test_empty_states_are_said_in_words() -> None:
    text = " ".join(" ".join(tree_of(page_of([])).text).split())
    for words in (
        "No rollouts yet.",
        "No groups yet.",
        "No responses yet.",
        "Nothing was scored yet",
    ):
        assert words in text
    alone = render_html(summarise(ReportInput(make_spec(), None, [])))
    assert "There is no job" in alone


def test_notices_stand_before_the_figures() -> None:
    page = page_of(some_rows(said=NOTICE), tags={"nova-rft:policy": "recorded"})
    first = page.index("Nothing was trained")
    assert first < page.index("No model has judged this") < page.index("What came out")


def test_writing_replaces_whole_pages(tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.html"
    given = ReportInput(make_spec(), None, some_rows(8))
    assert write_report(given, path) == path
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    page = path.read_bytes()
    assert write_report(summarise(given), path).read_bytes() == page
    assert [found.name for found in path.parent.iterdir()] == ["report.html"]


def test_a_full_disk_leaves_the_old_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"report\.html: .*No space left on device"):
        write_report(ReportInput(make_spec(), None, []), path)
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.parametrize("rows", [[], some_rows(), [make_row(1, style=None)]])
def test_the_terminal_fits_80_columns(rows: list[dict[str, Any]]) -> None:
    screen = io.StringIO()
    job = make_job(tags={"nova-rft:policy": "recorded"}, name="[red]adding[/red]")
    print_summary(
        summarise(ReportInput(make_spec(), job, rows)),
        Console(file=screen, width=80, color_system=None),
    )
    printed = screen.getvalue()
    assert max(len(line) for line in printed.splitlines()) <= 80
    assert "Nothing was trained" in printed
    assert "[red]adding[/red]" in printed
    if len(rows) > 1:
        assert "no signal" in printed
        assert "math" in printed
