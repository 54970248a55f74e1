"""The made-up survey of the made-up city: ``scenarios/example_city_survey.csv``, by formula.

    python -m tests.example_survey              # whether the file differs from the formulas
    python -m tests.example_survey --rewrite    # write it anew

Nobody was asked. Ages and sexes are those of the city's tables, older people asked more often and
weighing less. Every answer is a quantile of a plain distribution at the next random number. People
who are older, live in poorer districts or weigh more report less activity.
"""

from __future__ import annotations

import math
import random
import sys
from pathlib import Path
from statistics import NormalDist

from tests.example_city import SEXES, people
from tests.place_tables import compare

FOLDER, NAME = Path(__file__).parents[1] / "scenarios", "example_city_survey"
TITLE = (
    "Made-up survey of the made-up Example City: nobody was asked. Made by tests/example_survey.py"
)
COLUMNS = "age,sex,deprivation,bmi,smoker,met_hours,weight"
RESPONDENTS, YOUNGEST, OLDEST, SEED = 600, 20, 94, 2024
OFTEN = 50  # from which age on people were asked twice as often
MIDDLE_AGE, MIDDLE_FIFTH, MIDDLE_BMI = 50, 3, 26.5


class Answers:
    """Random numbers turned into answers, in the order in which they are asked for."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def happens(self, chance: float) -> bool:
        """Return whether something of this chance happens."""
        return self.random.random() < chance

    def around(self, median: float, spread: float) -> float:
        """Return a log-normal number."""
        number = NormalDist().inv_cdf(0.001 + 0.998 * self.random.random())
        return median * math.exp(spread * number)


def respondents(answers: Answers) -> list[tuple[int, str]]:
    """Return ages and sexes, in the order of the survey."""
    alive = people()
    asked = {
        (age, sex): alive[sex, age] * (2 if age >= OFTEN else 1)
        for age in range(YOUNGEST, OLDEST + 1)
        for sex in SEXES
    }
    return answers.random.choices(list(asked), weights=list(asked.values()), k=RESPONDENTS)


def row(answers: Answers, age: int, sex: str) -> str:
    """Return what one respondent answered."""
    fifth = 1 + int(5 * answers.random.random())
    bmi = answers.around(MIDDLE_BMI + 0.3 * (MIDDLE_FIFTH - fifth), 0.17)
    smoker = answers.happens(0.04 + 0.03 * (5 - fifth)) and age < 80
    burden = (age - MIDDLE_AGE) / 30 + (MIDDLE_FIFTH - fifth) / 6 + (bmi - MIDDLE_BMI) / 25
    median = {"male": 21, "female": 16}[sex] * math.exp(-0.5 * burden)
    idle = answers.happens(min(0.22 * math.exp(0.6 * burden), 0.9))
    dose = 0.0 if idle else min(answers.around(median, 0.9), 90.0)
    weight = 0.5 if age >= OFTEN else 1
    return f"{age},{sex},{fifth},{bmi:.1f},{'yes' if smoker else 'no'},{dose:.1f},{weight}"


def survey() -> str:
    """Return the file: a title, the header, and a row for each respondent."""
    answers = Answers(SEED)
    rows = [row(answers, age, sex) for age, sex in respondents(answers)]
    return "\n".join([TITLE, COLUMNS, *rows]) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Compare the survey with the arithmetic, or write it anew."""
    return compare(FOLDER, {f"{NAME}.csv": survey()}, __doc__.splitlines()[0], arguments)


if __name__ == "__main__":
    sys.exit(main())
