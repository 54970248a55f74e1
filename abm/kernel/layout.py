"""The columns of a block: where each quantity of a person stands.

People are rows of two arrays per world, one of single-precision numbers and one of 32-bit
integers, each of shape ``(columns, capacity)``: one quantity of all people lies together, as the
stages need it, and a person is copied by copying one column index. The constants here are row
numbers of those arrays. The last columns are per policy.
"""

from typing import Final

from abm.conditions import CAUSES as CAUSES
from abm.conditions import DISEASES as DISEASES

HEART, STROKE, DIABETES, COLON, BREAST, DEPRESSION, OTHER = range(7)
N_DISEASES: Final = 6
N_CLOCKS: Final = 7  # six diseases and death
N_LAGS: Final = 4
LAG_GROUPS: Final = ("cardiometabolic", "cancer", "depression", "other_death")
LAG_OF_CLOCK: Final = (0, 0, 0, 1, 1, 2, 3)
MODES: Final = ("moderate", "vigorous", "resistance", "endurance")
SEXES: Final = ("male", "female")
MALE, FEMALE = range(2)
YOUNGEST: Final = 20
OLDEST: Final = 120
N_AGES: Final = OLDEST - YOUNGEST + 1

# Numbers: who the person is
BMI_SCORE = 0
SMOKING_SCORE = 1
BMI = 2
SMOKER = 3
MODE_SHARE = 4  # 4 modes
# habit
FOR_LIFE = 8
SLOW = 9
OCCASION = 10
HABIT_DOSE = 11
REPORTED_DOSE = 12
DOSE = 13
QUALITY = 14
POLICY_DOSE = 15
# IL-6
PERSON_EFFECT = 16
DRIFT = 17
TRAINING = 18
SET_POINT = 19
MULTIPLIER = 20
LOG_RATIO = 21
SPIKES = 22  # weekly exposure to spikes above rest [fold-hours]
AVERAGE = 23  # 4 lags
# clocks
STEADY = 27  # 7
FOLLOWS = 34  # 7
ACCUMULATED = 41  # 7
TOLERANCE = 48  # 7
EXCESS = 55  # what illnesses add to the death hazard [per year]
# disease
ILL = 56  # 6
HISTORY = 62
LAST_VASCULAR = 63
EXPECTED_DIABETES = 64
DIABETES_MET = 65  # hazard of diabetes met so far by people with this history of activity
DIABETES_TO_DATE = 66  # the same of the inactive of this age
# this year
AT_RISK = 67  # 6 shares of the year at risk
ALIVE = 73  # share of the year alive
NOBODY = 74  # stays 0
SPIKE_PULL = 75  # 4 lags: how far spikes pull a set point; 0 unless they drive it
SCRATCH = 79  # 7: hold nothing from one stage to the next
N_NUMBERS: Final = 86
# per policy, after the fixed ones
STARTED = 0
STOPPED = 1
REJOINS = 2
N_POLICY_NUMBERS: Final = 3

# Integers
SLOT = 0
ENTRY = 1
REGISTER = 2
SEX = 3
DEPRIVATION = 4
AGE = 5
CELL = 6  # sex * N_AGES + age - YOUNGEST
EPISODE = 7  # 6: how many events so far in this run
EVENTS = 13  # 6: events in this year
CAUSE = 19  # -1 alive, else index into CAUSES
CROSSED = 20  # bit set of clocks that reached their tolerance in this step
DIVERGED = 21
OFFERED = 22  # bit set of policies
REACHED = 23
ACTIVITY_GROUP = 24
FRESH = 25  # entered this year
ROLE = 26  # see the roles below
N_INTEGERS: Final = 27
POLICY_EPISODES = 0
N_POLICY_INTEGERS: Final = 1
# Roles of a row: a life; a ghost, which keeps the account of one that has ended; the ended one
LIFE, GHOST, ENDED = range(3)

