"""Every public name of Mesa's model, agents, sets and collector, tried out on a scenario's model.

    python -m tests.mesa_names                # the table of docs/mesa.md, anew for this Mesa
    python -m tests.mesa_names --rewrite      # and into the page; other versions' columns stay

Each name has a use and the answer it must give: a text is what must be said when it is refused.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import mesa
from mesa import Agent, DataCollector, Model
from mesa.agent import AgentSet

from abm import ExerciseModel, Person, load_scenario

PAGE = Path(__file__).parents[1] / "docs" / "mesa.md"
VERSIONS = ("3.3", "3.5")  # the columns of the table: of Python 3.11, and of 3.12 and later
WORKS, DIFFERS, CANNOT, ABSENT = "works", "differs", "cannot", "not there"


def make(years: int = 1, **given: Any) -> ExerciseModel:
    """Return a small model of walking groups."""
    return ExerciseModel("walking_groups", persons=60, years=years, **{"rng": 3, **given})


def call(name):
    return lambda owner: getattr(owner, name)()


def later(model):
    noted = []

    def note():
        noted.append(model.time)

    model.schedule_event(note, at=2.5)
    model.run_for(3)
    return noted


def recurring(model):
    from mesa.time import Schedule

    noted = []

    def note():
        noted.append(model.time)

    generator = model.schedule_recurring(note, Schedule(interval=2.0, start=2.0))
    model.run_until(5)
    return noted if generator.is_active else []


def observed(model):
    model.noted = []
    model.note = lambda message: model.noted.append(message)
    model.observe("time", "changed", model.note)
    model.step()
    first = len(model.noted)
    model.unobserve("time", "changed", model.note)
    model.step()
    return first > 0 and len(model.noted) == first


# Name: what is done with it, and what it must answer; or, as text, what must be said.
OF_MODELS = {
    "agent_types": (lambda m: m.agent_types, [Person]),
    "agents": (lambda m: len(m.agents), 60),
    "agents_by_type": (lambda m: len(m.agents_by_type[Person]), 60),
    "run_model": (lambda m: (m.run_model(), m.steps, m.running), (None, 12, False)),
    "step": (lambda m: (m.step(), m.steps, m.population.steps_done), (None, 1, 1)),
    "register_agent": (lambda m: m.register_agent(m.agents[0]), "others cannot be added"),
    "deregister_agent": (lambda m: m.deregister_agent(m.agents[0]), "leave by dying"),
    "remove_all_agents": (call("remove_all_agents"), "leave by dying and cannot be removed"),
    "reset_rng": (call("reset_rng"), "make another model, as in ExerciseModel"),
    "reset_randomizer": (call("reset_randomizer"), "make another model, as in ExerciseModel"),
}
OF_NEWER_MODELS = {
    "batch": (lambda m: hasattr(m.batch(), "__enter__"), True),
    "suppress": (lambda m: hasattr(m.suppress(), "__enter__"), True),
    "clear_all_subscriptions": (lambda m: m.clear_all_subscriptions("time"), None),
    "notify": (lambda m: m.notify("time", "changed"), None),
    "observables": (lambda m: "time" in m.observables, True),
    "observe": (observed, True),
    "unobserve": (observed, True),
    "run_for": (lambda m: (m.run_for(3), m.steps, m.population.steps_done), (None, 3, 3)),
    "run_until": (lambda m: (m.run_until(4), m.steps, m.population.steps_done), (None, 4, 4)),
    "scenario": (lambda m: setattr(m, "scenario", load_scenario("uk")), "make another, as in"),
    "schedule_event": (later, [2.5]),
    "schedule_recurring": (recurring, [2.0, 4.0]),
    "time": (lambda m: (m.time, m.step(), m.time), (0.0, None, 1.0)),
}
OF_PERSONS = {
    "advance": (call("advance"), None),
    "step": (call("step"), None),
    "random": (lambda p: p.random is p.model.random, True),
    "rng": (lambda p: p.rng is p.model.rng, True),
    "scenario": (lambda p: p.scenario is p.model.scenario, True),
    "remove": (call("remove"), "leaves by dying; use select"),
    "create_agents": (lambda p: Person.create_agents(p.model, 3), "others cannot be added"),
    "from_dataframe": (lambda p: Person.from_dataframe(p.model, None), "others cannot be added"),
}
OF_SETS = {
    "add": (lambda s: (s.add(s[0].twin), len(s))[1], 61),
    "agg": (lambda s: s.agg("age", len), 60),
    "clear": (lambda s: (s.clear(), len(s), len(make().agents))[1:], (0, 60)),
    "count": (lambda s: s.count(s[0]), 1),
    "discard": (lambda s: (s.discard(s[3]), s.discard(s[0].twin), len(s))[2], 59),
    "do": (lambda s: s.do("step") is s, True),
    "get": (lambda s: len(s.get("bmi")), 60),
    "groupby": (lambda s: sum(s.groupby("sex").count().values()), 60),
    "index": (lambda s: s.index(s[7]), 7),
    "isdisjoint": (lambda s: s.isdisjoint([s[0].twin]), True),
    "map": (lambda s: s.map(lambda p: p.world) == ["policy"] * 60, True),
    "pop": (lambda s: (s[0] == s.pop(), len(s)), (True, 59)),
    "remove": (lambda s: (s.remove(s[0]), len(s))[1], 59),
    "select": (lambda s: len(s.select(at_most=5)), 5),
    "set": (lambda s: set(s.set("smoker", True).get("smoker")), {True}),
    "shuffle": (lambda s: set(s.shuffle()) == set(s), True),
    "shuffle_do": (lambda s: s.shuffle_do("step") is s, True),
    "sort": (lambda s: s.sort("age")[0].age == max(s.get("age")), True),
    "to_list": (lambda s: s.to_list() == list(s), True),
}


def collected(model):
    """Take the last row of a collector of its own kinds, of people and of a table."""
    model.datacollector = DataCollector(
        {"living": lambda m: len(m.agents)},
        agent_reporters={"bmi": "bmi"},
        agenttype_reporters={Person: {"age": "age"}},
        tables={"notes": ["date"]},
    )
    model.step()
    return model.datacollector


OF_COLLECTORS = {
    "add_table_row": (
        lambda d: (d.add_table_row("notes", {"date": 1}), len(d.get_table_dataframe("notes")))[1], 1
    ),
    "collect": (lambda d: (d.collect(make()), len(d.model_vars["living"]))[1], 2),
    "get_agent_vars_dataframe": (lambda d: list(d.get_agent_vars_dataframe()), ["bmi"]),
    "get_agenttype_vars_dataframe": (
        lambda d: list(d.get_agenttype_vars_dataframe(Person)), ["age"]
    ),
    "get_model_vars_dataframe": (lambda d: len(d.get_model_vars_dataframe()), 1),
    "get_table_dataframe": (lambda d: list(d.get_table_dataframe("notes")), ["date"]),
}  # fmt: skip
# What works otherwise than in a model whose agents are objects, or says what to do instead.
NOTES = {
    "Model.agents": "made anew at every look: the living of the policy world",
    "Model.agents_by_type": "one type, `Person`",
    "Model.deregister_agent": "people leave by dying",
    "Model.observe": "of `time`; people give no signals",
    "Model.register_agent": "people come from the scenario",
    "Model.remove_all_agents": "a model is forgotten when no name holds it",
    "Model.reset_randomizer": "another model with another `rng=`",
    "Model.reset_rng": "another model with another `rng=`",
    "Model.run_for": "not past the scenario's years",
    "Model.run_until": "not past the scenario's years",
    "Model.scenario": "the scenario is `exercise_scenario`, and cannot be set",
    "Model.schedule_event": "not past the scenario's years",
    "Model.schedule_recurring": "begins within the scenario's years",
    "Model.step": "not past the scenario's years",
    "Agent.create_agents": "people come from the scenario: `persons=`",
    "Agent.from_dataframe": "people come from the scenario: `population.microdata`",
    "Agent.advance": "does nothing: the model moves everybody",
    "Agent.remove": "people leave by dying; `select` leaves them out",
    "Agent.step": "does nothing: the model moves everybody",
    "AgentSet.add": "of a set of your own, `model.agents.select()`",
    "AgentSet.clear": "of a set of your own",
    "AgentSet.discard": "of a set of your own",
    "AgentSet.pop": "of a set of your own",
    "AgentSet.remove": "of a set of your own",
    "AgentSet.set": "`bmi`, `smoker`, `habitual_met_hours`, attributes of your own",
}


class Kind(NamedTuple):
    """One of Mesa's classes, what is known of its names, and what they are tried on."""

    of_mesa: type
    known: dict[str, tuple[Callable[[Any], Any], Any]]
    tried_on: Callable[[], Any]


