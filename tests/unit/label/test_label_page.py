"""The page in a browser: shows what it should, runs nothing of rollouts, obeys the keyboard."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from nova_rft.label import Answers, Places, Question, Session, serve
from tests.browser import Page, dom, page
from tests.unit.label.making import PREFERENCE, a_set

# As WebDriver has them.
ENTER, ESCAPE = "\ue007", "\ue00c"
ATTACKS = (
    "<script>document.title = 'taken'</script>",
    "<img src=x onerror=\"document.title = 'taken'\">",
    "</script><script>document.title = 'taken'</script>",
    "{css}{js}{nonce}",
    "<style>body { display: none }</style>",
)


@contextmanager
def up(folder: Path, items: Any) -> Iterator[str]:
    places = Places(folder / "labels.jsonl")
    with (
        Answers(places.answers("anna")) as answers,
        serve(Session(items, places, "anna", answers, reference=True)) as serving,
    ):
        yield serving.url


def answers(folder: Path) -> list[Any]:
    lines = (folder / "labels.by-anna.jsonl").read_text().splitlines()
    return [json.loads(line).get("labels") for line in lines]


def test_what_rollouts_bring_is_text_and_never_runs(tmp_path: Path) -> None:
    text = "".join(ATTACKS)
    (item,) = a_set(1)
    turn = replace(item.prompt[0], text=text, role=f"user{text}")
    question = Question(text, text)
    bad = replace(
        item,
        prompt=(turn, turn),
        responses=(f"one {text}", f"two {text}"),
        questions=(question,),
        reference=text,
    )
    with up(tmp_path, [bad]) as url:
        found = dom(url, tmp_path / "browser")
    assert "<title>Labelling</title>" in found
    assert "Which response is better?" in found
    assert found.count("&lt;img src=x onerror=") == 8
    assert "<img" not in found
    assert found.count("<script") == found.count("<style") == 1


def test_criteria_are_shown_with_their_questions_and_what_numbers_mean(tmp_path: Path) -> None:
    with up(tmp_path, a_set(2, singles=True)) as url:
        found = dom(url, tmp_path / "browser")
    for shown in ("Is it short?", "How clear is it?", "entirely", "cannot tell", "0 of 2", "anna"):
        assert shown in found
    assert "secret" not in found


def begin(window: Page, url: str) -> None:
    window.open(url)
    window.until("return state !== null")


def press(window: Page, *keys: str) -> None:
    """Presses keys, each when the page has done what the last one asked for."""
    for key in keys:
        window.press(key)
        window.until("return !busy")


def test_pairs_are_labelled_by_the_keyboard(tmp_path: Path) -> None:
    with page(tmp_path / "browser") as window, up(tmp_path, a_set(6, PREFERENCE)) as url:
        begin(window, url)
        assert "What better means" in window.text()
        press(window, "1", "k", "t")
        assert "3 of 6" in window.text()
        press(window, "u")
        assert "2 of 6" in window.text()
        press(window, "3", "s", "J", "2")
        assert "5 of 6, 1 skipped" in window.text()
        press(window, "r")
        assert "Which response is better?" in window.text()
        press(window, "z", "3")
        assert "All done." in window.text()
        press(window, "f")
        assert "Finished." in window.text()
    lines = (tmp_path / "labels.by-anna.jsonl").read_text().splitlines()
    said = [json.loads(line) for line in lines]
    sides = ["tie" if (label := one["labels"][""]) == "tie" else label == one["first"]
             for one in said if "labels" in one]  # fmt: skip
    assert sides == [True, False, "tie", "tie", True, False, "tie"]


def test_single_responses_are_labelled_by_the_keyboard(tmp_path: Path) -> None:
    first, second, third = a_set(3, singles=True)
    ten = Question("ten", "Of ten?", tuple(range(1, 11)))
    many = Question("points", "How many points?", tuple(range(21)))
    items = [first, replace(second, questions=(ten, many)), third]
    with page(tmp_path / "browser") as window, up(tmp_path, items) as url:
        begin(window, url)
        # A step back inside an item.
        press(window, "y", "u", "2", "3")
        assert "1 of 3" in window.text()
        # More numbers than keys are typed.
        press(window, "0", "1", "7", ENTER)
        assert "2 of 3" in window.text()
        # What cannot be told at all is skipped.
        press(window, "x", "x")
        assert "All done." in window.text()
        press(window, "u", "u")
        assert "1 of 3" in window.text()
        press(window, "x", "9", "9", ENTER, ESCAPE, "u", "4", "5", ENTER, "y", "x")
        assert "All done." in window.text()
    assert answers(tmp_path) == [
        {"short": "no", "clear": 3},
        {"ten": 10, "points": 17},
        None,
        None,
        None,
        {"ten": 4, "points": 5},
        {"short": "yes", "clear": None},
    ]


def test_a_page_whose_program_has_gone_says_that_nothing_is_saved(tmp_path: Path) -> None:
    with page(tmp_path / "browser") as window:
        with up(tmp_path, a_set(3)) as url:
            begin(window, url)
        press(window, "1")
        assert "Not saved: nova-rft label does not run any more" in window.text()
