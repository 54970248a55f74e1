"""What each column of the tables of a run means, in a line each: for the sheet that explains."""

from __future__ import annotations

PLACE = "place of this input in its distribution, from 0 to 1"
ERROR = "_standard_error"
COMMON = {
    "outcome": "what is counted: cases, episodes, deaths by cause, or a mean level",
    "unit": "what a number of the row counts",
    "scale": "for how many people the row stands: simulated, per_100000, per_100000_at_start, "
    "represented or per_participant",
    "measure": "what is measured",
    "baseline": "in the world without the policies, over the run (means: at its end)",
    "policy": "in the world with the policies",
    "averted": "counted in the baseline less counted under the policies; can be negative",
    "delayed": "persons whose first event comes in both worlds, later under the policies",
    "added": "persons who have the event under the policies only (extra cases among survivors)",
    "averted_per_100k": "averted, per 100 000 persons at the start plus entrants",
    "relative_change": "less averted over baseline; for means policy over baseline less 1",
    "standard_error": "Monte Carlo standard error",
    "lower": "lower end of the 95 % Monte Carlo interval",
    "upper": "upper end of the 95 % Monte Carlo interval",
    "expected_averted": "averted as expected from the risks met in both worlds: read it first",
    "expected_lower": "lower end of the 95 % Monte Carlo interval of what is expected",
    "expected_upper": "upper end of the 95 % Monte Carlo interval of what is expected",
    "expected": "as expected from the risks met in both worlds",
    "share_via_il6": "share of the effect that runs through IL-6",
    "share_monte_carlo_lower": "lower end of the share's 95 % Monte Carlo interval",
    "share_monte_carlo_upper": "upper end of the share's 95 % Monte Carlo interval",
    "share_via_il6_lower": "lower end of the share's 95 % Monte Carlo interval",
    "share_via_il6_upper": "upper end of the share's 95 % Monte Carlo interval",
    "share_lower": "lower end of the central 95 % of the share over parameter draws",
    "share_upper": "upper end of the central 95 % of the share over parameter draws",
    "parameter_lower": "lower end of the 95 % parameter interval, over draws",
    "parameter_upper": "upper end of the 95 % parameter interval, over draws",
    "parameter_draws": "parameter draws behind the parameter interval",
    "outside_parameter_interval": "whether the central value lies outside its parameter interval",
    "monte_carlo_share": "share of Monte Carlo error in the variance of it and the draws together",
    "sex": "sex; all where not split",
    "age_band": "ten-year age band, of the year in which somebody first takes part",
    "deprivation": "quintile of deprivation, 1 the most deprived",
    "activity_group": "habitual dose without policy minutes",
    "group": "label of the group",
    "persons": "simulated persons of the group at the start plus entrants",
    "participants": "simulated persons who took part",
    "year": "calendar year",
    "years": "years counted",
    "horizon": "how far values look: years from the start, run, or lifetime",
    "value": "the value, mean over seeds",
    "within_run": "the value to the end of the run",
    "offered": "first offers",
    "started": "first episodes of taking part",
    "taking_part": "years of taking part",
    "participant_years": "years of taking part",
    "spending": "spending of the year, not discounted",
    "budget": "budget of the year",
    "capacity": "new places of the year",
    "reach": "share of the eligible covered by the end of the year",
    "returning": "share taken of those who quit and come back",
    "eligible": "eligible and not asked before, worked out before the run",
    "spent": "money spent",
    "qalys_gained": "quality-adjusted life-years gained, discounted",
    "care_cost_averted": "health-care savings",
    "policy_cost": "intervention cost, discounted",
    "net_cost": "intervention cost less health-care savings; below 0 money is saved",
    "net_benefit": "incremental net monetary benefit",
    "cost_per_qaly": "net cost over QALYs gained; below 0 money is saved, blank without a gain",
    "kind": "quality of life spared, time gained, or all",
    "source": "condition or cause of death that the QALYs come from",
    "share": "share of all QALYs gained",
    "slope_index": "gained at the most deprived end of the population less at the other end",
    "relative_index": "slope index over the mean",
    "p_most_deprived_gain_more": "probability that the slope is above 0, by Monte Carlo error",
    "p_most_deprived_gain_more_draws": "the same over parameter draws as well",
    "p_women_gain_more": "probability that women gain more per person, by Monte Carlo error",
    "p_women_gain_more_draws": "the same over parameter draws as well",
    "threshold": "what a QALY may cost",
    "scenario": "option; nothing is to do nothing",
    "probability": "probability that the option has the highest net benefit",
    "frontier": "whether its mean net benefit is the highest",
    "draws": "parameter draws behind the row",
    "draws_needed": "parameter draws that make it reliable",
    "reliable": "whether there are as many",
    "draw": "number of the parameter draw",
    "seed": "seed",
    "rank": "1 moves the net benefit most",
    "assumption": "input of the model or the scenario",
    "low": "its value at the lower end of its 95 % interval",
    "high": "its value at the upper end of its 95 % interval",
    "method": "how it was worked out",
    "cost_per_participant": "what is paid for a participant, discounted",
    "highest_cost_per_participant": "what a participant may cost before it stops paying",
    "lowest_uptake_factor": "by what uptake may be multiplied before it stops paying",
    "lowest_uptake": "the lowest uptake at which it pays, where there is one policy",
    "note": "why a number is blank",
    "age": "age from which years count",
    "gained": "policy less baseline",
    "gained_lower": "lower end of its 95 % Monte Carlo interval",
    "gained_upper": "upper end of its 95 % Monte Carlo interval",
    "estimate": "expected effect where there is one, else counted",
    "precision": "half width of the interval asked for, as a share of the effect",
    "seeds_needed": "seeds that this takes",
    "persons_needed": "or persons in one run",
    "label": "the same in words",
    "quantity": "evpi: of all; evppi_group, evppi: of a group or one input; evsi: of a study",
    "input": "what would be found out",
    "study_information": "how much a study tells, in multiples of what is known today",
    "dummy": "what shuffled inputs come to: what is not above it is chance",
}  # fmt: skip
OF_TABLE = {
    ("uncertainty", "lower"): "lower end of the 95 % interval between persons or seeds",
    ("uncertainty", "upper"): "upper end of the 95 % interval between persons or seeds",
    ("budget_impact", "policy"): "policy; (all) for what all have together",
    ("participation", "policy"): "policy",
    ("value_of_information", "value"): "what finding out is worth",
    ("life_expectancy", "unit"): "years",
}
# What an ending adds to the meaning of the column that it ends.
ENDINGS = {
    "_low": "{} with the input at its lower end",
    "_high": "{} with the input at its upper end",
    "_per_100k": "{}, per 100 000 persons",
    "_represented": "{}, of the people represented",
    "_per_participant": "{}, per participant",
    ERROR: "Monte Carlo standard error of: {}",
}
NET_BENEFIT_AT = "net_benefit_"
EXPECTED = "expected_"


def meaning(table: str, column: str) -> str:
    """Return what a column of a table means.

    Parameters
    ----------
    table
        Name of its file, without ending.
    column
        Its name.

    Raises
    ------
    KeyError
        If nobody has said.

    Examples
    --------
    >>> meaning("economics_draws", "net_benefit_20000")
    'incremental net monetary benefit at 20000 per QALY'
    >>> meaning("budget_impact", "spending_standard_error")
    'Monte Carlo standard error of: spending of the year, not discounted'
    """
    if table == "draw_inputs" and column != "draw":
        return PLACE
    found = OF_TABLE.get((table, column)) or COMMON.get(column)
    if found:
        return found
    at = column.removeprefix(NET_BENEFIT_AT)
    if at != column and at.isdigit():
        return f"{COMMON['net_benefit']} at {at} per QALY"
    for ending, words in ENDINGS.items():
        if column.endswith(ending) and column != ending:
            return words.format(meaning(table, column.removesuffix(ending)))
    if column.startswith(EXPECTED):
        return f"expected, worked out before the run: {meaning(table, column[len(EXPECTED):])}"
    raise KeyError(f"{table}: nobody has said what the column {column} means")
