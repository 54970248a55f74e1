"""The integrals of calibration, dilution and years since diagnosis again: slow, double precision.

Written a second time with whole arrays over nodes, one cell at a time, from the same constants.
"""

from itertools import product
from typing import Any

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray

from abm.kernel import layout as c
from abm.population import calibration
from abm.rules import activity, depression

Table = NDArray[np.float64]
dose_of = np.vectorize(activity.dose)


def curve(risks: Any, k: int, dose: Table) -> Table:
    """Return the published log relative risk of a clock at doses."""
    pieces, knots = risks.curve[k].astype(float), [0.0, *map(float, risks.knots)]
    held = np.minimum(dose, float(risks.cap))
    found = pieces[0] * np.minimum(held, knots[1])
    for i in range(1, 4):
        u = np.clip(held - knots[i], 0.0, knots[i + 1] - knots[i])
        line, square, cube = pieces[3 * i - 2 : 3 * i + 1]
        found = found + u * line + u**2 * square + u**3 * cube
    return found


class Cell:
    """One sex and age: its nodes, who is alive and who has what; ``rounding`` blunts log ratios."""

    def __init__(self, habits, body, risks, p, prevalence, lived, sex, a, rounding=np.float64):
        self.risks, self.cell, self.sex, self.p = risks, sex * c.N_AGES + a, sex, p
        self.prevalence, self.rounding = prevalence[:, sex, a], rounding
        self._set_nodes(habits, body)
        self._set_weights(body, lived, a)
        self._set_ill()

    def _set_nodes(self, habits, body):
        counts = calibration.BMI_NODES, calibration.HABIT_NODES, calibration.IL6_NODES
        (b, wb), (h, wh), (v, wv) = (hermegauss(n) for n in counts)
        grid = product(range(5), range(len(b)), range(len(h)), range(2), range(len(v)))
        d, i, j, s, m = np.array(list(grid)).T
        self.fifth, self.smoker = d, s.astype(float)
        self.start = 0.2 * wb[i] * wh[j] * wv[m] / (wb.sum() * wh.sum() * wv.sum())
        person, drift = self.p["il6.person_sd"], self.p["il6.drift_sd"]
        self.lasting = person**2 / (person**2 + drift**2)
        self.own = np.sqrt(person**2 + drift**2) * v[m]
        mean = body.bmi_log_mean[self.cell * 5 : self.cell * 5 + 5].astype(float)
        self.bmi = np.exp(mean[d] + float(body.bmi_log_sd[self.cell]) * b[i])
        latent = float(habits.tendency[self.cell]) + float(habits.tendency_bmi) * b[i]
        latent += float(habits.tendency_deprivation) * (d - 2.0)
        latent += float(habits.residual_sd[self.sex]) * h[j]
        of_sex = habits.zero_share[self.sex], habits.median[self.sex]
        self.dose = dose_of(
            latent, float(of_sex[0]), float(habits.low_ceiling), float(of_sex[1]),
            float(habits.log_sd), float(habits.highest),
        )  # fmt: skip

    def by_dose(self, k):
        """Return the log hazard ratio of the dose."""
        follows = float(self.risks.net_factor[k]) * curve(self.risks, k, self.dose)
        if k != c.ALL_ELSE:
            return follows
        share = float(self.risks.responds[self.cell])
        return np.log(1.0 - share + share * np.exp(follows))

    def log_ratio(self, k, share=1.0):
        """Return the log hazard ratio of a clock, of IL-6 a ``share``, diabetes left out."""
        risks, cell = self.risks, self.cell
        over = np.maximum(self.bmi, float(risks.bmi_floor[k])) - 25.0
        found = float(risks.between_slope[k]) * self.own * share + self.by_dose(k)
        found += (
            float(risks.bmi_slope[k, cell]) * over + float(risks.smoking[k, cell]) * self.smoker
        )
        found += float(risks.deprivation[k, self.sex]) * (2.0 - self.fifth) / 4.0
        return found.astype(self.rounding).astype(float)

    def by_fifth(self, values):
        """Return sums over the nodes of each fifth."""
        return np.bincount(self.fifth, values, 5)

    def _set_weights(self, body, lived, a):
        met = 0.0
        for place in range(c.N_DEATH_CLOCKS):
            tilt = lived.tilts[place, self.sex][self.fifth] * lived.to_date[place, self.sex, a]
            met = met + np.exp(self.log_ratio(c.N_DISEASES + place, self.lasting)) * tilt
        weight = self.start * np.exp(-met)
        published = body.smoking_share[self.cell * 5 : self.cell * 5 + 5].astype(float)
        smokers, others = (self.by_fifth(weight * (self.smoker == s)) for s in (1, 0))
        share = published / smokers / (published / smokers + (1.0 - published) / others)
        fifths = smokers * share + others * (1.0 - share)
        of_node = np.where(self.smoker == 1, share[self.fifth], 1.0 - share[self.fifth])
        self.weight = weight * of_node / fifths.sum()
        self.smoking, self.fifths = share, fifths / fifths.sum()

    def _set_ill(self):
        risks, target = self.risks, self.prevalence
        ratio = np.exp(self.by_dose(c.DIABETES))
        self.inactive = -np.log1p(-target[c.DIABETES]) / (self.weight @ ratio)
        switched = self.p["disease.diabetes_within_activity_curve"] > 0.0
        expected = 1.0 - np.exp(-self.inactive * ratio) if switched else 0.0 * ratio
        more = risks.diabetes_ratio.astype(float)
        self.hazard = np.empty((c.N_CLOCKS, 2, self.weight.size))
        for k in range(c.N_CLOCKS):
            own = np.exp(self.log_ratio(k)) / (1.0 + (more[k] - 1.0) * expected)
            self.hazard[k] = own, more[k] * own
        self.chance = np.zeros((c.N_DISEASES, 2, self.weight.size))
        self.intercept = np.full(c.N_DISEASES, -1e3)
        self.part = np.array([self.weight, 0.0 * self.weight])
        self._solve(c.DIABETES)
        has = self.chance[c.DIABETES, 0].copy()
        self.part = self.weight * np.array([1.0 - has, has])
        self.chance[c.DIABETES] = [0.0 * has, 0.0 * has + 1.0]
        self.ever = np.zeros_like(self.part)
        for k in range(c.N_DISEASES):
            if k != c.DIABETES:
                self._solve(k)

    def _solve(self, k):
        """Find by halving where prevalence is on target."""
        of_ever = float(self.risks.course_share[depression.AGAIN, self.cell])
        depressed = k == c.DEPRESSION
        if self.prevalence[k] <= 0.0:
            return
        low, high = -60.0, 30.0
        for _ in range(100):
            middle = (low + high) / 2.0
            met = np.exp(middle) * self.hazard[k]
            has = of_ever * -np.expm1(-met) if depressed else met / (1.0 + met)
            low, high = (
                (middle, high) if (self.part * has).sum() < self.prevalence[k] else (low, middle)
            )
        self.chance[k], self.intercept[k] = has, middle
        if depressed:
            self.ever = has / of_ever

    def belong(self, group):
        """Return the share at each node who belong to a group of the ill, (2, nodes)."""
        if group >= c.N_COMBINATIONS:
            return self.chance[c.BY_OWN_RATE[group - c.N_COMBINATIONS]]
        has = [group >> place & 1 == 1 for place in range(len(c.CHRONIC))]
        pairs = zip(has, c.CHRONIC, strict=True)
        return np.prod(
            [self.chance[k] if yes else 1.0 - self.chance[k] for yes, k in pairs], axis=0
        )

    def have_not(self, k, group):
        """Return the chance at each node that somebody of a group does not have disease ``k``."""
        if group < c.N_COMBINATIONS and k in c.CHRONIC:
            return 0.0 if group >> c.CHRONIC.index(k) & 1 else 1.0
        own = group >= c.N_COMBINATIONS and c.BY_OWN_RATE[group - c.N_COMBINATIONS] == k
        return 0.0 if own else 1.0 - self.chance[k]

    def raised(self, k):
        """Return a disease's hazard ratio with what other diseases bring, (2, nodes)."""
        found = self.hazard[k].copy()
        for j in range(c.N_DISEASES):
            found *= 1.0 + np.expm1(float(self.risks.while_ill_log_ratio[k, j])) * self.chance[j]
        if k == c.DEPRESSION:
            shares = self.risks.recent_share[:, self.cell].astype(float)
            recent = sum(
                share * self.chance[v] for share, v in zip(shares, c.VASCULAR, strict=True)
            )
            found *= 1.0 + (float(self.risks.recent_ratio) - 1.0) * recent
        return found

    def sums(self):
        """Return all that :class:`abm.population.integrals.Sums` holds of this cell."""
        groups, own = range(c.N_GROUPS_OF_ILL), c.BY_OWN_RATE
        part = np.array([self.part * self.belong(g) for g in groups])
        deaths = self.hazard[c.N_DISEASES :]
        raised = np.array([self.raised(k) for k in range(c.N_DISEASES)])
        free = [self.ever if k == c.DEPRESSION else self.chance[k] for k in range(c.N_DISEASES)]
        at_risk = self.part * raised * (1.0 - np.array(free))
        applies = float(self.risks.applies_to_recurrence)
        again = (self.part * self.ever * raised[c.DEPRESSION] ** applies).sum()
        known = (self.part * deaths[:-1]).sum(axis=1)
        return {
            "intercept": self.intercept,
            "at_risk": np.array([self.by_fifth(each.sum(axis=0)) for each in at_risk]),
            "having": np.array([self.by_fifth(each.sum(axis=0)) for each in part]),
            "death": np.einsum("ktn,gtn->kg", deaths[:-1], part),
            "known": np.array([self.by_fifth(each) for each in known]),
            "all_else": np.array([self.by_fifth((each * deaths[-1]).sum(axis=0)) for each in part]),
            "ill": np.array(
                [[(part[g] * (1.0 - self.have_not(k, g))).sum() for g in groups] for k in own]
            ),
            "events": np.array(
                [
                    [(part[g] * raised[k] * self.have_not(k, g)).sum() for g in groups]
                    for k in range(c.N_DISEASES)
                ]
            ),
            "inactive_diabetes": self.inactive,
            "smoking": self.smoking,
            "fifths": self.fifths,
            "recurring": np.log(again / (self.part * self.ever).sum()),
        }


