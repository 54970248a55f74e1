"""The columns of a block: where each quantity of a person stands.

People are rows of two arrays per world, one of single-precision numbers and one of 32-bit
integers, each of shape ``(columns, capacity)``: one quantity of all people lies together, as the
stages need it, and a person is copied by copying one column index. The constants here are row
numbers of those arrays, handed out one after the other; how many a disease or a lag needs follows
from the table of conditions. The last columns are per policy.
"""

from typing import Final

from abm.conditions import CAUSES as CAUSES
from abm.conditions import CONDITIONS, LAGS, where
from abm.conditions import DISEASES as DISEASES
from abm.modes import MODES as MODES_OF_EXERCISE


class Columns:
    """Hands out the rows of an array: never one twice, and none is left out."""

    def __init__(self) -> None:
        """Begin with none."""
        self.size = 0
        self.first_and_count: list[tuple[int, int]] = []

    def take(self, count: int = 1) -> int:
        """Return the first of the next ``count`` rows."""
        first = self.size
        self.first_and_count.append((first, count))
        self.size += count
        return first


# Conditions. A clock runs for each; diseases come first, so that both share their places.
N_DISEASES: Final = len(DISEASES)
N_CLOCKS: Final = len(CAUSES)
N_DEATH_CLOCKS: Final = N_CLOCKS - N_DISEASES
ALL_ELSE: Final = N_CLOCKS - 1  # the last: with it run what diseases add, and what follows nothing
DIABETES: Final = where(raises="against expectation")[0]
DEPRESSION: Final = where(kind="recurrent")[0]
# by disease, for compiled loops
KILLS_LATER: Final = tuple(each.kills != "never" for each in CONDITIONS if each.is_disease)
KILLS_BY_OWN_RATE: Final = tuple(
    each.kills in ("by published excess", "by all-cause ratio", "while ill")
    for each in CONDITIONS
    if each.is_disease
)  # whatever else one has; chronic diseases kill by their combination
RAISES_WHILE_ILL: Final = tuple(
    each.raises == "while ill"
    or any(each.name in other.evidence.raised_while_ill_by for other in CONDITIONS)
    for each in CONDITIONS
)
RAISES_FOR_A_YEAR: Final = tuple(each.raises == "for a year" for each in CONDITIONS)
# whose events kill nobody, and to which deaths are put down
HARMLESS: Final = sum(
    1 << k for k in (*where(kills="never"), *where(kills="while ill")) if CONDITIONS[k].is_disease
)
IS_CAUSE: Final = tuple(each.kills != "while ill" for each in CONDITIONS)
# by place, for calibration
KILLERS: Final = tuple(k for k in range(N_DISEASES) if KILLS_LATER[k])
ACUTE: Final = where(kills="at the event and after")
BY_OWN_RATE: Final = tuple(k for k in KILLERS if KILLS_BY_OWN_RATE[k])
BY_ALL_CAUSE_RATIO: Final = where(kills="by all-cause ratio")
# what they add to death falls with the years since diagnosis, kept for so many and later
BY_YEARS_ILL: Final = where(kills="by published excess")
N_YEARS_ILL: Final = 12
CHRONIC: Final = tuple(k for k in KILLERS if not KILLS_BY_OWN_RATE[k])
N_COMBINATIONS: Final = 1 << len(CHRONIC)  # of chronic diseases, one bit each in their order
N_GROUPS_OF_ILL: Final = N_COMBINATIONS + len(BY_OWN_RATE)  # who dies at a rate of their own
VASCULAR: Final = where(raises="for a year")  # whose events bring depression
CAUSAL_ORDER: Final = tuple(sorted(range(N_DISEASES), key=lambda k: CONDITIONS[k].causal_place))
LAG_GROUPS: Final = tuple(LAGS)
N_LAGS: Final = len(LAG_GROUPS)
LAG_OF_CLOCK: Final = tuple(LAG_GROUPS.index(each.lag) for each in CONDITIONS)
CLOCK_DRAW: Final = tuple(each.clock_draw for each in CONDITIONS)
START_DRAW: Final = tuple(each.start_draw for each in CONDITIONS if each.is_disease)
MODES: Final = tuple(each.name for each in MODES_OF_EXERCISE)
N_MODES: Final = len(MODES)
SEXES: Final = ("male", "female")
MALE, FEMALE = range(2)
YOUNGEST: Final = 20
OLDEST: Final = 120
N_AGES: Final = OLDEST - YOUNGEST + 1

