"""The pages in a browser: what is empty leads on, what rollouts bring never runs, labels are kept."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from nova_rft.jobs import Job, Live, Status
from nova_rft.report import newest_rollouts
from nova_rft.ui import serve
from tests.browser import Page, page
from tests.unit.ui.making import Endpoint, project, rollouts

TAKEN = "document.title = 'taken'"
ATTACK = f'</script><script>{TAKEN}</script><img src=x onerror="{TAKEN}">'


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with page(tmp_path_factory.mktemp("browser") / "profile") as opened:
        yield opened


@pytest.fixture
def window(browser: Page) -> Page:
    """The browser, with nothing of the test before."""
    browser.open("about:blank")
    browser.console()
    browser.resize(1280, 900)
    return browser


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOVA_RFT_HOME", str(tmp_path / "state"))
    return tmp_path


def go(window: Page, name: str) -> None:
    window.click(f"nav a[href='{name}']")
    window.until(f"return location.pathname === '{name}' && !!document.querySelector('h1')")


def fits(window: Page) -> bool:
    """Whether somebody with a phone sees all of it without scrolling sideways."""
    window.resize(375, 812)
    found = window.script("return document.documentElement.scrollWidth <= innerWidth")
    window.resize(1280, 900)
    return bool(found)


def hide(window: Page, hidden: bool) -> None:
    """As a browser says it of a tab that goes to the background, or comes back."""
    window.script(
        "Object.defineProperty(document, 'hidden', {value: arguments[0], configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))",
        hidden,
    )


def rehearsal(home: Path, steps: int) -> Path:
    """A rehearsal that runs, as `nova-rft rehearse` writes it as it goes."""
    folder = home / "state" / "rehearsals" / "abc123"
    folder.mkdir(parents=True)
    (folder / "asked.json").write_text(json.dumps({"policy": "tiny", "steps": 100}))
    for step in range(steps):
        add(folder / "steps.jsonl", measured(step))
    sample = {"step": 0, "prompt": ATTACK, "response": ATTACK, "reward": 0.5, "check": None}
    add(folder / "samples.jsonl", sample)
    return folder


def measured(step: int) -> dict[str, Any]:
    figures = {"reward": 0.1 * step, "check": 0.5, "term:tone": 0.2}
    return {"step": step, "held_out": False, "seconds": 1.0, "rollouts": 8, **figures}


def add(file: Path, row: dict[str, Any]) -> None:
    with file.open("a") as stream:
        stream.write(json.dumps(row) + "\n")


def test_what_is_empty_says_how_it_is_filled(window: Page, home: Path, aws: Endpoint) -> None:
    aws.jobs = 0
    with serve(project(home), every_s=0.2) as serving:
        window.open(serving.url + "calibration")
        window.until("return !!document.querySelector('h1')")
        assert "nova-rft calibrate LABELS" in window.text()
        for name, command in (
            ("/rehearsals", "nova-rft rehearse"),
            ("/labelling", "nova-rft label EVENTS"),
        ):
            go(window, name)
            assert command in window.text()
            assert window.script("return document.querySelector('[aria-current]').textContent")
            for scheme in ("dark", "light"):
                window.prefer(scheme)
                assert window.faults() == []
            assert fits(window)
        go(window, "/")
        assert "nova-rft submit" in window.text()
        aws.jobs = 1
        window.until("return document.querySelector('td a')?.textContent === 'tone-dev-abc'")
        # A tab in the background asks for nothing.
        hide(window, True)
        window.until("return document.querySelector('#live').textContent === 'Paused'")
        time.sleep(0.3)
        before = aws.lists
        time.sleep(0.5)
        assert aws.lists == before
        hide(window, False)
        # A refusal is a sentence over what was known.
        aws.refusing = True
        window.until("return document.querySelector('#problem').textContent.includes('authorized')")
        assert "tone-dev-abc" in window.text()
        assert window.faults() == []
        assert window.console() == []


def test_a_rehearsal_grows_and_its_texts_never_run(window: Page, home: Path) -> None:
    folder = rehearsal(home, 3)
    with serve(project(home)) as serving:
        window.open(serving.url + "rehearsals")
        window.until("return document.querySelector('td a')?.textContent === 'abc123'")
        window.click("td a")
        window.until("return document.querySelectorAll('.chart').length === 3")
        assert "3 of 100 steps" in window.text()
        path = "return document.querySelector('.chart path').getAttribute('d').split('L').length"
        assert window.script(path) == 3
        add(folder / "steps.jsonl", measured(3))
        window.until(f"{path} === 4")
        # A curve is read by the keyboard too.
        window.script("document.querySelector('.chart svg').focus()")
        window.press("\ue012")
        assert "step 3: 0.3" in window.text()
        window.click("details summary")
        assert ATTACK in window.text()
        assert window.script("return document.title") == "not ended · abc123"
        outcome = {"verdict": "learns", "reason": "It rose.", "advice": []}
        (folder / "outcome.json").write_text(json.dumps(outcome))
        window.until("return document.querySelector('main [role=status]').textContent === 'learns'")
        assert window.faults() == []
        assert fits(window)
        assert window.console() == []


FED = """
window.EventSource = function () { window.stream = this; this.close = () => {}; };
const [state] = arguments;
return import('/files/job.js').then(({ job }) => {
  job(document.getElementById('main'), 'x');
  window.stream.onmessage({ data: JSON.stringify({ state, problem: null, again_s: null }) });
});
"""


def test_verdicts_on_each_criterion_are_shown_and_counted(
    window: Page, home: Path, aws: Endpoint
) -> None:
    made = project(home)
    live = Live(
        Job("x", "arn:x", "bedrock", Status.IN_PROGRESS, datetime.now(UTC), "base", "made"),
        rollouts=2,
        abstentions=1,
        shared_with=["y"],
    )
    rows = [judged("r1", met=True), judged("r2", met=False)]
    state = {
        **live.as_dict(),
        "rewarded": True,
        "notices": ["1 of 2 rollouts could not be scored."],
        "rollouts_read": newest_rollouts(made.spec, rows),
    }
    with serve(made) as serving:
        window.open(serving.url + "calibration")
        window.until("return !!document.querySelector('h1')")
        window.script(FED, state)
        window.until("return document.querySelectorAll('#rollouts details').length === 2")
        assert "tone: calm\t50 %\t2" in window.text()
        assert "No figures yet." in window.text()
        window.click("#rollouts summary")
        for shown in ("not met", "because of r2", "Evidence: “so calm”", ATTACK):
            assert shown in window.text()
        assert window.faults() == []
        assert fits(window)
        assert window.console() == []


def judged(name: str, *, met: bool) -> dict[str, Any]:
    """A rollout that a rubric judged, as its trace has it."""
    verdict = {
        "criterion": "calm",
        "met": met,
        "reason": f"because of {name}",
        "evidence": "so calm",
    }
    term = {"value": float(met), "weighted": float(met)}
    return {
        "id": name,
        "group": "g",
        "at": f"2026-11-01T12:00:0{name[-1]}.000+00:00",
        "prompt": [{"role": "user", "content": ATTACK}],
        "response": ATTACK,
        "reference": None,
        "reward": float(met),
        "abstained": None,
        "terms": {"tone": {**term, "details": {"judge": "scripted", "verdicts": [verdict]}}},
    }


def test_labelling_is_begun_and_left_in_the_browser(window: Page, home: Path) -> None:
    rollouts(home)
    with serve(project(home)) as serving:
        window.open(serving.url + "labelling")
        window.until("return document.querySelectorAll('#known option').length === 1")
        window.type("#begin [name=annotator]", "anna")
        window.type("#begin [name=events]", "missing.jsonl")
        window.click("#begin button")
        window.until("return document.querySelector('#problem').textContent.includes('missing')")
        # The browser says of itself that it was answered with an error.
        assert len(window.console()) == 1
        window.script("document.querySelector('#begin [name=events]').value = 'rollouts.jsonl'")
        window.click("#begin button")
        window.until("return location.pathname.startsWith('/label/')")
        window.until("return document.querySelector('#count').textContent === '0 of 6'")
        window.press("y")
        window.until("return document.querySelector('#count').textContent === '1 of 6'")
        window.click("#home")
        window.until("return document.querySelector('td:nth-child(3)')?.textContent === 'anna 1'")
        window.type("form.inline input", "anna")
        window.press("\ue007")
        window.until("return document.querySelector('#count')?.textContent === '1 of 6'")
        assert window.console() == []


def test_a_page_whose_program_has_gone_says_so(window: Page, home: Path) -> None:
    with serve(project(home)) as serving:
        window.open(serving.url + "calibration")
        window.until("return document.querySelector('#live').textContent === 'Live'")
    window.until("return document.querySelector('#problem').textContent.includes('does not run')")
    assert window.script("return document.querySelector('#live').textContent") == "Not connected"
