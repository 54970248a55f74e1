"""The table of causes of death by single year of age: shares of all deaths.

All arrays have shape ``(2, N_AGES)``: male and female, ages 20 to 120.
"""

from functools import cache

import numpy as np

from abm.conditions import CONDITIONS, Condition, condition
from abm.evidence.parameters import Parameters
from abm.evidence.place import Place
from abm.kernel.layout import ALL_ELSE, N_DISEASES, SEXES
from abm.places.bands import LOGARITHM, through_bands
from abm.places.country import (
    AGES,
    LEAST_SHARE,
    Table,
    death_rates,
    of_sex,
    population,
    share_of_published,
)


@cache
def share_of_deaths(place: Place, cause: str) -> Table:
    """Return a cause's share of all deaths: a curve over age that has the share of every band.

    Where a place has no table of causes, all that are no disease of the model's are one.
    """
    deaths = population(place) * death_rates(place)
    if "causes_of_death" not in place.tables:
        return np.full_like(deaths, LEAST_SHARE)
    found = []
    for s, sex in enumerate(SEXES):
        table = of_sex(place.tables["causes_of_death"], sex, cause=cause)
        shares = np.maximum(table["share_of_deaths"], LEAST_SHARE)
        found.append(through_bands(table["age"], shares, AGES, LOGARITHM, deaths[s]))
    return np.array(found)


def _rest_share(disease: str, parameters: Parameters) -> Table:
    """Return the share of all deaths of what a published disease holds beyond the model's own.

    Such as cancers of the rectum beside those of the colon, and those of men's breasts.
    """
    row = condition(disease)
    covered = np.full((2, 1), share_of_published(row, parameters))
    if row.sex == "female":
        covered = covered * np.array([[0.0], [1.0]])
    return share_of_deaths(parameters.place, row.published_as) * (1.0 - covered)


def _share(row: Condition, parameters: Parameters) -> Table:
    """Return a cause's share of all deaths, all its parts together."""
    parts = [share_of_deaths(parameters.place, part) for part in row.made_of]
    rest = [_rest_share(disease, parameters) for disease in row.rest_of]
    scale: float = parameters[row.evidence.death_share_scale]
    return scale * np.sum([*parts, *rest], axis=0)


def known_shares(parameters: Parameters) -> Table:
    """Return the shares of all deaths of all death clocks but the last, shape (clocks, 2, ages)."""
    rows = CONDITIONS[N_DISEASES:ALL_ELSE]
    return np.array([_share(row, parameters) for row in rows])


def unresponsive_share(parameters: Parameters) -> Table:
    """Return which share of all other causes of death follows neither activity nor IL-6."""
    return np.minimum(unresponsive_asked(parameters), 1.0)


def unresponsive_asked(parameters: Parameters) -> Table:
    """Return the same as its scale asks for it, which may be more than all."""
    row = CONDITIONS[ALL_ELSE]
    if "causes_of_death" not in parameters.place.tables:
        return np.zeros((len(SEXES), AGES.size))
    whole = np.sum([share_of_deaths(parameters.place, part) for part in row.made_of], axis=0)
    part = np.sum([share_of_deaths(parameters.place, part) for part in row.unresponsive], axis=0)
    scale: float = parameters[row.evidence.death_share_scale]
    return np.asarray(scale * part / whole)
