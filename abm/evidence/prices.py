"""Costs of the evidence brought to the prices of one year."""

from abm.evidence.entries import load_evidence
from abm.evidence.parameters import ParameterError, Parameters, table_at

CURRENCY = "GBP"
PRICE_YEAR = "2023/24"  # of every amount of money that the model gives


def price_factor(parameters: Parameters, path: str) -> float:
    """Return by how much the cost at ``path`` is multiplied to be in prices of :data:`PRICE_YEAR`.

    A calendar year lies half in each of two financial years.

    Raises
    ------
    ParameterError
        If the entry has no price year, or the index does not know it.
    """
    year = load_evidence().entries[path].price_year
    index = parameters["economics.price_index"]
    first = int(year[:4]) if year else 0
    years = [first] if "/" in year else [first - 1, first]
    if any(each not in index for each in years):
        raise ParameterError(f"{path}: economics.price_index does not know the prices of {year!r}")
    return sum(table_at(index, each) for each in years) / len(years)