KINDS = {
    "Model": Kind(Model, OF_MODELS | OF_NEWER_MODELS, make),
    "Agent": Kind(Agent, OF_PERSONS, lambda: make().agents[0]),
    "AgentSet": Kind(AgentSet, OF_SETS, lambda: make().agents.select()),
    "DataCollector": Kind(DataCollector, OF_COLLECTORS, lambda: collected(make())),
}


def public_names(kind: type) -> list[str]:
    """Return what a class of Mesa's offers."""
    return [name for name in dir(kind) if not name.startswith("_")]


def present_version() -> str:
    """Return the installed Mesa as the table calls it: its first two numbers."""
    return ".".join(mesa.__version__.split(".")[:2])


def verdict(title: str, name: str) -> str:
    """Try a name out and return what the table says of it; AssertionError if it does neither."""
    kind = KINDS[title]
    if name not in dir(kind.of_mesa):  # a descriptor may refuse to be asked of a class
        return ABSENT
    use, answer = kind.known[name]
    try:
        found = use(kind.tried_on())
    except (NotImplementedError, AttributeError) as refusal:
        assert isinstance(answer, str), f"{title}.{name} raises {refusal!r}"
        assert re.search(answer, str(refusal)), f"{title}.{name} says {refusal}"
        return DIFFERS if name == "scenario" else CANNOT
    assert found == answer, f"{title}.{name} gives {found!r}"
    return DIFFERS if f"{title}.{name}" in NOTES else WORKS


