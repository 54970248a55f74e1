"""What the page asks the program for: a scenario from what it sends, and runs made for it."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from abm.results.effects_table import EffectsTable
from abm.running.simulate import simulate
from abm.scenario.load import load_scenario
from abm.scenario.made_in_python import checked
from abm.scenario.parts import Adds, Adherence, Cost, Eligibility, Policy, Scenario
from analysis.explore.facts import AGES, NO_COST
from analysis.explore.fresh import told_of

PERSONS = 20_000  # of a fresh run: a quarter of a second where few take part
MOST_ENTRIES, LONGEST_PATH = 50, 200
MOST_PAGES = 100  # whose wishes are told apart


class BadWishError(ValueError):
    """The page asked for something that cannot be read."""


class SupersededError(Exception):
    """A newer wish is waiting."""


def scenario_for(table: EffectsTable, wish: Any) -> Scenario:
    """Return the scenario of a table with what a wish says of policy, people and evidence.

    Raises
    ------
    BadWishError
        If the wish is of another form than the page sends.
    ScenarioError
        If a number is out of its range, or there is no such evidence entry.
    """
    given, own = _mapping(wish, "the wish"), table.scenario
    represents = given.get("represents")
    if represents is not None:
        represents = _number(represents, "represents")
    evidence = _mapping(given.get("evidence", {}), "evidence")
    if len(evidence) > MOST_ENTRIES:
        raise BadWishError(f"evidence: has {len(evidence)} entries; must be at most {MOST_ENTRIES}")
    numbers = {_path(path): _number(value, path) for path, value in evidence.items()}
    worth = {"economics.willingness_to_pay": _number(given.get("threshold"), "threshold")}
    return checked(replace(
        own, policies=(_policy(table.policy, given, own.place.currency, represents is not None),),
        population=replace(own.population, represents=represents),
        parameters={**own.parameters, **worth, **numbers},
    ))  # fmt: skip


def _policy(own: Policy, given: Mapping[str, Any], currency: str, represented: bool) -> Policy:
    numbers = {name: _number(given.get(name), name) for name in ("reach", "uptake", "ramp_years")}
    start = given.get("start")
    if isinstance(start, bool) or not isinstance(start, int):
        raise BadWishError("start: must be a year")
    return replace(
        own, start=start, **numbers,
        eligible=_eligible(own.eligible, given),
        adds=_adds(_mapping(given.get("adds"), "adds")),
        adherence=_adherence(own, given.get("adherence")),
        cost=_cost(own.cost, _mapping(given.get("cost"), "cost"), currency, represented),
    )  # fmt: skip


def _eligible(own: Eligibility, given: Mapping[str, Any]) -> Eligibility:
    limits: dict[str, Any] = {}
    for name in ("met_hours_below", "bmi_above"):
        value = given.get(name)
        limits[name] = None if value is None else _number(value, name)
    ages = tuple(int(_number(each, "ages")) for each in _listed(given, "ages"))
    fifths = tuple(int(_number(each, "deprivation")) for each in _listed(given, "deprivation"))
    diseases = tuple(map(str, _listed(given, "diseases")))
    return Eligibility(
        ages=None if own.ages is None and ages == AGES else ages, sex=str(given.get("sex")),
        deprivation=None if len(fifths) == 5 else fifths, diseases=diseases or None, **limits,
    )  # fmt: skip


def _listed(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name)
    if not isinstance(value, list) or len(value) > MOST_ENTRIES:
        raise BadWishError(f"{name}: must be a list of at most {MOST_ENTRIES}")
    return value


def _cost(
    own: Cost | None, given: Mapping[str, Any], currency: str, represented: bool
) -> Cost | None:
    """Return what a policy costs; nothing is fixed for simulated persons who stand for nobody."""
    costs = {name: _number(given.get(name), name) for name in NO_COST}
    if not represented:
        costs["fixed_per_year"] = 0.0
    if own is None:
        if not any(costs.values()):
            return None
        own = Cost(**NO_COST, budget_per_year=None, capacity_per_year=None, delivery_months=None,
                   currency=currency)  # fmt: skip
    return replace(own, **costs, budget_per_year=None, capacity_per_year=None)


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
    if not abs(value) <= sys.float_info.max:
        raise BadWishError(f"{name}: must be a finite number")
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


class FreshRuns:
    """Makes one run at a time, of the newest wish of each page."""

    def __init__(self, tables: Sequence[EffectsTable], threads: int | None) -> None:
        """Note the tables as the scenarios have them."""
        self.tables, self.threads = tables, threads
        self._turn, self._busy = threading.Condition(), False
        self._newest: dict[str, int] = {}

    def told(self, page: str, number: int, wish: Any) -> dict[str, Any]:
        """Return what a run tells of a wish about one of the policies, fit for JSON.

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
            return told_of(simulate(
                scenario, persons=PERSONS, only_effects=True, pathways=False, threads=self.threads,
                progress=lambda years: still_wanted(),
            ))  # fmt: skip

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
