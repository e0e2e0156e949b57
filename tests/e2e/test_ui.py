"""`nova-rft ui` over a job that trains: everything grows and changes without a reload."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nova_rft.aws.session import Aws
from tests.browser import Page, page
from tests.e2e.test_watch import submitted
from tests.support import PROGRAM, Cloud, MakeProject

_PATH = "document.querySelector('.chart path')?.getAttribute('d') ?? ''"
_STATUS = "document.querySelector('main [role=status]')?.textContent"


@contextmanager
def pages(cloud: Cloud, spec: str) -> Iterator[str]:
    """The program as people run it, ended by Ctrl-C."""
    running = subprocess.Popen(
        [PROGRAM, "ui", "--spec", spec, "--every", "0.4", "--no-browser"],
        env=cloud.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stderr is not None
        yield next(line.strip() for line in running.stderr if line.startswith("http://"))
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=30)[1]
        assert running.returncode == 130
        assert said == "nova-rft: interrupted\n"
    finally:
        running.kill()
        running.communicate()


def until(window: Page, script: str) -> None:
    """As `Page.until`, of what a busy machine takes its time for."""
    end = time.monotonic() + 60
    while not window.script(script):
        assert time.monotonic() < end, f"never: {script}\n{window.text()}"
        time.sleep(0.1)


def changes(window: Page, expression: str) -> None:
    """Waits until what an expression gives is another."""
    before = window.script(f"return {expression}")
    window.script("window.before = arguments[0]", before)
    until(window, f"return ({expression}) !== window.before")


def test_a_job_is_followed_in_the_browser(
    cloud: Cloud, in_cloud: Aws, make_project: MakeProject, tmp_path: Path
) -> None:
    # Of so many epochs that it cannot end while it is looked at.
    spec = str(make_project(learning_rate=2.3e-5, records=300, epochs="50"))
    name = submitted(cloud, spec)
    with page(tmp_path / "browser") as window, pages(cloud, spec) as url:
        window.resize(1280, 900)
        window.open(url)
        until(window, f"return document.querySelector('td a')?.textContent === '{name}'")
        assert window.script("return location.pathname") == "/"
        window.click("td a")
        until(window, "return document.querySelectorAll('.chart path').length > 1")
        window.script("window.same = true")
        changes(window, _PATH)
        until(window, "return document.querySelectorAll('#rollouts details').length > 3")
        newest = "document.querySelector('#rollouts details').dataset.key"
        window.click("#rollouts details summary")
        read = window.script(f"return {newest}")
        assert "Response" in window.text()
        changes(window, newest)
        # What is being read stays open, wherever it has moved.
        window.script("window.read = arguments[0]", read)
        opened = "[...document.querySelectorAll('#rollouts details')].find((one) => one.open)"
        assert window.script(f"return {opened}.dataset.key === window.read")
        assert window.script(f"return {_STATUS}") == "In progress"
        assert window.faults() == []
        in_cloud.client("bedrock").stop_model_customization_job(jobIdentifier=name)
        until(window, f"return {_STATUS} === 'Stopped'")
        assert window.script("return window.same")
        window.script("scrollTo(0, 0)")
        window.click("a[href^='/report/']")
        until(
            window,
            "return location.pathname.startsWith('/report/') && !!document.querySelector('h1')",
        )
        assert "Stopped" in window.text()
        assert window.console() == []
