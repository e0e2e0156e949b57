"""The report as somebody reads it: a real Chromium, both colour schemes, paper, a phone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from nova_rft.report import write_report
from tests.browser import Page, page

from .story import told

_FITS: Final = "return document.scrollingElement.scrollWidth <= innerWidth"
_LOADED: Final = """
const t = performance.timing;
return t.loadEventEnd ? t.loadEventEnd - t.navigationStart : null
"""
# A second on a machine of its own; tests share theirs.
_SOON_MS: Final = 4_000


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with page(tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield opened


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(told(), tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture
def story(window: Page, report: Path) -> Iterator[Page]:
    """The page on a whole run, opened afresh; whatever was done with it, nothing went wrong."""
    window.resize(1280, 900)
    window.prefer()
    window.open(report.as_uri())
    yield window
    assert window.script("return document.title") == "adding: report"
    assert window.console() == []


def shown(window: Page, selector: str) -> int:
    return int(
        window.script(
            "return [...document.querySelectorAll(arguments[0])].filter(one => one.checkVisibility())"
            ".length",
            selector,
        )
    )


def complaint(window: Page) -> str:
    """The first thing that the browser complains of; its log comes a moment after the page."""
    for _ in range(100):
        if said := window.console():
            return said[0]
        time.sleep(0.05)
    raise AssertionError("the browser did not complain")


def column(window: Page, table: str, place: int) -> list[str]:
    found = window.script(
        "return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
        ".filter(row => row.checkVisibility()).map(row => row.cells[arguments[1]].textContent)",
        table,
        place,
    )
    return [str(one) for one in found]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_nobody_is_kept_out_in_light_and_in_dark(story: Page, scheme: str, width: int) -> None:
    story.prefer(scheme)
    story.resize(width, 900)
    story.script("for (const one of document.querySelectorAll('details.more')) one.open = true")
    story.click("details.group summary")
    story.until("return document.querySelector('.choose') !== null")
    assert story.faults() == []
    ground = story.script("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") is (scheme == "light")
    # Pictures take the page's colours, whichever they are.
    circle = story.script(
        "return getComputedStyle(document.querySelector('figure.wide svg path[fill^=var]')).fill"
    )
    assert circle.startswith("rgb(")


def test_a_phone_and_paper_hold_it(story: Page) -> None:
    story.resize(375, 812)
    story.script("for (const one of document.querySelectorAll('details')) one.open = true")
    assert story.script(_FITS)
    story.resize(794, 1123)
    story.prefer("dark", media="print")
    assert story.script(_FITS)
    # Paper is white, whatever somebody prefers on a screen.
    assert story.script("return getComputedStyle(document.body).color") == "rgb(28, 35, 48)"
    assert shown(story, ".tools, .choose, .unfold") == 0
    assert shown(story, "nav[aria-label=Contents]") == 1


def test_the_contents_lead_to_every_step(story: Page) -> None:
    links = story.script(
        "return [...document.querySelectorAll('nav li')].map(one => one.innerText.replace(/\\s+/g, ' '))"
    )
    assert links == [
        "Asked Reinforcement fine-tuning",
        "Checked 22 warnings",
        "Calibrated fit with a warning",
        "Rehearsed learns",
        "Signal 19\u00a0% without".replace("\u00a0", " "),
        "Trained Completed",
        "Rewarded mean 0.58",
        "Compared real gain",
        "Cost $42.45",
        "Rollouts 48 rollouts",
    ]
    story.click("nav a[href='#compared']")
    story.until(
        "return Math.abs(document.querySelector('#compared').getBoundingClientRect().top) < 99"
    )
    assert "The trained model is better than its base" in story.text()


def test_tables_sort_by_pointer_and_by_key_and_filter(story: Page) -> None:
    table = "#asked table:has(code)"
    names = column(story, table, 0)
    story.click(f"{table} th:first-child button")
    assert column(story, table, 0) == sorted(names)
    assert story.script(f"return document.querySelector('{table} th').ariaSort") == "ascending"
    # The header keeps the focus, so a key turns the order round.
    story.press("\ue007")
    assert column(story, table, 0) == sorted(names, reverse=True)
    assert story.script(f"return document.querySelector('{table} th').ariaSort") == "descending"
    rules = "#checked .stacked table"
    assert len(column(story, rules, 0)) == 11
    story.type("#checked input", "rule.c")
    assert column(story, rules, 0) == ["rule.c"]
    assert "1 of 11" in story.text()


def test_numbers_sort_as_numbers_and_totals_stay(story: Page) -> None:
    table = "#cost table"
    assert column(story, table, 1) == ["$41.20", "not known", "$1.25", "$42.45"]
    story.click(f"{table} th:nth-child(2) button")
    assert column(story, table, 1) == ["$1.25", "$41.20", "not known", "$42.45"]


def test_rollouts_stand_side_by_side_with_their_evidence(story: Page) -> None:
    story.script(
        "const select = document.querySelector('#rollouts select'); select.value = 'abstained';"
        "select.dispatchEvent(new Event('change'))"
    )
    kinds = "#rollouts details.group"
    assert 0 < shown(story, kinds) < 12
    assert shown(story, kinds) == shown(story, f"{kinds}[data-kinds~=abstained]")
    story.type("#rollouts input", "case 11")
    assert shown(story, kinds) == 0
    assert "0 of 12 prompts" in story.text()
    story.script(
        "const select = document.querySelector('#rollouts select'); select.value = '';"
        "select.dispatchEvent(new Event('change'))"
    )
    assert shown(story, kinds) == 1
    group = f"{kinds}:not([hidden])"
    story.click(f"{group} summary")
    story.until(f"return document.querySelector('{group} .choose') !== null")
    article = f"{group} article.rollout"
    # The best and the worst at first; then another, then all of them.
    assert shown(story, article) == 2
    story.click(f"{group} .choose button:nth-of-type(2)")
    assert shown(story, article) == 3
    story.click(f"{group} .choose button:last-child")
    assert shown(story, article) == 4
    tops = story.script(
        f"return [...document.querySelectorAll('{article}')].slice(0, 2)"
        ".map(one => one.getBoundingClientRect().top)"
    )
    assert tops[0] == tops[1]
    marks = story.script(
        f"return [...document.querySelectorAll('{article} mark')].map(m => [m.textContent, m.className])"
    )
    assert ["= 4", "good"] in marks and ["= 4", "bad"] in marks


def test_what_rollouts_bring_is_text_and_long_ones_fold(story: Page) -> None:
    story.script("for (const one of document.querySelectorAll('details.group')) one.open = true")
    story.until("return document.querySelectorAll('details.group[open] .choose').length === 12")
    story.script(
        "for (const one of document.querySelectorAll('.choose button:last-child')) one.click()"
    )
    assert story.script("return document.scripts.length") == 1
    assert (
        story.script("return document.querySelectorAll('img, style:not(head style)').length") == 0
    )
    text = story.text()
    assert "<script>document.title = 'taken'</script>" in text
    assert "to the right [U+202E]to the left[U+202C] [U+2066]isolated" in text
    assert "[U+0000] [U+001B][31m" in text
    assert "characters left out" in text
    assert story.script(_FITS)
    before = shown(story, ".folded")
    assert before > 0
    story.click(".unfold")
    assert shown(story, ".folded") == before - 1
    assert story.script("return document.querySelector('.unfold').ariaExpanded") == "true"


def test_it_can_all_be_read_without_its_script(story: Page, report: Path, tmp_path: Path) -> None:
    text = report.read_text(encoding="utf-8")
    bare = tmp_path / "bare.html"
    # Its policy lets only its own script run, so a changed one does not.
    bare.write_text(text.replace('"use strict";', '"use strict"; '), encoding="utf-8")
    story.open(bare.as_uri())
    assert "Content Security Policy" in complaint(story)
    assert shown(story, ".tools, .sort, .choose") == 0
    story.click("details.group summary")
    assert shown(story, "details.group article.rollout") == 4


def test_2000_rollouts_open_at_once(window: Page, tmp_path: Path) -> None:
    path = write_report(told(2_000, hostile=False), tmp_path / "report.html")
    assert path.stat().st_size < 3_000_000
    window.resize(1280, 900)
    window.open(path.as_uri())
    window.until(_LOADED)
    took = window.script(_LOADED)
    assert took < _SOON_MS, f"{took} ms"
    said = window.text()
    assert "1,840 others of 460 prompts are left out" in said
    assert "s3://adding-dev-output/traces/3/" in said
    assert window.console() == []


def test_tables_become_labels_and_values_on_a_phone(story: Page) -> None:
    story.resize(375, 812)
    story.script("for (const one of document.querySelectorAll('details.more')) one.open = true")
    wide = story.script(
        "return [...document.querySelectorAll('.scroll')]"
        ".filter(one => one.checkVisibility() && one.scrollWidth > one.clientWidth).length"
    )
    assert wide == 0
    assert (
        story.script(
            "return getComputedStyle(document.querySelector('#cost td.n'), '::before').content"
        )
        == '"Amount"'
    )


def test_paper_holds_the_best_and_the_worst_of_each_prompt(story: Page) -> None:
    assert shown(story, "article.rollout") == 0
    story.script("dispatchEvent(new Event('beforeprint'))")
    assert shown(story, "details.group[open]") == 12
    assert shown(story, "article.rollout") == 24
    assert shown(story, "details.more:not([open])") == 0
    story.script("dispatchEvent(new Event('afterprint'))")
    assert shown(story, "article.rollout") == 0
