"""A place fitted to what a town counted: scales of its deaths and new cases.

New cases and cases are scaled alike, so that a table in balance stays near it. Shares of causes of
death stay as they are.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from abm.conditions import CONDITIONS
from abm.evidence.place import BUNDLED_FOLDER, Place, files_of
from abm.kernel.layout import SEXES, YOUNGEST
from abm.scenario.place_file import read_place
from abm.scenario.place_tables import cells_of
from abm.scenario.text import Problem, ScenarioError
from analysis.place_fit.fit import OneSeed, seeds_of
from analysis.place_fit.fitted import FittedNumber, FittedTarget, Outcome, intervals
from analysis.place_fit.nearest_numbers import Number, Numbers, gauss_newton, nearest_numbers
from analysis.place_fit.targets import DEATHS, PUBLISHED, WIDTH, TownTarget

Scale = tuple[str, str, str]  # measure, condition, sex
MOST_SHARE = 0.99
FEWEST = 1  # events: fewer were never counted


def problems_of(place: Place, targets: Sequence[TownTarget]) -> list[Problem]:
    """Say which targets a place cannot be fitted to."""
    found = []
    for scale in scales_of(targets):
        measure, condition, sex = scale
        own = [each for each in targets if each.scale == scale]
        row = next((each for each in CONDITIONS if each.published_as == condition), None)
        if measure != DEATHS and condition in place.solved_incidence:
            message = f"new cases of {condition} are solved in this place; must not be a target"
            found.append(own[0].fault("condition", message))
        elif row and condition and row.sex not in ("both", sex):
            message = f"{condition} is simulated of the other sex alone; must not be {sex}"
            found.append(own[0].fault("sex", message))
        elif (together := sum(each.events for each in own)) < FEWEST:
            told = f"adds up to {together:g} over the rows" if together else "is 0 in every row"
            message = (
                f"{told} of {name_of(scale)}; must be above 0 in one and at least {FEWEST} in all, "
                "as no scale makes a rate of the place 0"
            )
            found.append(own[0].fault("events", message))
    return found


def scales_of(targets: Sequence[TownTarget]) -> list[Scale]:
    """Return the scales that targets tell of, in the order of the table."""
    return list(dict.fromkeys(each.scale for each in targets))


def name_of(scale: Scale) -> str:
    """Return a scale's name in tables: new_cases.stroke.male."""
    return ".".join(part for part in scale if part)


def write_scaled(place: Place, scales: Mapping[Scale, float], folder: Path) -> None:
    """Write a place's folder anew with scaled tables; ``folder`` must not be there."""
    origin = BUNDLED_FOLDER / place.name if place.bundled else Path(place.name)
    folder.mkdir(parents=True)
    for path in files_of(origin):
        shutil.copyfile(path, folder / path.name)
    _scale_column(
        folder / "population.csv", "deaths_per_person_year",
        {("", sex): scale for (measure, _, sex), scale in scales.items() if measure == DEATHS},
    )  # fmt: skip
    of_cases = {
        (condition, sex): scale
        for (measure, condition, sex), scale in scales.items()
        if measure != DEATHS
    }
    for column in ("incidence_per_person_year", "prevalence_share"):
        _scale_column(folder / "disease_rates.csv", column, of_cases)


def _scale_column(path: Path, column: str, scales: Mapping[tuple[str, str], float]) -> None:
    lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    names, *rows = [[cell for _, cell in cells_of(line)] for line in lines]
    at, sex = names.index(column), names.index("sex")
    of = names.index("condition") if "condition" in names else None
    written = [",".join(names)]
    for cells in rows:
        key = "" if of is None else cells[of], cells[sex]
        if key in scales:
            scaled = float(cells[at]) * scales[key]
            cells[at] = f"{min(scaled, MOST_SHARE) if column == 'prevalence_share' else scaled:.6g}"
        written.append(",".join(cells))
    path.write_text("\n".join(written) + "\n", encoding="utf-8")