def years_since_diagnosis(rates: Any, by_year: Table) -> tuple[Table, Table]:
    """Return shares by whole years since diagnosis and mean excess, month by month."""
    whole = np.minimum(np.arange(12 * c.N_YEARS_ILL + 1) // 12, c.N_YEARS_ILL - 1)
    passed = (np.arange(whole.size) % 12 + 0.5) / 12.0
    later = by_year[np.minimum(whole + 1, c.N_YEARS_ILL - 1)]
    january = (1.0 - passed) * by_year[whole] + passed * later
    share, mean = np.zeros((c.N_YEARS_ILL, 2, c.N_AGES)), np.zeros((2, c.N_AGES))
    for sex, cases in product(range(2), [np.zeros(whole.size)]):
        for age in range(c.N_AGES):
            share[:, sex, age] = np.bincount(whole, cases) / max(cases.sum(), 1e-30)
            rate, deaths, persons = january, 0.0, 0.0
            for _ in range(12):
                now = rate @ cases / cases.sum() if cases.any() else by_year[0]
                deaths, persons = deaths + now * cases.sum(), persons + cases.sum()
                leaving = rates.excess[sex, age] * rate / now + rates.exit_rate[sex, age]
                left = cases * np.exp(-leaving / 12.0)
                cases = np.append(rates.incidence[sex, age] / 12.0, left[:-1])
                cases[-1] += left[-1]
                rate = np.append(by_year[0], rate[:-1])
            mean[sex, age] = deaths / persons if persons else by_year.max()
    return share, mean


def dilution_factor(
    risks: Any, habits: Any, k: int, lag: float, cohort: Any, reports: Any
) -> float:
    """Return the factor of a curve by the same courses of habits; ``reports`` nodes and weights."""
    years, cells = cohort.tendency.shape
    there = cohort.there.reshape(cells, -1)[0] > 0.0
    normals = cohort.normals.astype(float).reshape(years + 1, cells, -1)[:, :, there]
    lasting, slow = float(habits.for_life_share), float(habits.slow_share)
    root = np.sqrt(lasting / (lasting + slow)), np.sqrt(slow / (lasting + slow))
    keep, noise = float(habits.slow_keep), float(habits.occasion_share)
    life, drift = (
        root[0] * normals[0] + root[1] * normals[1],
        root[1] * normals[0] - root[0] * normals[1],
    )
    sex = cohort.sex[:, None]

    def doses(latent):
        return dose_of(
            latent, habits.zero_share.astype(float)[sex], float(habits.low_ceiling),
            habits.median.astype(float)[sex], float(habits.log_sd), float(habits.highest),
        )  # fmt: skip

    acting, average, heard = [], 0.0, []
    for year in range(years):
        drift = drift if year == 0 else keep * drift + np.sqrt(1.0 - keep**2) * normals[year + 1]
        own = habits.residual_sd.astype(float)[sex] * (root[0] * life + root[1] * drift)
        latent = cohort.tendency[year].astype(float)[:, None] + own
        now = doses(latent)
        if year == 0:
            average = now
            scores = [np.sqrt(1.0 - noise) * latent + np.sqrt(noise) * x for x in reports[0]]
            heard = np.array([curve(risks, k, doses(each)) for each in scores])
        acting.append(curve(risks, k, now + (average - now) * np.exp(-0.5 / lag)))
        average = now + (average - now) * np.exp(-1.0 / lag)
    share = np.asarray(reports[1])[:, None, None]
    expected = share * np.exp(heard)
    level = (expected * heard).sum(axis=(0, 2)) / expected.sum(axis=(0, 2))
    centred = cohort.weight[:, None] * ((share * heard).sum(axis=0) - level[:, None])
    low, high = 0.0, 10.0
    for _ in range(60):
        middle = (low + high) / 2.0
        score = (centred * np.exp(middle * np.array(acting)).sum(axis=0)).sum()
        low, high = (middle, high) if score < 0.0 else (low, middle)
    return middle
