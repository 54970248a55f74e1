"""The oracle: the same model as an idiomatic Mesa program, one agent per person, in plain Python.

Slow and easy to read. It shares the rules, the addresses of the draws and the calibrated constants
with the kernel, and nothing else: the order of a month, the twin-less worlds, the handling of
events are written a second time here. A world is a model of its own.
"""

import mesa

from abm.conditions import CONDITIONS
from abm.kernel import draws
from abm.kernel import layout as c
from abm.kernel.blocks import seed_words
from abm.population.setup import Setup
from abm.rules import activity, depression, disease, il6, mortality, policy
from tests.oracle_people import (
    NEVER,
    Course,
    Life,
    carried,
    diabetes_ratio_at,
    enter,
    log_ratio_at_dose,
    plain,
    quality_of,
    set_point,
    spikes_of,
    take_body_and_habit,
    take_multiplier,
)


class Person(mesa.Agent):
    """One adult of one world."""

    def __init__(self, model: "OracleModel", slot: int, entry: int) -> None:
        super().__init__(model)
        enter(self, model.constants, slot, entry, model.seed_words)
        self.courses = [Course() for _ in model.plan.start]
        self.life = Life(self.sex, [NEVER] * c.N_DISEASES)
        self.ill_at_start = list(self.ill)
        model.lives[slot, entry] = self.life

    # January

    def turn_year(self) -> None:
        """Grow a year older; let the slow processes move by their exact transition."""
        habits, inflammation = self.model.constants.activity, self.model.constants.inflammation
        words = draws.philox(self.slot, self.entry, draws.YEAR, self.model.year, *self.seed)
        if self.age < c.OLDEST:
            self.age += 1
            self.cell += 1
        self.slow = activity.drifted(self.slow, habits.slow_keep, draws.normal(words[0]))
        self.occasion = draws.normal(words[1])
        self.drift = activity.drifted(
            self.drift, inflammation.drift_keep, inflammation.drift_sd * draws.normal(words[2])
        )
        take_body_and_habit(self, self.model.constants)

    def start_year(self) -> None:
        """Set what holds for the year, then hear of policies."""
        take_multiplier(self, self.model.constants.inflammation)
        risks = self.model.constants.disease
        inactive = self.model.constants.diabetes_to_date[self.model.year][self.cell]
        self.diabetes_met = disease.diabetes_hazard_met(
            self.diabetes_met, self.diabetes_to_date, inactive,
            diabetes_ratio_at(risks, self.average[c.LAG_OF_CLOCK[c.DIABETES]]),
        )  # fmt: skip
        self.diabetes_to_date = inactive
        self.expected_diabetes = disease.expected_diabetes_share(self.diabetes_met)
        self.set_steady_hazards()
        for p in range(len(self.courses)):
            self.hear_of(p)

    def hear_of(self, p: int) -> None:
        """Be offered a policy in the month in which its reach comes to this person."""
        plan, year, course = self.model.plan, self.model.year, self.courses[p]
        if course.offered or not plan.start[p] <= year < plan.end[p]:
            return
        illnesses = sum(1 << k for k in range(c.N_DISEASES) if self.ill[k])
        if not policy.is_eligible(
            float(self.age), plan.youngest[p], plan.oldest[p], self.sex, plan.sex[p],
            self.reported, plan.dose_below[p], self.bmi, plan.bmi_above[p],
            self.deprivation, plan.fifths[p], illnesses, plan.illnesses[p],
        ):  # fmt: skip
            return
        words = draws.philox(self.slot, self.entry, draws.POLICY_OFFER, plan.key[p], *self.seed)
        for month in range(12):
            if policy.is_offered(draws.uniform(words[0]), self.model.covered[p][12 * year + month]):
                course.offered = True
                if policy.accepts(draws.uniform(words[1]), plan.uptake[p]):
                    course.starts = year + month / 12.0
                return

    def set_steady_hazards(self) -> None:
        """Set the part of every log hazard that holds until January or the next event."""
        risks = self.model.constants.disease
        self.steady = []
        for k in range(c.N_CLOCKS):
            if k < c.N_DISEASES and k != c.DEPRESSION and self.ill[k]:
                self.steady.append(risks.log_exit[k][self.cell])
                continue
            log_hazard = risks.log_reference[k][self.cell] + carried(self, risks, k)
            log_hazard += disease.diabetes_log_ratio(
                risks.diabetes_ratio[k], float(self.ill[c.DIABETES]), self.expected_diabetes
            )
            brought = zip(risks.while_ill_log_ratio[k], self.ill, strict=True)
            log_hazard += sum(ratio * ill for ratio, ill in brought)
            if k == c.DEPRESSION:
                log_hazard = self.in_course(log_hazard)
            self.steady.append(log_hazard)

    def in_course(self, onset: float) -> float:
        """Return the steady log hazard of leaving the present state of depression."""
        risks = self.model.constants.disease
        onset += disease.recent_event_log_ratio(
            risks.recent_ratio, self.model.year - self.last_vascular
        )
        return depression.log_hazard(
            self.course, onset, risks.course_log_rate[self.course][self.cell],
            risks.log_reference[c.DEPRESSION][self.cell], risks.applies_to_recurrence,
        )  # fmt: skip

    def excess(self, ill: list[bool]) -> list[float]:
        """Return what of the person's excess hazard of death is put down to each disease."""
        risks = self.model.constants.disease
        found = [
            self.excess_alone(k) if ill[k] and k in c.BY_OWN_RATE else 0.0
            for k in range(c.N_DISEASES)
        ]
        which, alone = 0, {}
        for place, k in enumerate(c.CHRONIC):
            which = mortality.combination(which, place, float(ill[k]))
            if ill[k]:
                alone[k] = risks.excess_of_several[1 << place][self.cell]
        whole = risks.excess_of_several[which][self.cell]
        for k, own in alone.items():
            found[k] = whole * mortality.share_of_excess(own, sum(alone.values()), len(alone))
        return found

    def excess_alone(self, k: int) -> float:
        """Return what a disease adds by itself, by the years since it began."""
        risks = self.model.constants.disease
        by_year, last = risks.excess_by_year[k], c.N_YEARS_ILL - 1
        since = max(self.model.year - self.began[k], 0.0)
        this, following = (by_year[min(int(since) + more, last)] for more in (0, 1))
        return risks.excess[k][self.cell] * mortality.over_a_year(since % 1.0, this, following)

    # A month

    def step(self) -> None:
        """Live one step: policies, dose, training, lagged doses, hazards, events."""
        constants, step = self.model.constants, self.model.constants.step
        before_il6, before_dose = self.training, list(self.average)
        self.exercise()
        towards = self.set_point
        self.training = il6.training_after(before_il6, towards, step.falling, step.rising)
        middle = il6.training_after(before_il6, towards, step.falling_half, step.rising_half)
        share = constants.inflammation.signalling_share
        self.pathway = il6.log_signalling(middle, share, self.log_ratio)
        self.dose_in_middle = []
        for lag in range(c.N_LAGS):
            self.dose_in_middle.append(
                activity.toward(before_dose[lag], self.dose, step.lag_half[lag])
            )
            self.average[lag] = activity.toward(before_dose[lag], self.dose, step.lag[lag])
        self.signalling_led_to = [
            il6.log_signalling(
                set_point(
                    constants.inflammation, dose * self.quality, self.multiplier,
                    dose * spikes_of(constants.inflammation, self.mix),
                ),
                share, 0.0,
            )
            for dose in self.dose_in_middle
        ]  # fmt: skip
        self.handle_events()

    def exercise(self) -> None:
        """Set this step's dose, its quality, and where it leads resting IL-6."""
        plan, habits = self.model.plan, self.model.constants.activity
        inflammation = self.model.constants.inflammation
        modes = [self.habit * share for share in self.modes]
        extra = [0.0] * 4
        self.log_ratio = 0.0
        for p, course in enumerate(self.courses):
            dosed, part = self.take_part(p, course)
            for mode in range(4):
                extra[mode] += dosed * plan.dose[p][mode]
            extra[0] += dosed * policy.top_up(self.habit, plan.raised_to[p])
            self.log_ratio += part * plan.log_ratio[p]
        whole = self.habit + sum(extra)
        self.mix = self.modes
        if sum(extra) > 0.0:
            self.mix = [(own + more) / whole for own, more in zip(modes, extra, strict=True)]
        self.dose = dose = min(whole, habits.highest)
        self.quality = quality_of(habits, self.mix)
        quality, mix = self.quality, self.mix
        if self.model.il6_frozen:
            self.log_ratio = 0.0
            quality, mix, dose = quality_of(habits, self.modes), self.modes, self.habit
        self.set_point = set_point(
            inflammation, dose * quality, self.multiplier, dose * spikes_of(inflammation, mix)
        )

    def take_part(self, p: int, course: Course) -> tuple[float, float]:
        """Return the shares of full dose and of adherence over the step."""
        plan, start, end = self.model.plan, self.model.step_start, self.model.step_end
        dosed = part = 0.0
        if course.episodes == 0 and course.starts < end:
            self.begin_episode(p, course, course.starts)
        while course.started < end:
            times = (start, end, course.started, course.stopped)
            dosed += policy.participation(*times, plan.build_up[p])
            part += policy.adherent_share(*times)
            until = policy.delivered_until(course.started, course.stopped, plan.delivery[p])
            served = policy.adherent_share(start, end, course.started, until)
            self.life.served += served * (end - start)
            if course.rejoins >= min(end, plan.end[p]):
                break
            self.begin_episode(p, course, course.rejoins)
        self.life.participation += part * (end - start)
        return dosed, part

    def begin_episode(self, p: int, course: Course, at: float) -> None:
        """Start taking part, and draw how long it lasts and when the next time begins."""
        plan = self.model.plan
        purpose = draws.POLICY_EPISODE + 256 * course.episodes
        words = draws.philox(self.slot, self.entry, purpose, plan.key[p], *self.seed)
        course.episodes += 1
        course.started, course.stopped = at, NEVER
        taken = course.episodes == 1 or policy.is_taken_back(
            draws.uniform(words[2]), self.model.returning[p][self.model.year]
        )
        if not taken:
            course.stopped = at
        elif plan.quits[p]:
            course.stopped = at + policy.years_taking_part(
                draws.uniform(words[0]), plan.quit_12_weeks[p], plan.early_shape, plan.stays[p],
                plan.half_life[p],
            )  # fmt: skip
        wait = policy.years_until_rejoining(draws.exponential(words[1]), plan.rejoin[p])
        course.rejoins = course.stopped + wait

    def hazard(self, k: int) -> float:
        """Return a clock's hazard in this step [per year]."""
        risks, lag = self.model.constants.disease, c.LAG_OF_CLOCK[k]
        log_ratio = disease.activity_and_il6(
            risks.net_factor[k],
            log_ratio_at_dose(risks, k, self.dose_in_middle[lag]),
            risks.il6_slope[k],
            self.pathway,
            self.signalling_led_to[lag],
        )
        follows = 0.0 if k < c.N_DISEASES and self.ill[k] else 1.0
        if k == c.DEPRESSION:
            follows = depression.follows(self.course, risks.applies_to_recurrence)
        if k == c.ALL_ELSE:
            own = disease.hazard(self.steady[k], 0.0, 0.0)
            own *= disease.partly_responding(risks.responds[self.cell], log_ratio)
            return mortality.death_hazard(own, sum(self.excess(self.ill)))
        return disease.hazard(self.steady[k], follows, log_ratio)

    def handle_events(self) -> None:
        """Let the step's events happen one after the other, until none is left or one kills."""
        years = self.model.constants.step.years
        at = 0.0
        ill_at_first = list(self.ill)
        hazards = [self.hazard(k) for k in range(c.N_CLOCKS)]
        since = [0.0] * c.N_CLOCKS
        while True:
            reached = []
            for k in range(c.N_CLOCKS):
                increase = hazards[k] * years * (1.0 - since[k])
                if self.accumulated[k] + increase >= self.tolerance[k]:
                    share = disease.crossing_share(self.tolerance[k], self.accumulated[k], increase)
                    reached.append((since[k] + (1.0 - since[k]) * share, k))
            if not reached:
                break
            was, (at, k) = at, min(reached)
            when = self.model.step_start + at * years
            self.spend(years * (at - was))
            if k >= c.N_DISEASES:
                named = k < c.ALL_ELSE
                self.die(when, k if named else self.cause_of_death(hazards[k], ill_at_first))
                return
            if self.turn(k, when):
                self.die(when, k)
                return
            self.accumulated[k], since[k], hazards[k] = 0.0, at, self.hazard(k)
        self.spend(years * (1.0 - at))
        for k in range(c.N_CLOCKS):
            self.accumulated[k] += hazards[k] * years * (1.0 - since[k])

    def spend(self, years: float) -> None:
        """Book time lived, and time at risk of what one does not have."""
        self.life.alive += years
        self.life.depressed += years * self.ill[c.DEPRESSION]
        for k in range(c.N_DISEASES):
            ever = self.course != depression.NEVER if k == c.DEPRESSION else self.ill[k]
            if not ever:
                self.life.at_risk[k] += years

    def turn(self, k: int, when: float) -> bool:
        """Fall ill or recover; return whether the event kills."""
        fatal = False
        if self.ill[k]:
            self.ill[k] = False
        else:
            self.episode[k] += 1
            words = self.clock_words(k)
            fatality = self.model.constants.disease.case_fatality[k][self.cell]
            fatal = mortality.dies_of_event(draws.uniform(words[2]), fatality)
            again = k == c.DEPRESSION and self.course != depression.NEVER
            if self.life.events[k] == 0 and not self.ill_at_start[k] and not again:
                self.life.onset[k] = when
            self.life.events[k] += not again
            self.ill[k], self.began[k] = True, when
            if CONDITIONS[k].raises == "for a year":
                self.last_vascular = when
        if k == c.DEPRESSION:
            self.move_on()
        self.tolerance[k] = draws.exponential(self.clock_words(k)[1 if self.ill[k] else 0])
        self.set_steady_hazards()
        return fatal

    def move_on(self) -> None:
        """Take the next step in the course of depression, which has just begun or ended."""
        if not self.ill[c.DEPRESSION]:
            self.course = depression.after_recovery(self.course)
            return
        self.life.episodes += 1
        risks, uniform = self.model.constants.disease, self.clock_words(c.DEPRESSION)[3]
        self.course = depression.after_onset(
            self.course, draws.uniform(uniform), risks.single_course, risks.recurrent_course
        )

    def clock_words(self, k: int) -> tuple[int, int, int, int]:
        """Return the words of the present episode of a disease."""
        purpose = CONDITIONS[k].clock_draw
        return draws.philox(self.slot, self.entry, purpose, self.episode[k], *self.seed)

    def cause_of_death(self, hazard: float, ill: list[bool]) -> int:
        """Draw the cause in proportion to what each adds to the hazard."""
        words = draws.philox(self.slot, self.entry, draws.CAUSE_OF_DEATH, 0, *self.seed)
        left = draws.uniform(words[0]) * hazard
        for k, excess in enumerate(self.excess(ill)):
            if CONDITIONS[k].kills == "while ill":
                continue  # what depression adds is put down to other causes
            if left < excess:
                return k
            left -= excess
        return c.ALL_ELSE

    def die(self, when: float, cause: int) -> None:
        """Leave the world for good."""
        self.life.death, self.life.cause = when, cause
        self.remove()

    def write_level(self) -> None:
        """Remember the usual ln IL-6."""
        i = self.model.constants.inflammation
        self.life.log_il6 = il6.usual_log_il6(
            i.reference, i.age_slope, self.age, i.bmi_slope, self.bmi, float(self.sex == c.MALE),
            i.male, self.smoker, i.smoker, self.training, self.person_effect, self.drift,
            self.log_ratio,
        )  # fmt: skip


