"""Whether the program can be calibrated to a place, and what it could not give as asked for."""

from __future__ import annotations

from abm.evidence.parameters import central_parameters
from abm.evidence.place import Place
from abm.population.constants_of import calibrated_model
from abm.population.misfits import misfits_of_worth, refusal_of
from abm.scenario.text import ScenarioError


def calibration_of(place: Place) -> tuple[list[str], str]:
    """Return what calibration could not give as asked for, and why there is none, if so."""
    parameters = central_parameters({}, place)
    try:
        model = calibrated_model(parameters)
    except ScenarioError as error:
        return [], f"{place.shown}: calibration does not converge: {error}"
    misfits = (*model.misfits, *misfits_of_worth(model.rates, parameters))
    if refused := refusal_of(misfits, {}):
        told = "\n".join(each.removeprefix("parameters: ") for each in refused)
        return [], f"{place.shown}: the tables contradict one another: {told}"
    return [str(each) for each in misfits], ""
