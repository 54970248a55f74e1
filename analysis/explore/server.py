"""The page from a small server on this computer, which answers nobody else.

It listens on the loopback address alone. Whoever asks must know a token in the address, come to
this host by name, and, where a browser says from where, from this page. Requests are few kinds,
of bounded size, and no file is ever looked up by a name that was asked for.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, cast

from abm.scenario.parts import Scenario
from abm.scenario.text import ScenarioError
from analysis.explore.proper_run import AlreadyRunningError, ProperRun
from analysis.explore.wishes import BadWishError, FreshRuns, SupersededError

LOOPBACK = "127.0.0.1"
LARGEST_REQUEST = 20_000  # bytes; the page sends some hundred
SECONDS_TO_SPEAK = 15.0  # for a whole request to arrive, however it drips
MOST_AT_ONCE = 16
IDLE_SECONDS = 3600.0
HTML, JSON = "text/html; charset=utf-8", "application/json"
SAFE = {
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
}  # fmt: skip
# What an answer to a wish that cannot be met says: bad numbers, an older wish, a second run.
REFUSALS = {
    ScenarioError: HTTPStatus.UNPROCESSABLE_ENTITY, BadWishError: HTTPStatus.BAD_REQUEST,
    SupersededError: HTTPStatus.CONFLICT, AlreadyRunningError: HTTPStatus.CONFLICT,
}  # fmt: skip


@dataclass
class Served:
    """What is served: the page, fresh runs, proper runs, and how a wish becomes a scenario."""

    page: bytes
    fresh: FreshRuns
    proper: ProperRun
    scenario_of: Callable[[int, Any], Scenario]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))


class PageServer(ThreadingHTTPServer):
    """Serves one page until it is ended, or nobody has asked for long."""

    daemon_threads = True
    allow_reuse_address = False
    request_queue_size = 32

    def __init__(self, served: Served, idle_seconds: float = IDLE_SECONDS) -> None:
        """Take a free port of the loopback address."""
        super().__init__((LOOPBACK, 0), Visit)
        self.served, self.idle_seconds = served, idle_seconds
        self.room = threading.BoundedSemaphore(MOST_AT_ONCE)
        self.last_asked = time.monotonic()

    def server_bind(self) -> None:
        """Take the port, and ask no name server what this computer is called."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.served.token}/"

    def service_actions(self) -> None:
        """End when nobody has asked for long; called between requests."""
        if self.served.proper.running:
            self.last_asked = time.monotonic()
        if time.monotonic() - self.last_asked > self.idle_seconds:
            threading.Thread(target=self.shutdown, daemon=True).start()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a request in a thread of its own, if there are not too many."""
        if not self.room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve, and make room for the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line that a request failed; one that broke off is no news."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            print(f"run.py: a request failed: {type(error).__name__}: {error}", file=sys.stderr)


class Visit(BaseHTTPRequestHandler):
    """One connection."""

    timeout = SECONDS_TO_SPEAK
    server_version, sys_version = "explore", ""

    @property
    def _served(self) -> Served:
        return cast(PageServer, self.server).served

    def setup(self) -> None:
        """Hear no more of a request that has not arrived in time; what is asked is answered."""
        super().setup()
        self._late = threading.Timer(SECONDS_TO_SPEAK, self._stop_listening)
        self._late.daemon = True
        self._late.start()

    def finish(self) -> None:
        """End the connection."""
        self._late.cancel()
        super().finish()

    def _stop_listening(self) -> None:
        with suppress(OSError):  # it has gone
            self.connection.shutdown(socket.SHUT_RD)

    def log_message(self, format: str, *args: Any) -> None:
        """Write no line for each request: the address holds the token."""

    def do_GET(self) -> None:
        """Answer with the page, how far a run is, or its report."""
        place = self._place()
        if place == "":
            self._send(HTTPStatus.OK, self._served.page, HTML)
        elif place == "run":
            self._send_json(HTTPStatus.OK, self._served.proper.told())
        elif place == "report" and (report := self._served.proper.report()):
            self._send(HTTPStatus.OK, report, HTML)
        elif place is not None:
            self._refuse(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        """Answer a wish with a fresh run, or start one in full."""
        place = self._place()
        known: Mapping[str, Callable[[Any], Any]] = {"ask": self._ask, "run": self._run}
        if place is None:
            return
        if place not in known:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        wish = self._read()
        if wish is None:
            return
        self._send_json(*_attempted(known[place], wish))

    # What is answered

    def _ask(self, wish: Any) -> Any:
        page, number = _asked(wish)
        return self._served.fresh.told(page, number, wish.get("wish"))

    def _run(self, wish: Any) -> Any:
        _, number = _asked(wish)
        self._served.proper.start(self._served.scenario_of(number, wish))
        return self._served.proper.told()

    # Who may ask

    def _place(self) -> str | None:
        """Return the place that is asked for, after the token; None once refused."""
        cast(PageServer, self.server).last_asked = time.monotonic()
        port = cast(PageServer, self.server).server_port
        hosts = {f"{LOOPBACK}:{port}", f"localhost:{port}"}
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        foreign = origin is not None and origin != f"http://{host}"
        site = self.headers.get("Sec-Fetch-Site", "none")
        if host not in hosts or foreign or site not in ("none", "same-origin"):
            return self._refuse(HTTPStatus.FORBIDDEN)
        start, _, place = self.path.rpartition("/")
        if not hmac.compare_digest(start.encode(), f"/{self._served.token}".encode()):
            return self._refuse(HTTPStatus.NOT_FOUND)
        return place

    def _read(self) -> Any:
        """Return the wish that a request holds; None once refused."""
        length, kind = self.headers.get("Content-Length", ""), self.headers.get_content_type()
        if kind != JSON:
            return self._refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        if not (length.isascii() and length.isdigit()):
            return self._refuse(HTTPStatus.LENGTH_REQUIRED)
        if len(length) > 9 or int(length) > LARGEST_REQUEST:
            return self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            found = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            return self._refuse(HTTPStatus.BAD_REQUEST)
        return found if isinstance(found, dict) else self._refuse(HTTPStatus.BAD_REQUEST)

    # How it is sent

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send(status, status.phrase.encode(), "text/plain; charset=utf-8")

    def _send_json(self, status: HTTPStatus, told: Any) -> None:
        self._send(status, json.dumps(told, separators=(",", ":")).encode(), JSON)

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in {**SAFE, "Content-Type": kind}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _attempted(act: Callable[[Any], Any], wish: Any) -> tuple[HTTPStatus, Any]:
    """Do what a wish asks for, and return what came of it; a fault here ends no server."""
    try:
        return HTTPStatus.OK, act(wish)
    except Exception as error:
        status = next((code for kind, code in REFUSALS.items() if isinstance(error, kind)), None)
        if status is None:
            print(f"run.py: a wish failed: {type(error).__name__}: {error}", file=sys.stderr)
        said = str(error) if status else f"this failed: {type(error).__name__}: {error}"
        return status or HTTPStatus.INTERNAL_SERVER_ERROR, {"said": said}


def _asked(wish: Mapping[str, Any]) -> tuple[str, int]:
    """Return which page asks, and about which policy."""
    page, number = wish.get("page"), wish.get("policy")
    if not isinstance(page, str) or len(page) > 64:
        raise BadWishError("page: must be a short text")
    if isinstance(number, bool) or not isinstance(number, int):
        raise BadWishError("policy: must be a whole number")
    return page, number