def table(page: str) -> list[str]:
    """Return the rows for every name: the installed version tried out, others as they stand."""
    before, present = rows_of(page), present_version()
    rows = ["| Name | " + " | ".join(f"Mesa {each}" for each in VERSIONS) + " | |",
            "|---|" + "---|" * (len(VERSIONS) + 1)]  # fmt: skip
    for title, kind in KINDS.items():
        for name in sorted(kind.known):
            whole = f"{title}.{name}"
            found = dict(before.get(whole, {}))
            found[present] = verdict(title, name)
            cells = [found.get(each, "") for each in VERSIONS]
            rows.append(f"| `{whole}` | {' | '.join(cells)} | {NOTES.get(whole, '')} |")
    return rows


def rows_of(page: str) -> dict[str, dict[str, str]]:
    """Return what the table of a page says of each name, by version."""
    lines = re.findall(r"^\| `(\w+\.\w+)` \| (.*) \|.*\|$", page, re.MULTILINE)
    return {name: dict(zip(VERSIONS, cells.split(" | "), strict=False)) for name, cells in lines}


def rewritten(page: str) -> str:
    """Return the page with its table anew."""
    start = page.index("| Name | Mesa ")
    end = page.index("\n\n", start)
    return page[:start] + "\n".join(table(page)) + page[end:]


def main(words: list[str]) -> int:
    """Print the table, or write it into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rewrite", action="store_true")
    page = PAGE.read_text(encoding="utf-8")
    if parser.parse_args(words).rewrite:
        PAGE.write_text(rewritten(page), encoding="utf-8")
    else:
        print("\n".join(table(page)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