# Numbers: who the person is
NUMBERS: Final = Columns()
BMI_SCORE: Final = NUMBERS.take()
SMOKING_SCORE: Final = NUMBERS.take()
BMI: Final = NUMBERS.take()
SMOKER: Final = NUMBERS.take()
MODE_SHARE: Final = NUMBERS.take(N_MODES)
# habit
FOR_LIFE: Final = NUMBERS.take()
SLOW: Final = NUMBERS.take()
OCCASION: Final = NUMBERS.take()
HABIT_DOSE: Final = NUMBERS.take()
REPORTED_DOSE: Final = NUMBERS.take()
DOSE: Final = NUMBERS.take()
QUALITY: Final = NUMBERS.take()
POLICY_DOSE: Final = NUMBERS.take()
# IL-6
PERSON_EFFECT: Final = NUMBERS.take()
DRIFT: Final = NUMBERS.take()
TRAINING: Final = NUMBERS.take()
SET_POINT: Final = NUMBERS.take()
MULTIPLIER: Final = NUMBERS.take()
LOG_RATIO: Final = NUMBERS.take()
SPIKES: Final = NUMBERS.take()  # weekly exposure to spikes above rest [fold-hours]
AVERAGE: Final = NUMBERS.take(N_LAGS)  # lagged doses
# clocks
STEADY: Final = NUMBERS.take(N_CLOCKS)
FOLLOWS: Final = NUMBERS.take(N_CLOCKS)
ACCUMULATED: Final = NUMBERS.take(N_CLOCKS)
TOLERANCE: Final = NUMBERS.take(N_CLOCKS)
EXCESS: Final = NUMBERS.take()  # what illnesses add to the death hazard [per year]
# disease
ILL: Final = NUMBERS.take(N_DISEASES)
BEGAN: Final = NUMBERS.take(N_DISEASES)  # when the last event was [years since the start]
LAST_VASCULAR: Final = NUMBERS.take()
EXPECTED_DIABETES: Final = NUMBERS.take()
DIABETES_MET: Final = NUMBERS.take()  # hazard of it met by people with this history of activity
DIABETES_TO_DATE: Final = NUMBERS.take()  # the same of the inactive of this age
SPENT_HAZARD: Final = NUMBERS.take(N_DISEASES)  # until each onset of this run, all of them
SPENT_ON_EPISODES: Final = NUMBERS.take()  # the same of depression's episodes, the first and later
# the account of somebody whose worlds may differ, step by step since it was last settled; 0 without
CHANCE_NOW: Final = NUMBERS.take()  # to have lived so long
MET_NOW: Final = NUMBERS.take()  # hazard of death so far
SURVIVAL_OF_STEP: Final = NUMBERS.take()  # chance to survive the events of the step
LIVED: Final = NUMBERS.take()  # time to be lived since [years]
# what an account needs of the day on which it was last settled
SETTLED: Final = NUMBERS.take()  # when [years since the start]
CHANCE_BEFORE: Final = NUMBERS.take()  # to have lived so long
MET: Final = NUMBERS.take(N_DISEASES)  # hazard met so far while at risk; of depression, of a first
MET_OF_EPISODES: Final = NUMBERS.take()  # of all its episodes
MET_BEFORE: Final = NUMBERS.take(N_DEATH_CLOCKS)  # hazard of death so far, by clock
# and what events have brought since: case fatality of one lived through, 0 if there was none
SURVIVED: Final = NUMBERS.take(N_DISEASES)
# hazard of death that each disease has added, and until when that is noted: a disease that comes
# or goes counts for death from the next step on
LATER: Final = NUMBERS.take(N_DISEASES)
NOTED: Final = NUMBERS.take()
# this year
AT_RISK: Final = NUMBERS.take(N_DISEASES)  # shares of the year; of depression, of a first episode
WELL: Final = NUMBERS.take()  # share of the year without depression
ALIVE: Final = NUMBERS.take()  # share of the year
NOTHING: Final = NUMBERS.take()  # stays 0
SPIKE_PULL: Final = NUMBERS.take(N_LAGS)  # how far spikes pull a set point; 0 unless they drive it
N_SCRATCH: Final = max(N_CLOCKS, 12)
SCRATCH: Final = NUMBERS.take(N_SCRATCH)  # holds nothing from one stage to the next
N_NUMBERS: Final = NUMBERS.size
# per policy, after the fixed ones
POLICY_NUMBERS: Final = Columns()
STARTED: Final = POLICY_NUMBERS.take()
STOPPED: Final = POLICY_NUMBERS.take()
REJOINS: Final = POLICY_NUMBERS.take()
N_POLICY_NUMBERS: Final = POLICY_NUMBERS.size

