"""Names that are gone, with those that took their place: entries, keys of scenarios, outcomes.

A name is refused in this way once its place is taken: until the new one exists, the old one holds.
"""

from collections.abc import Callable, Container, Iterable, Mapping
from functools import wraps
from typing import Any, Final, TypeVar, cast

BY_SEX: Final = "by sex; for type 2 diabetes it holds the .6 on published rates too"


def _of_both_sexes(path: str) -> tuple[str, ...]:
    return f"{path}.male", f"{path}.female"


# The old name; the new ones, first the nearest; what changed.
RENAMED: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "causal_share.diseases": (
        (
            "causal_share.cardiovascular", "causal_share.diabetes", "causal_share.cancer",
            "causal_share.depression", "causal_share.dementia",
        ),
        "one share for each group of causes, for confounding and reverse causation alone",
    ),
    "causal_share.other_death": (
        ("causal_share.all_else",),
        "other cardiovascular and other cancer deaths follow the shares of their groups",
    ),
    "mortality.il6_causal_slope": (
        (
            "mortality.il6_causal_slope.all_else",
            "mortality.il6_causal_slope.other_cardiovascular",
            "mortality.il6_causal_slope.other_cancer",
        ),
        "other causes of death are three",
    ),
    "mortality.il6_between_person_slope": (
        (
            "mortality.il6_between_person_slope.all_else",
            "mortality.il6_between_person_slope.other_cardiovascular",
            "mortality.il6_between_person_slope.other_cancer",
        ),
        "other causes of death are three",
    ),
    "mortality.curve_position": (
        (
            "mortality.curve_position.all_else",
            "mortality.curve_position.other_cardiovascular",
            "mortality.curve_position.other_cancer",
        ),
        "other causes of death are three",
    ),
    "mortality.smoking_hazard_ratio": (
        (
            "mortality.smoking_hazard_ratio.all_else",
            "mortality.smoking_hazard_ratio.other_cardiovascular",
            "mortality.smoking_hazard_ratio.other_cancer",
        ),
        "other causes of death are three",
    ),
    "mortality.bmi_hazard_ratio_per_5": (
        (
            "mortality.bmi_hazard_ratio_per_5.all_else",
            "mortality.bmi_hazard_ratio_per_5.other_cardiovascular",
            "mortality.bmi_hazard_ratio_per_5.other_cancer",
        ),
        "other causes of death are three",
    ),
    "mortality.hazard_ratio.coronary_heart_disease": (
        ("mortality.ill_hazard_ratio.coronary_heart_disease",),
        "by age, of all causes of death, over people with none of diabetes, stroke, heart disease",
    ),
    "mortality.hazard_ratio.stroke": (
        ("mortality.ill_hazard_ratio.stroke",),
        "by age, of all causes of death, over people with none of diabetes, stroke, heart disease",
    ),
    "mortality.hazard_ratio.type_2_diabetes": (
        ("mortality.ill_hazard_ratio.type_2_diabetes",),
        "by age, of all causes of death, over people with none of diabetes, stroke, heart disease",
    ),
    "mortality.hazard_ratio.depression": (
        ("mortality.ill_hazard_ratio.depression",),
        "over people with none of diabetes, stroke, heart disease",
    ),
    "disease.depression.remission_rate": (
        (
            "disease.depression.duration_years.single",
            "disease.depression.duration_years.recurrent",
            "disease.depression.duration_years.chronic",
        ),
        "mean years of an episode by its course, in place of a rate",
    ),
    "disease.vascular_event_depression_years": (
        ("disease.vascular_event_depression_hazard_ratio",), "for one year, which is fixed",
    ),
    "policy.early_quit_weeks": (
        ("policy.early_quit_shape",), "the first phase of quitting has 12 weeks, which is fixed",
    ),
    "disease.depression.relapse_hazard_ratio": (
        ("disease.depression.recurrence_rate",),
        "per well year after a course other than single",
    ),
    "disease.depression.history_share_by_age.male": (
        ("disease.incidence_scale.depression.male",),
        "who had depression before is solved from the table of first onsets",
    ),
    "disease.depression.history_share_by_age.female": (
        ("disease.incidence_scale.depression.female",),
        "who had depression before is solved from the table of first onsets",
    ),
    "disease.diabetes_incidence_scale": (
        _of_both_sexes("disease.incidence_scale.type_2_diabetes"), BY_SEX,
    ),
    "disease.diabetes_prevalence_scale": (
        _of_both_sexes("disease.prevalence_scale.type_2_diabetes"), BY_SEX,
    ),
    **{
        path: (_of_both_sexes(path), BY_SEX)
        for path in (
            "disease.incidence_scale.coronary_heart_disease",
            "disease.incidence_scale.stroke",
            "disease.incidence_scale.type_2_diabetes",
            "disease.incidence_scale.colon_cancer",
            "disease.incidence_scale.depression",
            "disease.prevalence_scale.dementia",
        )
    },
    "mortality.disease_death_scale": (
        (
            *_of_both_sexes("mortality.disease_death_scale.coronary_heart_disease"),
            *_of_both_sexes("mortality.disease_death_scale.stroke"),
            *_of_both_sexes("mortality.disease_death_scale.colon_cancer"),
            "mortality.disease_death_scale.breast_cancer",
        ),
        "by disease and sex",
    ),
    "mortality.lag_years": (
        ("mortality.lag_years.all_else",),
        "other causes follow the lags of the diseases that they resemble",
    ),
    "disease.lag_years.cardiometabolic": (
        ("disease.lag_years.cardiovascular", "disease.lag_years.diabetes"),
        "diabetes has a shorter lag of its own",
    ),
    "deaths.other": (
        ("deaths.all_else", "deaths.other_cardiovascular", "deaths.other_cancer"),
        "other causes were divided into three",
    ),
    "il6_ratio": (
        ("il6_signalling",), "hazards follow signalling, and the level read out moves too",
    ),
    "country": (("place",), "a bundled place, or a folder"),
}  # fmt: skip