def scaled_place(
    place: Place, scales: Mapping[Scale, float], targets: Sequence[TownTarget], folder: Path
) -> Place:
    """Return a place with scaled tables, written to ``folder``.

    Raises
    ------
    ScenarioError
        If these contradict themselves: said of the first target of the farthest scale, by the lines
        of the place's own tables.
    """
    write_scaled(place, scales, folder)
    found = read_place(folder)
    if isinstance(found, Place):
        return found
    farthest = max(scales, key=lambda scale: abs(np.log(scales[scale])))
    fault = found[0]
    table = f"{Path(fault.place.source.shown).name}:{fault.place.line}:{fault.place.column}"
    tried = ", ".join(f"{name_of(each)} times {value:.3g}" for each, value in scales.items())
    message = (
        "leads to tables that contradict themselves; must be nearer to the place's, or its tables "
        f"be changed first; {tried} makes of {table}: {fault.path}: {fault.message}"
    )
    target = next(each for each in targets if each.scale == farthest)
    raise ScenarioError([str(target.fault("events", message))])


def simulated_rates(runs: Sequence[OneSeed], targets: Sequence[TownTarget]) -> Numbers:
    """Return events per person-year and person-years simulated, (2, targets)."""
    years, deaths = np.sum([run.mortality for run in runs], axis=0)
    outcomes = sum(run.outcomes for run in runs)
    found = []
    for each in targets:
        s = SEXES.index(each.sex)
        ages = slice(each.age_from - YOUNGEST, each.age_to - YOUNGEST)
        if each.measure == DEATHS:
            events = deaths[s, ages].sum()
        else:
            column = outcomes[f"incidence.{PUBLISHED[each.condition]}"]  # type: ignore[index]
            bands = range(each.age_from, each.age_to, WIDTH)
            events = sum(column.get((each.sex, f"{a}-{a + WIDTH - 1}"), 0.0) for a in bands)
        exposed = years[s, ages].sum()
        found.append((events / exposed, exposed))
    return np.array(found).T


def fit_town(
    place: Place, targets: Sequence[TownTarget], persons: int, seeds: Sequence[int],
    told: Callable[[str], None],
) -> tuple[Outcome, dict[Scale, float]]:  # fmt: skip
    """Return the scales that bring a place to what a town counted, with their intervals.

    Raises
    ------
    ValueError
        If the targets do not tell the scales.
    abm.scenario.text.ScenarioError
        If a trial leaves a place that contradicts itself.
    """
    scales = scales_of(targets)
    counted = np.array([each.events for each in targets])
    years = np.array([each.person_years for each in targets])
    exposures: list[Numbers] = []

    def simulated(values: Numbers) -> Numbers:
        with tempfile.TemporaryDirectory() as folder:
            tried = dict(zip(scales, values, strict=True))
            here = scaled_place(place, tried, targets, Path(folder) / "place")
            rates, exposed = simulated_rates(list(seeds_of(here, persons, seeds)), targets)
        exposures.append(exposed)
        return rates * years

    numbers = [Number(name_of(each), 1.0) for each in scales]
    # nobody has simulated yet; a count stands for what is expected of it
    errors = np.sqrt(np.maximum(counted, 1.0))
    found = nearest_numbers(simulated, numbers, counted, errors, told)
    monte_carlo = np.sqrt(found.simulated * years / exposures[-1])
    whole = np.hypot(np.sqrt(np.maximum(found.simulated, 1.0)), monte_carlo)
    follow = gauss_newton(found.slopes, errors)
    covariance = (follow * whole**2) @ follow.T
    values = [each.back(x) for each, x in zip(numbers, found.x, strict=True)]
    rows = [
        FittedTarget(
            f"{name_of(each.scale)}, {each.age_from} to {each.age_to - 1}", each.events, sim, error,
            each.unit,
        )
        for each, sim, error in zip(targets, found.simulated, whole, strict=True)
    ]
    fitted: list[FittedNumber] = intervals(numbers, found.x, np.sqrt(np.diag(covariance)))
    return Outcome(fitted, rows, found.trials), dict(zip(scales, values, strict=True))
