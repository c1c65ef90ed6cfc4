"""Drive a headless Chromium over its own protocol: load a page, collect requests and errors."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
QUIET_SECONDS = 0.7


@dataclass
class Visit:
    """Hold what happened while one page loaded."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    width: int = 0


class Browser:
    """Speak to one tab."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket
        self.count = 0
        for domain in ("Page", "Network", "Log", "Runtime"):
            self._send(f"{domain}.enable")

    def _send(self, method: str, **parameters: Any) -> int:
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        self.socket.send(json.dumps(message))
        return self.count

    def visit(self, url: str, *, width: int = 1280) -> Visit:
        """Load a page and wait until it has been quiet for a moment."""
        self._send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        visit, is_loaded = Visit(), False
        until, asked_at = time.monotonic() + 60, float("-inf")
        while time.monotonic() < until:
            # On a busy machine a tab that is only just there may lose the first request.
            if not is_loaded and time.monotonic() > asked_at + 15:
                self._send("Page.navigate", url=url)
                asked_at = time.monotonic()
            try:
                message = json.loads(self.socket.recv(timeout=QUIET_SECONDS))
            except TimeoutError:
                if is_loaded:
                    break
                continue
            is_loaded |= message.get("method") == "Page.loadEventFired"
            _note(visit, message)
        assert is_loaded, f"{url} did not load"
        asked = self._send("Runtime.evaluate", expression="document.documentElement.scrollWidth")
        while message := json.loads(self.socket.recv(timeout=10)):
            if message.get("id") == asked:
                visit.width = message["result"]["result"]["value"]
                return visit
        raise AssertionError("the tab was closed")

    def ask(self, expression: str, *, url: str) -> Any:
        """Load a page and return what an expression comes to there."""
        self.visit(url)
        asked = self._send("Runtime.evaluate", expression=expression, returnByValue=True)
        while message := json.loads(self.socket.recv(timeout=10)):
            if message.get("id") == asked:
                return message["result"]["result"].get("value")
        raise AssertionError("the tab was closed")


def _note(visit: Visit, message: dict[str, Any]) -> None:
    told = message.get("params", {})
    match message.get("method"):
        case "Network.requestWillBeSent":
            visit.requests.append(told["request"]["url"])
        case "Log.entryAdded" if told["entry"]["level"] in ("error", "warning"):
            visit.errors.append(told["entry"]["text"])
        case "Runtime.exceptionThrown":
            visit.errors.append(told["exceptionDetails"]["text"])
        case "Runtime.consoleAPICalled" if told["type"] in ("error", "warning", "assert"):
            visit.errors.append(str(told["args"]))


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start Chromium with a profile in `folder`, and end it by its own process id."""
    from websockets.sync.client import connect

    process = subprocess.Popen(
        [
            str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        port_file = folder / "DevToolsActivePort"
        until = time.monotonic() + 30
        while not (port_file.exists() and port_file.read_text()) and time.monotonic() < until:
            time.sleep(0.1)
        port = port_file.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
            tabs = json.load(answer)
        address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        with connect(address, max_size=None, proxy=None) as socket:
            yield Browser(socket)
    finally:
        process.terminate()
        process.wait(timeout=20)