# What is kept of each person for the whole run, by register: shape (columns, registers)
ONSET_TIME = 0  # 6: years since the start, 1e9 if never in this run
PAST_HAZARD = 6  # 6: hazard accumulated until the first onset (depression: all onsets)
EVENT_COUNT = 12  # 6
DEATH_TIME = 18
DEATH_CAUSE = 19
LIFE_YEARS = 20  # known once the run has been compared
PREVALENT = 21  # 6
STRATUM_SEX = 27
STRATUM_DEPRIVATION = 28
APART = 29  # 1 once the person's worlds may differ
SPENT_HAZARD = 30  # 6: hazard accumulated until each onset of this run, all of them
MET = 36  # 6: hazard met so far while at risk
DEATH_HAZARD = 42  # of the death clock, so far
ENTERED = 43  # years since the start
# the accounts of those whose worlds may differ, settled once a year
SETTLED = 44  # when last [years since the start]
SURVIVED = 45  # 6: case fatality of an event lived through since then, 0 if there was none
FATALITY = 51  # 6: case fatality at the person's age
MORE = 57  # 6: hazard met at risk since then
MORE_DEATH = 63  # of the death clock
CHANCE = 64  # to have lived so long
RELAPSES = 65  # how many more episodes somebody with a history of depression would have
WITH_HISTORY = 66  # of depression, when last settled
MET_BEFORE = 67  # hazard of depression met before the onset that began a history; -1 if none did
EXPECTED = 68  # 13: six diseases, then the following
X_DEATHS, X_YEARS = 6, 7
X_HEALTHY, X_QALYS, X_COSTS = range(8, 11)  # years without disability; both others discounted
X_LIVING, X_LOG_IL6 = range(11, 13)  # at the end: one if living, and then ln IL-6
# of a policy world only: baseline less policy, from hazards
UNDISTURBED = 81  # 6: hazard met while no world had the event, or death, of this person
UNDISTURBED_DEATH = 87
N_REGISTERS: Final = 88

# Tallies: what is counted per year and stratum
ACTIVITY_GROUPS: Final = ("inactive", "low", "active", "very_active")
AGE_BANDS: Final = ("20-29", "30-39", "40-49", "50-59", "60-69", "70-79", "80-89", "90+")
N_STRATA: Final = 2 * 8  # sex x age band
N_CROSSINGS: Final = 2 * 5 + 8 * 4  # sex x deprivation, age band x activity group
FIXED_POINT: Final = 2**20
SQUARE_POINT: Final = 2**30  # for squares of small differences
T_PERSONS = 0
T_PERSON_YEARS = 1
T_GUIDELINE = 2
T_MET_HOURS = 3
T_LOG_IL6 = 4
T_TRAINING = 5
T_SPIKES = 6
T_LOG_RATIO = 7
T_ENTRANTS = 8
T_DEATHS = 9  # 7 causes
T_INCIDENCE = 16  # 6
T_NOT_AT_RISK = 22  # 6: years alive but ill
T_PREVALENCE = 28  # 6
N_TALLIES: Final = 34
# histogram of ln IL-6
BIN_WIDTH: Final = 0.02
LOWEST_BIN: Final = -3.0
N_BINS: Final = 400
N_MARGINS: Final = 2 * 8 + 5 + 4  # sex x age band, deprivation, activity group
# effects on persons: baseline less policy
OUTCOMES: Final = (
    *(f"incidence.{name}" for name in DISEASES),
    *(f"deaths.{name}" for name in CAUSES),
    "deaths",
    "life_years",
)
N_OUTCOMES: Final = 15
# after them what only expectations are kept of
HEALTHY, QALYS, COSTS, LIVING, LOG_IL6 = range(15, 20)
COST_UNIT: Final = 1000.0  # costs are kept in thousands
N_COMPARED: Final = 20
EFFECT_GROUPS: Final = ("all", "male", "female", "1", "2", "3", "4", "5")
E_DIFFERENCE = 0
E_SQUARE = 1
E_DELAYED = 2
E_ADDED = 3
E_EXPECTED = 4  # in fixed point
E_EXPECTED_SQUARE = 5  # in units of 1 / SQUARE_POINT
E_UNDISTURBED = 6  # in fixed point: hazards compared while the twins' histories are alike
N_EFFECTS: Final = 7
# what a policy did: per policy and year
TOLD: Final = ("offered", "participant_years", "started")