class OracleModel(mesa.Model):
    """One world of a scenario, with its policies or without.

    Parameters
    ----------
    setup
        What :func:`abm.running.setup.set_up` makes of a scenario.
    run_seed
        The seed that addresses every draw.
    policies
        Whether this world has the scenario's policies.
    il6_frozen
        Whether the policies' doses fail to reach IL-6.
    """

    def __init__(
        self, setup: Setup, run_seed: int, policies: bool = True, il6_frozen: bool = False
    ) -> None:
        super().__init__(rng=run_seed)
        assert len(setup.sample) == 0, "the oracle knows synthetic people only"
        self.constants, self.plan = plain(setup.constants), plain(setup.plan)
        self.covered, self.returning = setup.covered.tolist(), setup.returning.tolist()
        if not policies:
            self.plan.start = []
        self.il6_frozen = il6_frozen
        self.seed_words = seed_words(run_seed)
        self.persons = setup.scenario.persons
        self.steps_per_year = setup.steps_per_year
        self.elapsed = 0
        self.lives: dict[tuple[int, int], Life] = {}
        for slot in range(self.persons):
            Person(self, slot, 0)

    @property
    def year(self) -> int:
        """Years since the start, whole."""
        return self.elapsed // self.steps_per_year

    def step(self) -> None:
        """Live one step."""
        within = self.elapsed % self.steps_per_year
        self.step_start = self.year + within / self.steps_per_year
        self.step_end = self.year + (within + 1) / self.steps_per_year
        if within == 0:
            self.open_january()
        self.agents.shuffle_do("step")
        self.elapsed += 1

    def open_january(self) -> None:
        """Turn the year, let 20-year-olds enter, offer policies."""
        if self.year > 0:
            self.agents.do("turn_year")
            for slot in self.entrant_slots():
                Person(self, slot, self.year)
        self.agents.do("start_year")

    def entrant_slots(self) -> list[int]:
        """Return the slots that own an entrant this year."""
        rate, phase = self.constants.entrant_rate, self.year * 0.6180339887498949 % 1.0
        return [
            p for p in range(self.persons) if int((p + 1) * rate + phase) > int(p * rate + phase)
        ]

    def run(self, years: int) -> dict[tuple[int, int], Life]:
        """Live whole years; return everybody's life by slot and year of entry."""
        for _ in range(years * self.steps_per_year):
            self.step()
        self.agents.do("write_level")
        return self.lives