INTEGERS: Final = Columns()
SLOT: Final = INTEGERS.take()
ENTRY: Final = INTEGERS.take()
REGISTER: Final = INTEGERS.take()
N_WHO: Final = 4
W_SEX, W_DEPRIVATION, W_AGE, W_CELL = range(N_WHO)  # the cell is sex * N_AGES + age - YOUNGEST
WHO: Final = INTEGERS.take(N_WHO)
SEX, DEPRIVATION, AGE, CELL = range(WHO, WHO + N_WHO)
EPISODE: Final = INTEGERS.take(N_DISEASES)  # how many events so far in this run
EVENTS: Final = INTEGERS.take(N_DISEASES)  # in this year; of depression, first episodes
COURSE: Final = INTEGERS.take()  # of depression: a state of abm.rules.depression
EPISODES: Final = INTEGERS.take()  # of depression in this year
CAUSE: Final = INTEGERS.take()  # -1 alive, else place in CAUSES
CROSSED: Final = INTEGERS.take()  # bit set of clocks that reached their tolerance in this step
DIVERGED: Final = INTEGERS.take()
OFFERED: Final = INTEGERS.take()  # bit set of policies: 32 bits tell no more of them apart
MOST_POLICIES: Final = 32
REACHED: Final = INTEGERS.take()
ACTIVITY_GROUP: Final = INTEGERS.take()
FRESH: Final = INTEGERS.take()  # entered this year
ROLE: Final = INTEGERS.take()  # see the roles below
N_INTEGERS: Final = INTEGERS.size
POLICY_INTEGERS: Final = Columns()
POLICY_EPISODES: Final = POLICY_INTEGERS.take()
N_POLICY_INTEGERS: Final = POLICY_INTEGERS.size
# Roles of a row: a life; the follow-up of one that has ended; the ended one itself
LIFE, FOLLOW_UP, ENDED = range(3)

# What is kept of each person for the whole run, by register: shape (columns, registers)
REGISTERS: Final = Columns()
ONSET_TIME: Final = REGISTERS.take(N_DISEASES)  # years since the start, 1e9 if never in this run
# hazard accumulated until the first onset
PAST_HAZARD: Final = REGISTERS.take(N_DISEASES)
EVENT_COUNT: Final = REGISTERS.take(N_DISEASES)
DEATH_TIME: Final = REGISTERS.take()
DEATH_CAUSE: Final = REGISTERS.take()
LIFE_YEARS: Final = REGISTERS.take()  # known once the run has been compared
PREVALENT: Final = REGISTERS.take(N_DISEASES)
EVER_DEPRESSED: Final = REGISTERS.take()  # on entering
EPISODE_COUNT: Final = REGISTERS.take()  # of depression, in this run
STRATUM_SEX: Final = REGISTERS.take()
STRATUM_DEPRIVATION: Final = REGISTERS.take()
APART: Final = REGISTERS.take()  # 1 once the person's worlds may differ
DEATH_HAZARD: Final = REGISTERS.take(N_DEATH_CLOCKS)  # so far, by death clock
ENTERED: Final = REGISTERS.take()  # years since the start
# the accounts of those whose worlds may differ, settled once a year
OPENED: Final = REGISTERS.take()  # when they were opened
FATALITY: Final = REGISTERS.take(N_DISEASES)  # case fatality at the person's age
MORE: Final = REGISTERS.take(N_DISEASES)  # hazard met at risk since then
MORE_DEATH: Final = REGISTERS.take()  # of all death clocks
CHANCE: Final = REGISTERS.take()  # to have lived so long
EXPECTED: Final = REGISTERS.take(N_DISEASES + 11 + N_CLOCKS)  # events of diseases, then these
X_DEATHS, X_YEARS = range(N_DISEASES, N_DISEASES + 2)
# years without disability: as they are, and discounted; the others are discounted
X_HEALTHY, X_DISCOUNTED, X_QALYS = range(N_DISEASES + 2, N_DISEASES + 5)
X_COSTS, X_SOCIAL = range(N_DISEASES + 5, N_DISEASES + 7)  # of care; of it, social care
X_ACTIVE: Final = N_DISEASES + 7  # newly active years
X_LIVING, X_LOG_IL6 = range(N_DISEASES + 8, N_DISEASES + 10)  # at the end: 1 if living; ln IL-6
X_BY_CAUSE: Final = N_DISEASES + 10  # deaths of each cause
X_EPISODES: Final = X_BY_CAUSE + N_CLOCKS  # of depression
# of a policy world only: baseline less policy, from hazards
UNDISTURBED: Final = REGISTERS.take(N_DISEASES)  # met while no world had the event, or death
UNDISTURBED_DEATH: Final = REGISTERS.take()
# years of taking part in policies, and those in which something is delivered, discounted as costs
# are: of policies that ask for it
TOOK_PART: Final = REGISTERS.take()
SERVED: Final = REGISTERS.take()
# where a QALY comes from: discounted quality lost to each disease so far, what the time lived since
# the last account would be worth without them, and the hazard of death met so far that is put down
# to each disease, of which the last death clock has met the second
QUALITY_LOST: Final = REGISTERS.take(N_DISEASES)
WELL_TIME: Final = REGISTERS.take()
PUT_DOWN: Final = REGISTERS.take(N_DISEASES)
PUT_DOWN_OF_CLOCK: Final = REGISTERS.take()
# of the policy world only: discounted well time gained, by the cause whose deaths are put off
TIME_BY_CAUSE: Final = REGISTERS.take(N_CLOCKS)
CARE_BEFORE: Final = REGISTERS.take()  # of the policy world: care averted until the year before
JOINED_BAND: Final = REGISTERS.take()  # age band and activity group on first taking part
JOINED_GROUP: Final = REGISTERS.take()
N_REGISTERS: Final = REGISTERS.size

