"""A headless Chromium, where this machine has one."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
_QUIET: Final = (
    "--headless=new",
    # Tests may run as root, in a container.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def chromium() -> str:
    """Its program; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("no Chromium on PATH")
    return found


def dom(url: str, profile: Path) -> str:
    """What a page has become once its script has run."""
    done = subprocess.run(
        [
            chromium(),
            *_QUIET,
            f"--user-data-dir={profile}",
            "--virtual-time-budget=10000",
            "--dump-dom",
            url,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout


class Keyboard:
    """A page in Chromium with somebody at its keyboard, over the WebDriver protocol."""

    def __init__(self, port: int, options: Any) -> None:
        # One connection: a new one for each command is now and then dropped by the driver.
        self._wire = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        self._session = f"/session/{self._send('POST', '/session', wanted)['sessionId']}"

    def open(self, url: str) -> None:
        self._send("POST", f"{self._session}/url", {"url": url})
        self.until("return state !== null")

    def close(self) -> None:
        """Ends the browser."""
        self._send("DELETE", self._session)
        self._wire.close()

    def text(self) -> str:
        """What can be read on the page."""
        return str(self._script("return document.body.innerText"))

    def press(self, *keys: str) -> None:
        """Presses keys, one after the other, each when the page has done what the last one asked for."""
        for key in keys:
            pressed = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
            actions = {"actions": [{"type": "key", "id": "k", "actions": pressed}]}
            self._send("POST", f"{self._session}/actions", actions)
            self.until("return !busy")

    def until(self, script: str) -> None:
        """Waits until a script says yes."""
        for _ in range(200):
            if self._script(script):
                return
            time.sleep(0.05)
        raise AssertionError(f"never: {script}")

    def _script(self, script: str) -> Any:
        return self._send("POST", f"{self._session}/execute/sync", {"script": script, "args": []})

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        self._wire.request(method, path, json.dumps(body) if body else None)
        found = json.load(self._wire.getresponse())["value"]
        assert not (isinstance(found, dict) and "error" in found), found
        return found


@contextmanager
def keyboard(profile: Path) -> Iterator[Keyboard]:
    """A keyboard; skips the test where there is no WebDriver for Chromium."""
    program, driver = chromium(), shutil.which("chromedriver")
    if driver is None:
        pytest.skip("no chromedriver on PATH")
    profile.mkdir()
    arguments = [driver, "--port=0", f"--log-path={profile / 'driver.log'}"]
    running = subprocess.Popen(arguments, stdout=subprocess.PIPE)
    try:
        assert running.stdout is not None
        started = next(line for line in running.stdout if b"successfully" in line)
        port = int(started.split()[-1].strip(b"."))
        options = {"binary": program, "args": [*_QUIET, f"--user-data-dir={profile / 'p'}"]}
        keys = Keyboard(port, options)
        try:
            yield keys
        finally:
            keys.close()
    finally:
        running.terminate()
        running.communicate()
