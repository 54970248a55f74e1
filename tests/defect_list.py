"""Deliberate faults: what each changes, and which tests should notice it first.

A fault is one text replaced by another in one file. Most stand where the model is put together
rather than in the kernel, whose lines change more often; each that stands in a compiled file costs
a compilation.
"""

from dataclasses import dataclass

UNIT = "tests/unit/"
EXACT = (
    UNIT + "test_effects.py", UNIT + "test_exactness.py", UNIT + "test_oracle_quick.py",
    UNIT + "test_check.py",
)  # fmt: skip
CLOSED = ("tests/verification/test_steady_states.py", "tests/verification/test_closed_forms.py")
DILUTION = (UNIT + "test_dilution.py",)
PEOPLE = (UNIT + "test_population.py",)
RULES = (UNIT + "test_rules.py", *EXACT)


@dataclass(frozen=True)
class Defect:
    """A fault to be planted: ``old`` stands exactly once in ``file`` and becomes ``new``."""

    name: str
    file: str
    old: str
    new: str
    first: tuple[str, ...] = EXACT


DEFECTS = (
    # a dropped sign
    Defect("sign of the drug dropped", "abm/scenario/plan.py",
           "log_ratio=single([np.log(policy.il6_ratio)",
           "log_ratio=single([-np.log(policy.il6_ratio)"),
    Defect("sign of averted dropped", "abm/results/effects.py",
           "averted = mean[:, c.E_DIFFERENCE]\n", "averted = -mean[:, c.E_DIFFERENCE]\n"),
    Defect("sign of the deprivation gradient dropped", "abm/population/habits_and_body.py",
           "(score(least) - score(most))", "(score(most) - score(least))", PEOPLE),
    # a swapped sex
    Defect("sexes swapped in the population", "abm/places/country.py",
           "people[s, int(age) - YOUNGEST]", "people[1 - s, int(age) - YOUNGEST]",
           PEOPLE),
    Defect("sexes swapped in eligibility", "abm/scenario/plan.py",
           "c.SEXES.index(e.sex)", "1 - c.SEXES.index(e.sex)", PEOPLE),
    Defect("entrants of the wrong sex", "abm/population/constants_of.py",
           "male = people[0] / people.sum()", "male = people[1] / people.sum()",
           PEOPLE),
    Defect("breast cancer in men", "abm/places/country.py",
           "np.stack([np.zeros(N_AGES), table[1]])", "np.stack([table[1], table[1]])",
           (UNIT + "test_individuals.py",)),
    # rates, probabilities, units
    Defect("a rate used as a probability", "abm/rules/disease.py",
           "return 1.0 - exp(-hazard_met)", "return hazard_met", RULES),
    Defect("incidence per head used as a hazard at risk", "abm/population/risks.py",
           "np.maximum(sums.at_risk.sum(axis=-1), 1e-30)",
           "np.maximum((sums.at_risk.sum(axis=-1) > 0) * 1.0, 1e-30)", CLOSED),
    Defect("minutes taken for hours", "abm/scenario/plan.py",
           "getattr(policy.adds, mode.name) / 60.0", "getattr(policy.adds, mode.name) / 1.0"),
    Defect("resting metabolism not subtracted", "abm/scenario/plan.py",
           "parameters[mode.marginal_met]", "(1.0 + parameters[mode.marginal_met])"),
    Defect("BMI ratio per 5 used per 1", "abm/population/risks.py",
           "_log_table(p, e.bmi_hazard_ratio_per_5, 5.0)",
           "_log_table(p, e.bmi_hazard_ratio_per_5)", CLOSED),
    Defect("days of life shown as years", "abm/results/effects.py",
           "    table[-1, c.E_DIFFERENCE] /= DAYS_PER_YEAR\n", ""),
    Defect("ratio labelled as a percentage", "abm/results/effects.py",
           "-averted / base, np.nan)", "-100.0 * averted / base, np.nan)"),
    Defect("truncated integer", "abm/results/effects.py",
           "per_100k = 1e5 / np.mean([", "per_100k = 1e5 // np.mean(["),
    Defect("log of IL-6 shown as its level", "abm/results/outcomes.py",
           "means = [dose, np.exp(log_il6), *levels", "means = [dose, log_il6, *levels",
           (UNIT + "test_individuals.py", UNIT + "test_model.py")),
    Defect("a new case costs its later year twice", "abm/rules/economics.py",
           "(first - later) * cases", "first * cases",
           (UNIT + "test_economics.py", UNIT + "test_rules.py")),
    Defect("a town pays the country's fixed cost", "abm/results/spending.py",
           "cost.fixed_per_year * _simulated(scenario)", "cost.fixed_per_year",
           (UNIT + "test_economics.py",)),
    Defect("years ill count as years well", "abm/kernel/accounts.py",
           "ill = ONE - numbers[c.AT_RISK + k, i]", "ill = numbers[c.AT_RISK + k, i]",
           (UNIT + "test_economics.py",)),
    # random numbers
    Defect("all policies share their draws", "abm/scenario/plan.py",
           "key=np.array([_key(policy.name) for policy in policies], np.int64)",
           "key=np.array([1 for policy in policies], np.int64)"),
    Defect("seed ignored", "abm/kernel/blocks.py",
           "return seed & 0xFFFFFFFF, (seed >> 32) & 0xFFFFFFFF", "return 1, 0"),
    Defect("seed of the scenario ignored", "abm/running/simulate.py",
           "first = now = range(chosen.seed, chosen.seed + seeds)",
           "first = now = range(1, 1 + seeds)"),
    Defect("one draw for all entries of the evidence", "abm/evidence/parameters.py",
           '"{seed}/{path}/{draw}"', '"{seed}/{draw}"', (UNIT + "test_parameters.py",)),
    Defect("every year draws the same address", "abm/kernel/january.py",
           "draws.YEAR, year, seed[0], seed[1]", "draws.YEAR, 0, seed[0], seed[1]",
           (*EXACT, *CLOSED)),
    Defect("follow_ups count as if nobody had died", "abm/kernel/accounts.py",
           "* exp(-registers[c.MORE_DEATH, person]) * survival", "* survival",
           ("tests/verification/test_expected_effects.py",)),
    Defect("fatality reuses the draw of the tolerance", "abm/kernel/events.py",
           "mortality.dies_of_event(draws.uniform(words[2]), fatality)",
           "mortality.dies_of_event(draws.uniform(words[0]), fatality)",
           (*EXACT, *CLOSED)),
    # time
    Defect("policies start a year late", "abm/scenario/plan.py",
           "start = policy.start - scenario.start_year\n",
           "start = policy.start - scenario.start_year + 1\n"),
    Defect("years of the tables off by one", "abm/results/outcomes.py",
           "years = range(start_year - 1, start_year - 1 + len(measures))",
           "years = range(start_year, start_year + len(measures))"),
    Defect("end of a policy ignored", "abm/scenario/plan.py",
           "FOREVER if policy.end is None else float(policy.end - scenario.start_year)", "FOREVER"),
    Defect("length of a step ignored", "abm/population/constants_of.py",
           "years = months / 12.0\n", "years = 1.0 / 12.0\n", (*EXACT, *CLOSED)),
    Defect("lag from activity to disease ignored", "abm/population/constants_of.py",
           "np.exp(-years / lag) for lag in lags", "np.exp(-years / 0.02) for lag in lags",
           (*EXACT, *CLOSED, UNIT + "test_model.py")),
    # options ignored
    Defect("reach ignored", "abm/scenario/plan.py",
           "rules.covered_so_far(number(policy.reach)", "rules.covered_so_far(number(1.0)"),
    Defect("uptake ignored", "abm/scenario/plan.py",
           "uptake=single([policy.uptake for", "uptake=single([1.0 for"),
    Defect("ramp off", "abm/scenario/plan.py",
           "policy.ramp_years * 12.0", "policy.ramp_years * 0.0"),
    Defect("everybody who comes back is taken", "abm/scenario/plan.py",
           "found = [everybody if share is None else share for",
           "found = [everybody if True else share for",
           (UNIT + "test_budgets.py",)),
    Defect("adherence ignored", "abm/scenario/plan.py",
           "_integers([0 if a is None else 1 for a in stay])", "_integers([0 for a in stay])"),
    Defect("overrides ignored", "abm/evidence/parameters.py",
           "        if path in checked:\n            values[path] = checked[path]\n        else:\n"
           "            values[path] =", "        if True:\n            values[path] =",
           (UNIT + "test_parameters.py",)),
    Defect("entries drawn together come apart", "abm/evidence/parameters.py",
           "quantiles.get(entry.drawn_with or path)", "quantiles.get(path)",
           (UNIT + "test_parameters.py",)),
    Defect("cap of the dose ignored", "abm/population/risks.py",
           'cap=SINGLE(p["disease.dose_cap"])', "cap=SINGLE(140.0)", CLOSED),
    Defect("survey weights ignored", "abm/population/survey.py",
           "np.cumsum(weight) / weight.sum()", "np.arange(1.0, len(used) + 1.0) / len(used)",
           (UNIT + "test_survey.py",)),
    Defect("fixed cost left out of a budget", "abm/scenario/budgets.py",
           "(self.cost.budget_per_year - fixed)", "self.cost.budget_per_year",
           (UNIT + "test_budgets.py",)),
    # the model's parts
    Defect("direct term missing", "abm/rules/disease.py",
           "return il6_slope * il6_pathway + direct", "return il6_slope * il6_pathway", RULES),
    Defect("causal share not applied", "abm/population/risks.py",
           "disease.net_factor(p[each.evidence.causal_share], factor, correction)",
           "disease.net_factor(1.0, factor, correction)", (*DILUTION, *CLOSED)),
    Defect("dilution of a report not undone", "abm/rules/disease.py",
           "return causal_share * (1.0 + correction * (dilution_factor - 1.0))",
           "return causal_share", DILUTION),
    Defect("a report taken for the habit", "abm/population/dilution.py",
           "activity.latent_report(latent, scores[r], habits.occasion_share)",
           "activity.latent_report(latent, scores[r], SINGLE(1e-6))", DILUTION),
    Defect("a cohort whose habits do not drift", "abm/population/dilution.py",
           "activity.drifted(slow, habits.slow_keep, SINGLE(normals[year + 1]))",
           "activity.drifted(slow, SINGLE(1.0), SINGLE(normals[year + 1]))", DILUTION),
    Defect("no limit to the factor of dilution", "abm/population/dilution.py",
           'return np.minimum(factors, p["activity.dilution.highest_factor"])', "return factors",
           DILUTION),
    Defect("slopes between persons taken for causal ones", "abm/population/risks.py",
           "max(p[each.evidence.il6_causal_slope], 0.0)",
           "max(p[each.evidence.il6_between_person_slope], 0.0)", (*EXACT, *CLOSED)),
    Defect("exit rate omitted", "abm/population/risks.py",
           "exits = np.array([r.exit_rate for r in rates])",
           "exits = np.array([0.0 * r.exit_rate for r in rates])",
           ("tests/verification/test_baseline.py", *CLOSED)),
    Defect("case fatality applied twice", "abm/population/risks.py",
           "case_fatality=rows_by_cell(deaths.causes.case_fatality)",
           "case_fatality=rows_by_cell(2.0 * deaths.causes.case_fatality)", CLOSED),
    Defect("training time constants swapped", "abm/rules/il6.py",
           "keep_falling if set_point < state else keep_rising",
           "keep_rising if set_point < state else keep_falling", RULES),
    Defect("frozen IL-6 is not frozen", "abm/kernel/participation.py",
           "led_to if more and not frozen else", "led_to if more else",
           (UNIT + "test_exactness.py", UNIT + "test_oracle_quick.py")),
    # counting
    Defect("tallies of a part counted twice", "abm/running/queue.py",
           "        added(under_way.counts, part.counts)\n",
           "        added(under_way.counts, part.counts)\n"
           "        added(under_way.counts, part.counts)\n"),
    Defect("comparator of the wrong arm", "abm/results/effects.py",
           "[totals(counts, w) for counts in runs]", "[totals(counts, 0) for counts in runs]"),
    Defect("time ill counted as time at risk", "abm/results/outcomes.py",
           "(x[..., c.T_PERSON_YEARS, None] - ill)", "(x[..., c.T_PERSON_YEARS, None] + 0 * ill)",
           (*EXACT, UNIT + "test_individuals.py")),
    Defect("wrong quantile of IL-6", "abm/results/outcomes.py",
           "QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)",
           "QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.90)"),
    Defect("interval of one standard error", "abm/results/effects.py",
           'lower": value - NORMAL_95 * error', 'lower": value - 1.0 * error'),
    Defect("parameter interval mislabelled", "abm/results/effects.py",
           'table["outcome"].map(quantiles[0.025])', 'table["outcome"].map(quantiles[0.975])'),
    Defect("error of a mean without its root", "analysis/certainty/uncertainty.py",
           "found.std(ddof=1) / math.sqrt(len(found))", "found.std(ddof=1) / len(found)",
           (UNIT + "test_uncertainty.py",)),
    Defect("curves move with the full width of their interval", "abm/population/curves.py",
           "/ (2.0 * NORMAL_95)", "/ 1.96",
           (UNIT + "test_parameters.py", UNIT + "test_rules.py")),
    Defect("a figure of the evidence mistyped", "abm/evidence/disease.yaml",
           "uncertainty: lognormal, 1.83 to 2.19", "uncertainty: lognormal, 1.38 to 2.19",
           (UNIT + "test_transcription.py",)),
)  # fmt: skip