# Old names that are no paths of the evidence: keys of a policy, outcomes, keywords of Python.
OF_A_POLICY: Final = ("il6_ratio",)
OF_A_POPULATION: Final = ("country",)
OF_AN_OUTCOME: Final = ("deaths.other",)
# Keywords of Python, with what took their place.
KEYWORDS: Final[Mapping[str, tuple[str, str]]] = {
    "il6_ratio": ("il6_signalling", RENAMED["il6_ratio"][1]),
    "kept": ("finished_work", "the same under another name"),
    "replicate": (
        "rng",
        "a seed; batch_run(..., iterations=3) gives each iteration one of its own",
    ),
}
Made = TypeVar("Made", bound=Callable[..., Any])


def refusing_old(*keywords: str) -> Callable[[Made], Made]:
    """Let a function or a class say of old keywords what they are now, with a TypeError."""

    def decorate(made: Made) -> Made:
        inner: Any = vars(made)["__init__"] if isinstance(made, type) else made

        @wraps(inner)
        def refusing(*given: Any, **named: Any) -> Any:
            for old in (each for each in keywords if each in named):
                new, change = KEYWORDS[old]
                raise TypeError(f"{made.__name__}: {old} was renamed; must be {new} ({change})")
            return inner(*given, **named)

        if not isinstance(made, type):
            return cast("Made", refusing)
        made.__init__ = refusing  # type: ignore[misc]  # the class keeps its name and kind
        return made

    return decorate


def renamed(name: str, known: Container[str]) -> str:
    """Say what an old name is called now, if that is known and the old name is not; or nothing.

    Examples
    --------
    >>> renamed("country", ["place", "ages"])
    'was renamed; must be place (a bundled place, or a folder)'
    >>> renamed("il6_ratio", ["il6_ratio"]), renamed("adds", ["adds"])
    ('', '')
    """
    new, change = RENAMED.get(name, ((), ""))
    now = [each for each in new if each in known]
    if name in known or not now:
        return ""
    return f"was renamed; must be {in_words(now)} ({change})"


def renamed_elsewhere(given: str) -> str:
    """Say of an old name given where the new one has no place what it is now; or nothing.

    ``given`` is whatever was written, such as ``parameters.mortality.lag_years`` or
    ``policies.walks.il6_ratio``; the old name is the longest end of it that is one.

    Examples
    --------
    >>> renamed_elsewhere("population.policy.early_quit_weeks")  # doctest: +NORMALIZE_WHITESPACE
    'policy.early_quit_weeks is an old name; now the evidence entry policy.early_quit_shape (the
    first phase of quitting has 12 weeks, which is fixed)'
    >>> renamed_elsewhere("years")
    ''
    """
    parts = given.split(".")
    ends = [".".join(parts[place:]) for place in range(len(parts))]
    old = next((end for end in ends if end in RENAMED), None)
    if old is None:
        return ""
    new, change = RENAMED[old]
    kind = "the evidence entry "
    if old in OF_A_POLICY:
        kind, new = "the key ", tuple(f"policies.NAME.{each}" for each in new)
    elif old in OF_A_POPULATION:
        kind, new = "the key ", tuple(f"population.{each}" for each in new)
    elif old in OF_AN_OUTCOME:
        kind = "the outcome "
    return f"{old} is an old name; now {kind if len(new) == 1 else ''}{in_words(new)} ({change})"


def old_names_below(group: str) -> list[str]:
    """Return the old names that begin with a group, such as ``mortality.hazard_ratio``."""
    return [name for name in RENAMED if name.startswith(f"{group}.")]


def in_words(names: Iterable[str]) -> str:
    """Return names as a list of which one is taken."""
    *first, last = names
    return f"one of {', '.join(first)} or {last}" if first else last
