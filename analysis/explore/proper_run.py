"""The command's own run, started for the page: its progress, and its report when it is done."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from abm.scenario.parts import Scenario

LONGEST_LINE = 300


class AlreadyRunningError(RuntimeError):
    """There is a run, and there is one at a time."""


class ProperRun:
    """At most one run at a time, by the program that serves the page.

    ``program``: the words that start it; ``out``: the folder of its results.
    """

    def __init__(self, program: Sequence[str], out: Path) -> None:
        """Note how a run is started; none is yet."""
        self.program, self.out = list(program), out
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._listener: threading.Thread | None = None
        self._name = self._said = ""

    @property
    def running(self) -> bool:
        """Whether a run goes on."""
        return self._process is not None and self._process.poll() is None

    def start(self, scenario: Scenario) -> None:
        """Write the scenario and run it.

        Raises
        ------
        AlreadyRunningError
            If a run goes on already.
        """
        with self._lock:
            if self.running:
                raise AlreadyRunningError(f"{self._name} is being run; wait until it is done")
            self._name, self._said = scenario.name, "starting"
            self.out.mkdir(parents=True, exist_ok=True)
            path = self.out / f"{scenario.name}.yaml"
            path.write_text(json.dumps(scenario.to_dict(), indent=1), "utf-8")  # JSON is YAML
            words = [*self.program, "run", str(path), "--out", str(self.out)]
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, text=True,
                stderr=subprocess.PIPE, start_new_session=True,
            )  # fmt: skip
            heard = (self._process.stderr,)
            self._listener = threading.Thread(target=self._listen, args=heard, daemon=True)
            self._listener.start()

    def _listen(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                if line.strip():
                    self._said = line.strip()[:LONGEST_LINE]

    def told(self) -> dict[str, Any]:
        """Return how far it is: state (none, running, done, failed), percent, what was said."""
        if self._process is None:
            return {"state": "none", "percent": 0, "said": ""}
        code = self._process.poll()
        state = "running" if code is None else "done" if code == 0 else "failed"
        found = re.search(r"(\d+) ?%", self._said)
        percent = 100 if state == "done" else int(found[1]) if found else 0
        return {"state": state, "percent": percent, "said": self._said, "name": self._name}

    def report(self) -> bytes | None:
        """Return the report of the run that is done; None if there is none."""
        path = self.out / self._name / "report.html"
        done = self._process is not None and self._process.poll() == 0
        return path.read_bytes() if done and path.is_file() else None

    def end(self) -> None:
        """End a run that goes on, in good order."""
        if self._process is not None and self.running:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
        if self._listener is not None:
            self._listener.join(5)
