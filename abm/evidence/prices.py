"""Costs of the evidence brought to the prices of one year, the place's."""

from collections.abc import Mapping

from abm.evidence.entries import load_evidence
from abm.evidence.parameters import ParameterError, Parameters, table_at


def price_factor(parameters: Parameters, path: str) -> float:
    """Return by how much the cost at ``path`` is multiplied to be in prices of the place's year.

    A calendar year lies half in each of two financial years. Where a place gives no costs, these
    are 0 and stay so.

    Raises
    ------
    ParameterError
        If the entry has no price year, or the index does not know it.
    """
    year = load_evidence(parameters.place).entries[path].price_year
    index = parameters["economics.price_index"]
    if year == parameters.place.price_year or not isinstance(index, Mapping):
        return 1.0
    first = int(year[:4]) if year else 0
    years = [first] if "/" in year else [first - 1, first]
    if any(each not in index for each in years):
        raise ParameterError(f"{path}: economics.price_index does not know the prices of {year!r}")
    return sum(table_at(index, each) for each in years) / len(years)
