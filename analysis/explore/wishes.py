"""What the page asks the program for: a scenario from what it sends, and tables made for it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from abm.kernel.blocks import PERSONS_PER_BLOCK
from abm.results.effects_table import EffectsTable
from abm.running.effects_table import effects_table
from abm.scenario.load import load_scenario
from abm.scenario.made_in_python import checked
from abm.scenario.parts import Adds, Adherence, Policy, Scenario
from analysis.explore.facts import reading
from analysis.explore.packing import packed

QUICK_PERSONS = 2 * PERSONS_PER_BLOCK  # a block for each of two processors: half a second
MOST_ENTRIES, LONGEST_PATH = 50, 200
MOST_PAGES = 100  # whose wishes are told apart


class BadWishError(ValueError):
    """The page asked for something that cannot be read."""


class SupersededError(Exception):
    """A newer wish is waiting."""


def scenario_for(table: EffectsTable, wish: Any) -> Scenario:
    """Return the scenario of a table with the minutes, adherence and evidence of a wish.

    Raises
    ------
    BadWishError
        If the wish is of another form than the page sends.
    ScenarioError
        If a number is out of its range, or there is no such evidence entry.
    """
    given = _mapping(wish, "the wish")
    policy = replace(
        table.policy, adds=_adds(_mapping(given.get("adds"), "adds")),
        adherence=_adherence(table.policy, given.get("adherence")),
    )  # fmt: skip
    evidence = _mapping(given.get("evidence", {}), "evidence")
    if len(evidence) > MOST_ENTRIES:
        raise BadWishError(f"evidence: has {len(evidence)} entries; must be at most {MOST_ENTRIES}")
    numbers = {_path(path): _number(value, path) for path, value in evidence.items()}
    parameters = {**table.scenario.parameters, **numbers}
    return checked(replace(table.scenario, policies=(policy,), parameters=parameters))


def _adds(given: Mapping[str, Any]) -> Adds:
    modes = list(Adds.__dataclass_fields__)
    return Adds(**{mode: _number(given.get(mode), f"adds.{mode}") for mode in modes})


def _adherence(policy: Policy, given: Any) -> Adherence | None:
    if policy.adherence is None or given is None:
        return policy.adherence
    names = ("quit_12_weeks", "half_life_years")
    told = _mapping(given, "adherence")
    return replace(policy.adherence, **{name: _number(told.get(name), name) for name in names})


def _mapping(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadWishError(f"{name}: must be a mapping")
    return value


def _path(path: str) -> str:
    if len(path) > LONGEST_PATH:
        raise BadWishError("evidence: a path is too long")
    return path


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadWishError(f"{name}: must be a number")
    return float(value)


def to_run(own: Scenario, wish: Any) -> Scenario:
    """Return the scenario that "run it properly" runs: the page's policy in the scenario as it is.

    Raises
    ------
    BadWishError
        If the wish is of another form than the page sends, or there is a survey, which a scenario
        file elsewhere would not find.
    ScenarioError
        If a number is out of its range.
    """
    if own.population.microdata is not None:
        raise BadWishError(
            "the scenario has microdata: save its file beside the survey, and run it from there"
        )
    given = _mapping(_mapping(wish, "the wish").get("scenario"), "scenario")
    content = own.to_dict()
    content["population"]["represents"] = given.get("represents")
    content.update({key: given.get(key) for key in ("name", "policies", "parameters")})
    text = json.dumps(content)  # JSON is YAML
    with TemporaryDirectory() as folder:
        path = Path(folder) / "wish.yaml"
        path.write_text(text, "utf-8")
        return load_scenario(path)


class FreshTables:
    """Makes one table at a time, of the newest wish of each page."""

    def __init__(self, tables: Sequence[EffectsTable], threads: int | None) -> None:
        """Note the tables as the scenarios have them."""
        self.tables, self.threads = tables, threads
        self._turn, self._busy = threading.Condition(), False
        self._newest: dict[str, int] = {}

    def table_for(self, page: str, number: int, wish: Any, quick: bool) -> dict[str, Any]:
        """Return a packed table for a wish about one of the policies, fit for JSON.

        Raises
        ------
        SupersededError
            If the same page has asked for something newer meanwhile.
        BadWishError, ScenarioError
            As :func:`scenario_for`.
        """
        if not 0 <= number < len(self.tables):
            raise BadWishError(f"policy: must be a number from 0 to {len(self.tables) - 1}")
        scenario = scenario_for(self.tables[number], wish)
        with self._turn_for(page) as still_wanted:
            table = self._made(self.tables[number], scenario, quick, still_wanted)
        pack = packed(table)
        header = {**pack.header, **reading(table), "horizon": table.horizon}
        return {"header": header, "table": base64.b64encode(pack.content).decode("ascii")}

    def _made(
        self, own: EffectsTable, scenario: Scenario, quick: bool, still_wanted: Callable[[], None]
    ) -> EffectsTable:
        persons = min(QUICK_PERSONS, scenario.persons) if quick else scenario.persons
        starts = some_starts(own) if quick else own.starts
        return effects_table(
            scenario, persons=persons, starts=list(starts), threads=self.threads,
            progress=lambda years: still_wanted(),
        )  # fmt: skip

    @contextmanager
    def _turn_for(self, page: str) -> Iterator[Callable[[], None]]:
        """Wait for a turn, which a newer wish of the page ends; give what finds out whether."""
        with self._turn:
            ticket = self._newest[page] = self._newest.pop(page, 0) + 1
            while len(self._newest) > MOST_PAGES:
                self._newest.pop(next(iter(self._newest)))
            self._turn.notify_all()

            def still_wanted() -> None:
                if self._newest.get(page) != ticket:
                    raise SupersededError("a newer wish is waiting")

            self._turn.wait_for(lambda: not self._busy or self._newest.get(page) != ticket)
            still_wanted()
            self._busy = True
        try:
            yield still_wanted
        finally:
            with self._turn:
                self._busy = False
                self._turn.notify_all()


def some_starts(table: EffectsTable) -> list[int]:
    """Return few starts for a quick table: the first, those of the first three years, the last."""
    known = list(table.starts)
    first = max(table.policy.start, known[0])
    wanted = {known[0], first, first + 1, first + 2, (first + known[-1]) // 2, known[-1]}
    return sorted(year for year in wanted if known[0] <= year <= known[-1])
