"""Values of evidence entries that a place gives, checked against the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from abm.evidence.entries import (
    COSTS,
    GRADES,
    TABLE_UNCERTAINTIES,
    General,
    general_evidence,
    is_cost,
    limits_of,
    load_evidence,
    uncertainty_of,
)
from abm.evidence.place import (
    DISCOUNT_ENTRIES,
    DISCOUNT_RATES,
    ENTRY_FIELDS,
    THRESHOLD_ENTRY,
    as_year,
)
from abm.evidence.renamed import renamed, renamed_elsewhere
from abm.limits import Number
from abm.scenario.check import Checker
from abm.scenario.kinds import Choice, Several, Text
from abm.scenario.node_words import described
from abm.scenario.place_vocabulary import PARAMETER_SOURCE, YEAR_OF_MONEY
from abm.scenario.text import Node, Place, printable
from abm.scenario.written_numbers import plain_scalar

MOST_LISTED = 12
INDEX = "economics.price_index"
GIVEN_ELSEWHERE = {
    THRESHOLD_ENTRY: "thresholds",
    **dict.fromkeys(DISCOUNT_ENTRIES, "discount_rate"),
}
KNOT = Number(0, 3000, "an age, or a year")


class PlaceEntries:
    """Take the values of evidence entries out of ``place.yaml``, noting every fault.

    ``found`` has by path what a place says of an entry, as :class:`abm.evidence.place.Place` holds
    it. ``usual`` names the fields that ``parameter_source`` gives to all.
    """

    def __init__(self, checker: Checker, usual: Mapping[str, Any]) -> None:
        """Begin with nothing found."""
        self.checker = checker
        self.usual = usual
        self.found: dict[str, dict[str, Any]] = {}
        self.places: dict[str, Place] = {}
        self.general: General = general_evidence()
        self.shapes = load_evidence().entries

    def take(self, tree: Node) -> None:
        """Check all entries of a file."""
        assert isinstance(tree.value, dict)
        parameters = tree.value.get("parameters")
        if parameters is not None and isinstance(parameters.value, dict):
            self._below(parameters, "")
        elif parameters is not None and parameters.value is not None:
            message = f"is {described(parameters)}; must be a mapping from evidence paths to values"
            self.checker.say(parameters.place, "parameters", message)
        self._discount_rates(tree)
        self._missing(parameters or tree)
        self._prices(tree)

    def _below(self, node: Node, above: str) -> None:
        assert isinstance(node.value, dict)
        for name, child in node.value.items():
            path, place = (f"{above}.{name}" if above else name), node.key_places[name]
            shown = f"parameters.{path}"
            leads_on = any(each.startswith(f"{path}.") for each in self.general.fields)
            if path in GIVEN_ELSEWHERE:
                message = f"stands twice; must be given as {GIVEN_ELSEWHERE[path]}"
                self.checker.say(place, shown, message)
            elif path in self.found:
                self.checker.say(place, shown, "is given twice (nested and dotted)")
            elif path in self.general.fields:
                self.found[path] = self.entry(child, path, shown)
                self.places[path] = place
            elif leads_on and isinstance(child.value, dict):
                self._below(child, path)
            elif leads_on:
                message = f"is {described(child)}; must be a mapping that leads on to entries"
                self.checker.say(child.place, shown, message)
            else:
                self.checker.say(place, shown, self._unknown(path))

    def _unknown(self, path: str) -> str:
        told = renamed(path, self.general.fields) or renamed_elsewhere(path)
        hint = self.checker.suggest(path, self.general.fields)
        return told or f"unknown evidence path; `run.py evidence` lists them{hint}"

    def entry(self, node: Node, path: str, shown: str) -> dict[str, Any]:
        """Return what a node says of an entry: a value alone, or with its other fields."""
        fields = node.value if isinstance(node.value, dict) else {}
        if not any(name in ENTRY_FIELDS for name in fields):
            own = {"value": self._value(node, path, shown)}
        else:
            self.checker.keys(node, ENTRY_FIELDS, shown)
            own = self._fields(node, path, shown)
        known = {**self.usual, **{key: each for key, each in own.items() if each is not None}}
        absent = [name for name in ("source", "grade") if name not in known]
        if absent and "value" in known:
            message = f"names no {' and no '.join(absent)}; must be given here, or for all in "
            self.checker.say(node.place, shown, message + "parameter_source")
        return known if "value" in known else own

    def _fields(self, node: Node, path: str, shown: str) -> dict[str, Any]:
        assert isinstance(node.value, dict)
        given = node.value
        own: dict[str, Any] = {}
        if "value" not in given:
            self.checker.say(node.place, f"{shown}.value", "is missing; must be given")
        else:
            own["value"] = self._value(given["value"], path, f"{shown}.value")
        for name, kind in (("source", SOURCES), ("where", WHERE), ("grade", GRADE)):
            if name in given:
                own[name] = self.checker.check(given[name], kind, f"{shown}.{name}")
        if isinstance(own.get("source"), tuple):
            own["source"] = list(own["source"])
        if "price_year" in given:
            year = given["price_year"]
            year.value = as_year(year.value) if isinstance(year.value, int) else year.value
            own["price_year"] = self.checker.check(year, YEAR_OF_MONEY, f"{shown}.price_year")
        if "uncertainty" in given:
            own["uncertainty"] = self._uncertainty(given["uncertainty"], own.get("value"), shown)
        return own

    def _uncertainty(self, node: Node, value: Any, shown: str) -> str | None:
        text = self.checker.check(node, WHERE, f"{shown}.uncertainty")
        if text is None:
            return None
        try:
            kind, _, low, high = uncertainty_of(f"{shown}.uncertainty", text)
        except ValueError as error:
            message = str(error).partition(": uncertainty ")[2]
            self.checker.say(node.place, f"{shown}.uncertainty", message)
            return None
        table = isinstance(value, Mapping)
        centre = 1.0 if table else value
        if table != (kind in TABLE_UNCERTAINTIES):
            wanted = "factor or exponent first, as it is a table" if table else "no factor before"
            self.checker.say(node.place, f"{shown}.uncertainty", f"is '{text}'; must have {wanted}")
        elif centre is not None and not (low <= centre <= high and low < high):  # type: ignore[operator]
            message = f"is {low:g} to {high:g}, without the value {centre:g}; must hold it"
            self.checker.say(node.place, f"{shown}.uncertainty", message)
        return text

    def _value(self, node: Node, path: str, shown: str) -> Any:
        leaf, shape = self.general.fields[path], self.shapes[path].value
        low, high = limits_of(leaf)
        kind = Number(low, high, str(leaf["unit"]).replace("CURRENCY", "money"))
        if not isinstance(node.value, dict):
            return self.checker.number(node, kind, shown)
        if not isinstance(shape, Mapping):
            self.checker.say(node.place, shown, f"is a table; must be {kind.allowed()}")
            return None
        return self._table(node, kind, shown)

    def _table(self, node: Node, kind: Number, shown: str) -> dict[float, float] | None:
        assert isinstance(node.value, dict)
        table: dict[float, float] = {}
        for name, child in node.value.items():
            knot = plain_scalar(name)
            if isinstance(knot, bool) or not isinstance(knot, int | float) or not KNOT.holds(knot):
                message = f"'{printable(name, 60)}' is no knot; must be an age or a year"
                self.checker.say(node.key_places[name], shown, f"{message} with its number")
                continue
            number = self.checker.number(child, kind, f"{shown}.{name}")
            if table and float(knot) <= max(table):
                message = f"the knot {name} does not rise; knots must rise"
                self.checker.say(node.key_places[name], shown, message)
            table[float(knot)] = number
        if not node.value:
            self.checker.say(node.place, shown, "is empty; must give at least one knot")
        return table if table and None not in table.values() else None

    def _discount_rates(self, tree: Node) -> None:
        """Check the two rates, or the one for both."""
        assert isinstance(tree.value, dict)
        node = tree.value.get("discount_rate")
        if node is None:
            message = "is missing; must be a rate per year such as 0.035, or {costs: ..., health: "
            self.checker.say(tree.place, "discount_rate", f"{message}...}}")
            return
        two = isinstance(node.value, dict) and any(name in node.value for name in DISCOUNT_RATES)
        if not two:
            self.entry(node, DISCOUNT_ENTRIES[0], "discount_rate")
            return
        assert isinstance(node.value, dict)
        self.checker.keys(node, DISCOUNT_RATES, "discount_rate")
        for name, path in zip(DISCOUNT_RATES, DISCOUNT_ENTRIES, strict=True):
            if name in node.value:
                self.entry(node.value[name], path, f"discount_rate.{name}")
            else:
                self.checker.say(node.place, f"discount_rate.{name}", "is missing; must be given")

    def thresholds(self, node: Node) -> None:
        """Check what a quality-adjusted life-year may cost: whole amounts that rise."""
        below = node.value if isinstance(node.value, dict) else {}
        listed = below.get("value", node)
        if below:
            self.checker.keys(node, ENTRY_FIELDS, "thresholds")
        kind = Several(Number(1, 1e12, "money per QALY", whole=True), 10)
        found = self.checker.check(listed, kind, "thresholds")
        if found and list(found) != sorted(found):
            self.checker.say(listed.place, "thresholds", "does not rise; must rise")
        for name, each in (("source", SOURCES), ("where", WHERE), ("grade", GRADE)):
            if name in below:
                self.checker.check(below[name], each, f"thresholds.{name}")

    def _missing(self, node: Node) -> None:
        """Note what only a place can give and this one does not."""
        wanted = [
            path
            for path in self.general.of_places
            if path not in self.found and path not in GIVEN_ELSEWHERE
        ]
        costs = [path for path in wanted if is_cost(path) and path != INDEX]
        needed = [path for path in wanted if not is_cost(path)]
        if any(is_cost(path) for path in self.found):
            needed += costs
        if needed:
            listed = ", ".join(needed[:MOST_LISTED])
            more = f" and {len(needed) - MOST_LISTED} more" if len(needed) > MOST_LISTED else ""
            message = (
                f"gives no value for {listed}{more}; must give one, as the evidence has none that "
                f"holds everywhere (costs, {COSTS[0]}... and so on, are given all or not at all)"
            )
            self.checker.say(node.place, "parameters", message)


    def _prices(self, tree: Node) -> None:
        """Note costs in the money of a year that the price index does not know."""
        assert isinstance(tree.value, dict)
        node, index = tree.value.get("price_year"), self.found.get(INDEX, {}).get("value")
        own = node.written if node else ""
        known = set(index) if isinstance(index, Mapping) else set()
        for path, entry in self.found.items():
            year = str(entry.get("price_year") or own)
            first = int(year[:4]) if year[:4].isdigit() else 0
            years = {first} if "/" in year else {first - 1, first}
            if is_cost(path) and path != INDEX and year != own and not years <= known:
                place = self.places[path]
                message = (
                    f"is in prices of {year}, and {INDEX} does not know them; must be in prices of "
                    f"{own}, or the index must have {' and '.join(map(str, sorted(years)))}"
                )
                self.checker.say(place, f"parameters.{path}", message)


SOURCES = PARAMETER_SOURCE.keys["source"].kind
WHERE = Text(1000)
GRADE = Choice(GRADES)
