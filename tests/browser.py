"""A headless Chromium, driven by its own protocol over two pipes; tests are skipped without one."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 60.0
# As root, as in containers, Chromium starts only without its sandbox. It asks for nothing itself.
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--remote-debugging-pipe", "--force-color-profile=srgb",
)  # fmt: skip


# Chromium reads commands from descriptor 3 and answers on 4.
BECOME = """
import os, sys
spare = [os.dup(0) for _ in range(8)]  # so that what is kept next lies beyond 3 and 4
kept = [os.dup(int(each)) for each in sys.argv[1:3]]
os.dup2(kept[0], 3)
os.dup2(kept[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


def chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page of a browser.

    Attributes
    ----------
    requests
        Addresses that the page asked for since it was opened, those of its own text left out.
    complaints
        What the browser wrote about the page: errors of scripts, what its content policy refused.
    """

    def __init__(self, process: subprocess.Popen[bytes], out: int, into: int) -> None:
        self._process, self._out, self._into = process, out, into
        self._number, self._left = 0, b""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self._command("Target.createTarget", {"url": "about:blank"})["targetId"]
        attached = self._command("Target.attachToTarget", {"targetId": target, "flatten": True})
        self._session: str | None = attached["sessionId"]
        for each in ("Page", "Runtime", "Network", "Log"):
            self._command(f"{each}.enable")

    _session: str | None = None

    def open(self, address: str, *, script: bool = True) -> None:
        """Open an address and wait until the page is loaded."""
        self._command("Emulation.setScriptExecutionDisabled", {"value": not script})
        self.requests.clear()
        self.complaints.clear()
        self._command("Page.navigate", {"url": address})
        self.until("document.readyState === 'complete'" if script else "true")

    def value(self, expression: str) -> Any:
        """Return what an expression is in the page; promises are waited for."""
        found = self._command(
            "Runtime.evaluate",
            {"expression": expression, "returnByValue": True, "awaitPromise": True},
        )
        if "exceptionDetails" in found:
            raise AssertionError(json.dumps(found["exceptionDetails"])[:2000])
        return found["result"].get("value")

    def until(self, expression: str, seconds: float = SECONDS) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + seconds
        while not self.value(expression):
            assert time.monotonic() < end, f"never true: {expression}; {self.complaints}"
            time.sleep(0.05)

    def size(self, width: int, height: int, *, dark: bool = False, medium: str = "") -> None:
        """Set the size of the window, light or dark, and the medium (``print``)."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._command("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._command("Emulation.setEmulatedMedia", {"media": medium, "features": [scheme]})

    def picture(self, path: Path) -> None:
        """Write the whole page as PNG."""
        given = {"format": "png", "captureBeyondViewport": True}
        path.write_bytes(base64.b64decode(self._command("Page.captureScreenshot", given)["data"]))

    def pdf(self) -> bytes:
        """Return the page as it is printed."""
        given = {"preferCSSPageSize": True, "printBackground": True}
        return base64.b64decode(self._command("Page.printToPDF", given)["data"])

    def downloads_to(self, folder: Path) -> None:
        """Let what the page saves be written into a folder."""
        given = {"behavior": "allow", "downloadPath": str(folder)}
        self._command("Browser.setDownloadBehavior", given, of_page=False)

    def key(self, name: str, code: int) -> None:
        """Press a key, such as ("ArrowRight", 39)."""
        for kind in ("keyDown", "keyUp"):
            given = {"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code}
            self._command("Input.dispatchKeyEvent", given)

    def count_processor_time(self) -> None:
        """Count the processor time of the page's main thread from now on."""
        self._command("Performance.enable", {"timeDomain": "threadTicks"})

    def processor_seconds(self) -> float:
        """Return the processor time of the page's main thread, with layout and painting."""
        told = self._command("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in told if each["name"] == "TaskDuration"))

    def _command(
        self, method: str, given: Mapping[str, Any] | None = None, of_page: bool = True
    ) -> Any:
        self._number += 1
        message = {"id": self._number, "method": method, "params": dict(given or {})}
        if self._session and of_page:
            message["sessionId"] = self._session
        os.write(self._into, json.dumps(message).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == self._number:
                assert "error" not in told, f"{method}: {told['error']}"
                return told["result"]
            self._note(told.get("method"), told.get("params", {}))

    def _note(self, method: str | None, given: Mapping[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            if not given["request"]["url"].startswith(("data:", "blob:")):
                self.requests.append(given["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(given["exceptionDetails"])[:1000])
        elif method == "Log.entryAdded" and given["entry"]["level"] == "error":
            self.complaints.append(given["entry"]["text"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._out], [], [], SECONDS)
            assert ready, "the browser says nothing"
            more = os.read(self._out, 1 << 20)
            assert more, "the browser has gone"
            self._left += more
        message, _, self._left = self._left.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser of its own, and end it."""
    program = chromium()
    assert program, "there is no Chromium"
    told_in, into = os.pipe()
    out, told_out = os.pipe()

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        wrapped = [sys.executable, "-c", BECOME, str(told_in), str(told_out), program]
        process = subprocess.Popen(
            [*wrapped, *OPTIONS, f"--user-data-dir={home}", "about:blank"],
            pass_fds=(told_in, told_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for end in (told_in, told_out):
            os.close(end)
        try:
            yield Browser(process, out, into)
        finally:
            process.terminate()
            process.wait(20)
            for end in (out, into):
                os.close(end)


@contextmanager
def served(command: list[str], folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a command that serves a page; yield its process and the first line it says, the address.

    It can be interrupted as from a keyboard, also where its parent was started in the background.
    """
    process = subprocess.Popen(
        command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait(20)
        process.stdout.close()
