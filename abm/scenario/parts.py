"""What a scenario is: frozen, complete parts, and what can be asked of them.

How a scenario comes from a file is decided in ``abm.scenario.load``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from abm.evidence.place import Place
from abm.evidence.remainders import set_by
from abm.evidence.renamed import refusing_old, renamed, renamed_elsewhere
from abm.limits import Number, as_number, described, problem, refuse
from abm.scenario.check import Interval
from abm.scenario.glance import html_of, in_one_line
from abm.scenario.kinds import Section
from abm.scenario.microdata import Microdata, as_written, digest_of, shown_file
from abm.scenario.place_named import place_as_written, place_named
from abm.scenario.vocabulary import POLICY

UNHASHED = ("name", "title", "description", "source", "not_valued", "path", "warnings")


@dataclass(frozen=True)
class ConstantDose:
    """A dose everyone holds for life [marginal MET-hours per week]."""

    met_hours: float


@dataclass(frozen=True)
class Population:
    """Who lives: their place, a survey file, ages [from, to), sex, habits and diseases.

    ``place`` is the name of a bundled place, or the whole path of a folder.
    """

    place: str
    represents: float | None
    microdata: str | Microdata | None
    ages: tuple[int, int]
    sex: str
    entrants: bool
    activity: str | ConstantDose
    diseases: str | tuple[str, ...]


@dataclass(frozen=True)
class Eligibility:
    """Who may be offered a policy; None restricts nothing."""

    ages: tuple[int, int] | None
    sex: str
    met_hours_below: float | None
    bmi_above: float | None
    deprivation: tuple[int, ...] | None
    diseases: tuple[str, ...] | None


@dataclass(frozen=True)
class Adds:
    """Minutes per week a participant adds, by mode."""

    moderate: float
    vigorous: float
    resistance: float
    endurance: float


@dataclass(frozen=True)
class Adherence:
    """How participants quit and come back."""

    quit_12_weeks: float
    half_life_years: float
    stays: float
    rejoin_per_year: float


@dataclass(frozen=True)
class Cost:
    """What a policy costs, in the currency named, and what it can do with it in a year.

    ``per_participant_year`` is charged for the first ``delivery_months`` of each time of taking
    part, without a limit if None; ``per_resident_year`` for all adults of the quintiles of
    deprivation that the policy names. ``fixed_per_year``, ``budget_per_year`` [currency] and
    ``capacity_per_year`` [new places] are those of the people represented.
    """

    per_person_offered: float
    per_participant: float
    per_participant_year: float
    delivery_months: float | None
    per_resident_year: float
    fixed_per_year: float
    budget_per_year: float | None
    capacity_per_year: float | None
    currency: str


@dataclass(frozen=True)
class Valuation:
    """How health and money are valued.

    ``horizon`` says how far they look, ``perspective`` whose costs of care count, ``currency``
    what policies cost in.
    """

    horizon: str
    perspective: str
    currency: str


@refusing_old("il6_ratio")
@dataclass(frozen=True)
class Policy:
    """One policy, complete; ``raises_to`` is a habitual dose [marginal MET-hours per week]."""

    name: str
    eligible: Eligibility
    start: int
    end: int | None
    ramp_years: float
    reach: float
    uptake: float
    adds: Adds
    raises_to: float | None
    build_up_months: float
    adherence: Adherence | None
    il6_signalling: float
    cost: Cost | None


@dataclass(frozen=True)
class Scenario:
    """A complete scenario: every default explicit, nothing to change after loading.

    ``intervals`` holds the numbers given as {value, low, high}, by a path such as
    ``policies.referral.reach`` or ``parameters.causal_share.cardiovascular``. One whose number has
    been replaced since is forgotten. ``added`` names the policies that a file adds to inherited
    ones, each with those it stands beside; ``source_from`` the scenario whose ``source`` is
    inherited, None where it is of the scenario's own file.
    """

    name: str
    title: str
    description: str
    source: tuple[str, ...]
    not_valued: str | None
    years: int
    start_year: int
    persons: int
    seed: int
    step_months: int
    population: Population
    policies: tuple[Policy, ...]
    economics: Valuation
    parameters: Mapping[str, float | Mapping[float, float]] = field(hash=False)
    intervals: Mapping[str, Interval] = field(hash=False)
    path: str | None = None
    warnings: tuple[str, ...] = ()
    added: tuple[tuple[str, tuple[str, ...]], ...] = ()
    source_from: str | None = None

    def __post_init__(self) -> None:
        """Forget intervals whose number is no longer the one they were given with."""
        given: Any = self.intervals
        if not isinstance(given, Mapping) or not all(
            isinstance(each, Interval) for each in given.values()
        ):
            raise ValueError(
                f"intervals: is {described(given)}; must be a mapping from paths such as "
                "policies.walks.reach to Interval(value, low, high)"
            )
        standing = {
            path: each for path, each in given.items() if self._holds(path, each.value)
        }
        object.__setattr__(self, "intervals", MappingProxyType(standing))

    def __repr__(self) -> str:
        return f"<Scenario: {in_one_line(self)}>"

    def _repr_html_(self) -> str:
        return html_of(self)

    def _holds(self, path: str, value: float) -> bool:
        first, _, rest = path.partition(".")
        if first == "parameters":
            given = self.parameters if isinstance(self.parameters, Mapping) else {}
            return as_number(given.get(rest)) == value
        name, *keys = rest.split(".")
        policies = self.policies if isinstance(self.policies, Sequence) else ()
        found: Any = next((policy for policy in policies if _is_named(policy, name)), None)
        for key in keys:
            found = getattr(found, key, None)
        return as_number(found) == value

    def __getstate__(self) -> dict[str, Any]:
        # Read-only views cannot be pickled, and scenarios travel to other processes.
        state = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return state | {"parameters": _thawed(self.parameters), "intervals": dict(self.intervals)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        views = {
            "parameters": frozen(state["parameters"]),
            "intervals": MappingProxyType(state["intervals"]),
        }
        for name, value in (state | views).items():
            object.__setattr__(self, name, value)

    @property
    def place(self) -> Place:
        """The place whose people, rates and prices these are; a folder as it is now."""
        return place_named(self.population.place)

    @property
    def hash(self) -> str:
        """Digest of everything that may change results, the place and the survey file included."""
        content = {key: value for key, value in self.to_dict().items() if key not in UNHASHED}
        content["population"]["place"] = self.place.digest
        if self.population.microdata is not None:
            content["population"]["microdata"] = digest_of(self.population.microdata)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the resolved scenario in the vocabulary of scenario files, fit for JSON.

        Every default is written out, nothing is inherited, and intervals stand in their places;
        ``population.microdata`` and a place's folder are relative to the scenario file, and a
        survey from elsewhere is its name alone, so that no path of this machine is written down.
        """
        content: dict[str, Any] = _plain(self)
        for left_out in ("intervals", "path", "warnings", "added", "source_from"):
            del content[left_out]
        if (survey := self.population.microdata) is not None:
            root = None if self.path is None else Path(self.path).parent
            content["population"]["microdata"] = as_written(survey, shown_file(survey, root))
        content["population"]["place"] = place_as_written(self.place, self.path)
        for path, interval in self.intervals.items():
            parts = {part: getattr(interval, part) for part in ("value", "low", "high")}
            _put(content, path, parts)
        return content

    def with_values(self, values: Mapping[str, float]) -> Scenario:
        """Return the scenario with other numbers, as a parameter draw gives them.

        Parameters
        ----------
        values
            Numbers by path, as in ``intervals``: ``policies.NAME.KEY`` or ``parameters.PATH``. The
            interval of a number set in this way is dropped.

        Raises
        ------
        ValueError
            If a path names no number of this scenario, or a number lies outside its range.
        """
        scenario = self
        for path, value in values.items():
            first, _, rest = path.partition(".")
            if first == "policies":
                policies = _policies_with(scenario.policies, path, rest, value)
                scenario = replace(scenario, policies=policies)
            elif first == "parameters" and rest:
                number = _parameter(rest, value, self.place)
                changed = {**scenario.parameters, rest: number}
                scenario = replace(scenario, parameters=MappingProxyType(changed))
            else:
                raise ValueError(
                    f"{path}: unknown path; must be policies.NAME.KEY or parameters.PATH"
                )
        kept = {path: each for path, each in self.intervals.items() if path not in values}
        return replace(scenario, intervals=kept)


