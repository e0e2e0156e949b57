"""A headless Chromium, where this machine has one."""

from __future__ import annotations

import base64
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
# npm installs it beside the CDK command line.
_AXE: Final = Path(__file__).parents[1] / "node_modules/axe-core/axe.min.js"
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


class Page:
    """A page in Chromium with somebody before it, over the WebDriver protocol."""

    def __init__(self, port: int, options: Any) -> None:
        # One connection: a new one for each command is now and then dropped by the driver.
        self._wire = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        always = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        wanted = {"capabilities": {"alwaysMatch": always}}
        self._session = f"/session/{self._send('POST', '/session', wanted)['sessionId']}"

    def open(self, url: str) -> None:
        """Goes to an address and waits until the page is loaded."""
        # Where the address stays the same the driver may answer while the old page is still there.
        self.script("window.isLeft = true")
        self._send("POST", f"{self._session}/url", {"url": url})
        self.until("return !window.isLeft && document.readyState === 'complete'")

    def close(self) -> None:
        """Ends the browser."""
        self._send("DELETE", self._session)
        self._wire.close()

    def text(self) -> str:
        """What can be read on the page."""
        return str(self.script("return document.body.innerText"))

    def press(self, key: str) -> None:
        """Presses a key and lets it go."""
        pressed = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        actions = {"actions": [{"type": "key", "id": "k", "actions": pressed}]}
        self._send("POST", f"{self._session}/actions", actions)

    def click(self, selector: str) -> None:
        """Clicks the first element of a CSS selector; refused where something covers it."""
        self._send("POST", f"{self._session}/element/{self._element(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        """Types into a field."""
        found = f"{self._session}/element/{self._element(selector)}"
        self._send("POST", f"{found}/value", {"text": text})

    def until(self, script: str) -> None:
        """Waits until a script says yes."""
        for _ in range(200):
            if self.script(script):
                return
            time.sleep(0.05)
        raise AssertionError(f"never: {script}")

    def script(self, script: str, *arguments: Any) -> Any:
        """What a script returns, or what its promise becomes."""
        body = {"script": script, "args": arguments}
        return self._send("POST", f"{self._session}/execute/sync", body)

    def resize(self, width: int, height: int) -> None:
        """Sets the size in CSS pixels that the page believes its window has: 375 by 812 for a phone."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._devtools("Emulation.setDeviceMetricsOverride", size)

    def prefer(self, scheme: str = "light", media: str = "screen") -> None:
        """Shows the page as somebody sees it who prefers `dark` or `light`, or prints it."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self._devtools("Emulation.setEmulatedMedia", {"media": media, "features": features})

    def screenshot(self, file: Path) -> None:
        """Writes what is seen as a PNG."""
        file.write_bytes(base64.b64decode(self._send("GET", f"{self._session}/screenshot")))

    def console(self) -> list[str]:
        """What the browser complained of since last asked: errors of scripts, refused resources."""
        said = self._send("POST", f"{self._session}/se/log", {"type": "browser"})
        return [entry["message"] for entry in said if entry["level"] in ("SEVERE", "WARNING")]

    def faults(self) -> list[str]:
        """What axe finds that keeps somebody out: the rule, its weight, and where."""
        self.script(_AXE.read_text(encoding="utf-8"))
        found = self.script("return axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            f"{rule['id']} ({rule['impact']}): {[node['target'] for node in rule['nodes']][:3]}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
        ]

    def _element(self, selector: str) -> str:
        by = {"using": "css selector", "value": selector}
        found = self._send("POST", f"{self._session}/element", by)
        return str(next(iter(found.values())))

    def _devtools(self, command: str, parameters: dict[str, Any]) -> Any:
        body = {"cmd": command, "params": parameters}
        return self._send("POST", f"{self._session}/goog/cdp/execute", body)

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        self._wire.request(method, path, json.dumps(body) if body is not None else None)
        found = json.load(self._wire.getresponse())["value"]
        assert not (isinstance(found, dict) and "error" in found), found
        return found


def _driven(command: list[str]) -> tuple[subprocess.Popen[bytes], int]:
    """A driver that listens, and its port.

    It takes a free port of IPv6 and ends where another program has the same one of IPv4.
    """
    for _ in range(5):
        running = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert running.stdout is not None
        started = next((line for line in running.stdout if b"successfully" in line), None)
        if started is not None:
            return running, int(started.split()[-1].strip(b"."))
        running.communicate()
    raise AssertionError(f"{command[0]} does not start")


@contextmanager
def page(profile: Path) -> Iterator[Page]:
    """A page to drive; skips the test where there is no WebDriver for Chromium."""
    program, driver = chromium(), shutil.which("chromedriver")
    if driver is None:
        pytest.skip("no chromedriver on PATH")
    profile.mkdir()
    running, port = _driven([driver, "--port=0", f"--log-path={profile / 'driver.log'}"])
    try:
        options = {"binary": program, "args": [*_QUIET, f"--user-data-dir={profile / 'p'}"]}
        opened = Page(port, options)
        try:
            yield opened
        finally:
            opened.close()
    finally:
        running.terminate()
        running.communicate()