# Tallies: what is counted per year and stratum
ACTIVITY_GROUPS: Final = ("inactive", "low", "active", "very_active")
AGE_BANDS: Final = ("20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+")
N_BANDS: Final = len(AGE_BANDS)
N_FIFTHS: Final = 5
N_GROUPS: Final = len(ACTIVITY_GROUPS)
N_STRATA: Final = 2 * N_BANDS  # sex x age band
# sex x deprivation, then age band x activity group
N_BY_FIFTH: Final = 2 * N_FIFTHS
N_CROSSINGS: Final = N_BY_FIFTH + N_BANDS * N_GROUPS
FIXED_POINT: Final = 2**20
# Squares of differences are summed in 64 bits over at most 2e8 persons. In years and thousands of
# money that leaves a mean square of 43. An expected event is a chance, or a hazard met until the
# event, whose mean square is below 2 (a unit exponential): there is room for 1.3, for 1e8 persons
# 2.7, and worlds differ by far less.
SQUARE_POINT: Final = 2**30
EVENT_SQUARE_POINT: Final = 2**35
TALLIES: Final = Columns()
T_PERSONS: Final = TALLIES.take()
T_PERSON_YEARS: Final = TALLIES.take()
T_GUIDELINE: Final = TALLIES.take()
T_MET_HOURS: Final = TALLIES.take()
T_LOG_IL6: Final = TALLIES.take()
T_TRAINING: Final = TALLIES.take()
T_SPIKES: Final = TALLIES.take()
T_LOG_RATIO: Final = TALLIES.take()
T_ENTRANTS: Final = TALLIES.take()
T_DEATHS: Final = TALLIES.take(N_CLOCKS)  # by cause
T_INCIDENCE: Final = TALLIES.take(N_DISEASES)
T_NOT_AT_RISK: Final = TALLIES.take(N_DISEASES)  # years alive but ill; depression: or ever ill
T_PREVALENCE: Final = TALLIES.take(N_DISEASES)
# of depression: episodes, years in them, people who ever had one
T_EPISODES: Final = TALLIES.take()
T_DEPRESSED: Final = TALLIES.take()
T_EVER: Final = TALLIES.take()
N_TALLIES: Final = TALLIES.size
# histogram of ln IL-6
BIN_WIDTH: Final = 0.02
LOWEST_BIN: Final = -3.0
N_BINS: Final = 400
# sex x age band, deprivation, activity group
M_FIFTHS: Final = N_STRATA
M_GROUPS: Final = M_FIFTHS + N_FIFTHS
N_MARGINS: Final = M_GROUPS + N_GROUPS
# effects on persons: baseline less policy
OUTCOMES: Final = (
    *(f"incidence.{name}" for name in DISEASES),
    f"episodes.{DISEASES[DEPRESSION]}",
    *(f"deaths.{name}" for name in CAUSES),
    "deaths",
    "life_years",
)
N_OUTCOMES: Final = len(OUTCOMES)
O_EPISODES: Final = N_DISEASES
O_DEATHS_BY_CAUSE: Final = N_DISEASES + 1
O_DEATHS, O_LIFE_YEARS = range(N_OUTCOMES - 2, N_OUTCOMES)
# after them what only expectations are kept of
HEALTHY, DISCOUNTED, QALYS, COSTS, SOCIAL, ACTIVE = range(N_OUTCOMES, N_OUTCOMES + 6)
LIVING, LOG_IL6 = range(N_OUTCOMES + 6, N_OUTCOMES + 8)
N_COMPARED: Final = N_OUTCOMES + 8
SQUARE_POINTS: Final = (
    *(EVENT_SQUARE_POINT,) * O_LIFE_YEARS, *(SQUARE_POINT,) * (N_COMPARED - O_LIFE_YEARS),
)  # fmt: skip
N_VALUED: Final = ACTIVE - HEALTHY + 1  # of them, what health and money are made of
VALUED_FIELDS: Final = Columns()
V_EXPECTED: Final = VALUED_FIELDS.take()  # as of the effects
V_EXPECTED_SQUARE: Final = VALUED_FIELDS.take()
V_CONTRIBUTING: Final = VALUED_FIELDS.take()
V_WITH_QALYS: Final = VALUED_FIELDS.take()  # product with the QALYs, in units of 1 / SQUARE_POINT
HORIZONS: Final = (5, 10, 20)  # years from the start, to which QALYs and care are looked at too
WORTH: Final = (X_QALYS, X_COSTS)  # what of them is kept
N_WORTH: Final = len(WORTH)
COST_UNIT: Final = 1000.0  # costs are kept in thousands
N_COST_YEARS: Final = 11  # since an event: costs of care stay as in the last of them
EFFECT_GROUPS: Final = ("all", "male", "female", "1", "2", "3", "4", "5")
EFFECT_FIELDS: Final = Columns()
E_DIFFERENCE: Final = EFFECT_FIELDS.take()
E_SQUARE: Final = EFFECT_FIELDS.take()
E_DELAYED: Final = EFFECT_FIELDS.take()
E_ADDED: Final = EFFECT_FIELDS.take()
E_EXPECTED: Final = EFFECT_FIELDS.take()  # in fixed point
E_EXPECTED_SQUARE: Final = EFFECT_FIELDS.take()  # in units of 1 / SQUARE_POINTS
E_CONTRIBUTING: Final = EFFECT_FIELDS.take()  # persons of whom it is not nothing
# in fixed point: hazards compared while the twins' histories are alike
E_UNDISTURBED: Final = EFFECT_FIELDS.take()
# its square, and its product with that of the policy world, in units of 1 / SQUARE_POINTS
E_UNDISTURBED_SQUARE: Final = EFFECT_FIELDS.take()
E_UNDISTURBED_PRODUCT: Final = EFFECT_FIELDS.take()
N_EFFECTS: Final = EFFECT_FIELDS.size
# the course of what is expected so far, by year: events of the diseases, then deaths
COURSES: Final = (*(f"incidence.{name}" for name in DISEASES), "deaths")
N_COURSES: Final = len(COURSES)
COURSE_FIELDS: Final = Columns()
S_EXPECTED: Final = COURSE_FIELDS.take()  # as of the effects
S_EXPECTED_SQUARE: Final = COURSE_FIELDS.take()
S_CONTRIBUTING: Final = COURSE_FIELDS.take()
N_COURSE_FIELDS: Final = COURSE_FIELDS.size
# expected effects of the policy world by cell: sex x age band, sex x deprivation, age band x
# activity group, each as they were when the person first took part
N_CELLS: Final = N_STRATA + N_CROSSINGS
PART_FIELDS: Final = Columns()
P_EXPECTED: Final = PART_FIELDS.take()  # as of the effects
P_EXPECTED_SQUARE: Final = PART_FIELDS.take()
P_CONTRIBUTING: Final = PART_FIELDS.take()
N_PART_FIELDS: Final = PART_FIELDS.size
# where all that is compared stands among what is expected
X_COMPARED: Final = (
    *range(N_DISEASES), X_EPISODES, *range(X_BY_CAUSE, X_BY_CAUSE + N_CLOCKS), X_DEATHS, X_YEARS,
    *range(X_HEALTHY, X_HEALTHY + N_COMPARED - N_OUTCOMES),
)  # fmt: skip
# where a QALY comes from: less quality lost to each disease, then time by cause of death
N_SOURCES: Final = N_DISEASES + N_CLOCKS
# what a policy did: per policy and year
TOLD: Final = ("offered", "participant_years", "started", "delivered_years", "resident_years")