def prices_offers(policy: Policy) -> bool:
    """Return whether each offer of a policy has a price."""
    return policy.cost is not None and policy.cost.per_person_offered > 0.0


def prices_residents(policy: Policy) -> bool:
    """Return whether each resident of a policy's place has a price."""
    return policy.cost is not None and policy.cost.per_resident_year > 0.0


def _is_named(policy: Any, name: str) -> bool:
    return isinstance(given := getattr(policy, "name", None), str) and given == name


def frozen(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a read-only view of parameter overrides and of the tables among them."""
    tables = {
        path: MappingProxyType(dict(value)) if isinstance(value, Mapping) else value
        for path, value in parameters.items()
    }
    return MappingProxyType(tables)


def _thawed(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        path: dict(value) if isinstance(value, Mapping) else value
        for path, value in parameters.items()
    }


def _plain(value: Any) -> Any:
    """Turn dataclasses, mappings and tuples into what JSON knows."""
    if is_dataclass(value):
        return {entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _put(content: dict[str, Any], path: str, value: Any) -> None:
    first, _, rest = path.partition(".")
    if first == "parameters":
        content["parameters"][rest] = value
        return
    name, *keys = rest.split(".")
    target = next(policy for policy in content["policies"] if policy["name"] == name)
    for key in keys[:-1]:
        target = target[key]
    target[keys[-1]] = value


def _policies_with(
    policies: tuple[Policy, ...], path: str, rest: str, value: float
) -> tuple[Policy, ...]:
    name, *keys = rest.split(".")
    names = [policy.name for policy in policies]
    if name not in names:
        raise ValueError(f"{path}: unknown policy '{name}'; must be one of {', '.join(names)}")
    kind: Any = POLICY
    for key in keys:
        kind = kind.keys[key].kind if isinstance(kind, Section) and key in kind.keys else None
    if not isinstance(kind, Number) or not kind.interval:
        if told := renamed_elsewhere(path):
            raise ValueError(f"{path}: {told}")
        raise ValueError(f"{path}: names no number of a policy that may vary")
    refuse([problem(path, value, kind)])
    return tuple(
        _with(policy, keys, float(value), path) if policy.name == name else policy
        for policy in policies
    )


def _with(part: Any, keys: Sequence[str], value: float, path: str) -> Any:
    if len(keys) > 1:
        below = getattr(part, keys[0])
        if below is None:
            raise ValueError(f"{path}: the policy has no {keys[0]}")
        value = _with(below, keys[1:], value, path)
    return replace(part, **{keys[0]: value})


def evidence_paths() -> Mapping[str, Any]:
    """Return the paths of the evidence, which are the same at every place."""
    from abm.evidence.entries import general_evidence

    return general_evidence().fields


def evidence_entries(place: Place) -> Mapping[str, Any]:
    """Return a place's evidence by path; only scenarios that override it pay for reading it."""
    from abm.evidence.entries import load_evidence

    return load_evidence(place).entries


def _parameter(path: str, value: float, place: Place) -> float:
    entries = evidence_entries(place)
    if told := renamed(path, entries) or ("" if path in entries else renamed_elsewhere(path)):
        raise ValueError(f"parameters.{path}: {told}")
    if path not in entries or isinstance(entries[path].value, Mapping):
        raise ValueError(f"parameters.{path}: names no single number of the evidence")
    entry = entries[path]
    if told := set_by(entry):
        raise ValueError(f"parameters.{path}: {told}")
    low = float("-inf") if entry.minimum is None else entry.minimum
    high = float("inf") if entry.maximum is None else entry.maximum
    kind = Number(low, high, entry.unit or "no unit")
    refuse([problem(f"parameters.{path}", value, kind)])
    return float(value)
