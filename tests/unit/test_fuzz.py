"""The fuzzing command, without its fuzzer: targets, seeds, what it lets through, what it refuses.

What hypothesis throws at the loader of scenarios stands in test_scenario.py; here is what it throws
at the reader of surveys, in the shape of tables.
"""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abm.population import survey
from abm.scenario.load import load_scenario
from abm.scenario.microdata import Answer, Microdata
from abm.scenario.text import ScenarioError
from abm.scenario.vocabulary import DOSE_UNITS
from tests import fuzz


@pytest.mark.parametrize("name", fuzz.TARGETS)
def test_every_seed_ends_in_a_result_or_a_refusal(name):
    tally = fuzz.Tally(fuzz.TARGETS[name].make())
    for content in [*fuzz.seeds(name), b"", b"\0", b"\xff" * 50, b"a: [" * 900, b"\n" * 3000]:
        tally.one(content)
    assert tally.inputs >= 10
    assert 0 < tally.refused < tally.inputs


def test_any_other_exception_escapes():
    """The negative control: a reader that fails is not taken for one that refuses."""

    def faulty(content):
        if content == b"b":
            raise KeyError(content)
        raise ScenarioError(["no"])

    tally = fuzz.Tally(faulty)
    tally.one(b"a")
    with pytest.raises(KeyError):
        tally.one(b"b")
    assert tally.summary()["inputs"] == 2 and tally.summary()["refused"] == 1


def test_an_input_that_takes_too_long_is_a_failure(monkeypatch):
    tally = fuzz.Tally(lambda content: sum(range(200_000)))
    tally.one(b"")
    monkeypatch.setattr(fuzz, "SECONDS", tally.longest / 100.0)
    with pytest.raises(TimeoutError, match="of 3 bytes"):
        tally.one(b"abc")


def test_bad_usage_of_the_command(capsys):
    for words, told in ((["towns"], "must be one of scenario"), (["--input", "x"], "invalid int")):
        with pytest.raises(SystemExit) as stopped:
            fuzz.main(words)
        assert stopped.value.code == 2 and told in capsys.readouterr().err


CELLS = st.sampled_from(
    ["", "0", "1", "2", "5", "20", "34", "110", "1e2", "1e400", "-1", ".5", "1,5", "nan", "male",
     "F", "yes", "NO", '"34"', '"', "٣", "３４", "\x00", " 7 ", "1_0", "0x1f"]
)  # fmt: skip
COLUMNS = st.lists(st.sampled_from([*survey.KINDS, "agee", ""]), max_size=8)
POPULATION = cache(load_scenario)
TABLES = st.tuples(COLUMNS, st.lists(st.lists(CELLS, max_size=9), max_size=6))


@settings(max_examples=300, deadline=None, derandomize=True)
@given(table=TABLES, end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_whatever_stands_in_a_table_it_is_read_or_refused(tmp_path_factory, table, end):
    path = tmp_path_factory.getbasetemp() / "fuzzed_survey.csv"
    header, rows = table
    path.write_bytes(end.join(",".join(row) for row in [header, *rows]).encode())
    try:
        found = survey.load_survey(path, POPULATION("uk"))
    except ScenarioError as error:
        assert error.problems and all("\n" not in problem for problem in error.problems)
        return
    assert len(found.sample) == len(found.cumulative) > 0
    assert np.isfinite(found.sample).all()
    assert (np.diff(found.cumulative) >= 0).all() and found.cumulative[-1] == 2.0


CODES = st.sampled_from(
    ["", "1", "2", "-9", "45-54", "90+", "1,5", "1.500", "x", '"', "NA", "9" * 30, "20", "33"]
)
ROWS = st.lists(st.lists(CODES, min_size=3, max_size=5), max_size=6)
CLOSED = cache(lambda: load_scenario("uk", ["population.entrants=false"]))


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    rows=ROWS, separator=st.sampled_from(",;\t|"), unit=st.sampled_from(DOSE_UNITS),
    codes=st.dictionaries(CODES, st.sampled_from([None, 1, 50, (20, 30)]), max_size=3),
    encoding=st.sampled_from(["utf-8", "utf-16", "cp1252"]), asked=st.booleans(),
)  # fmt: skip
def test_whatever_stands_in_a_described_file_it_is_read_or_refused(
    rows, separator, unit, codes, encoding, asked, tmp_path_factory
):
    path = tmp_path_factory.getbasetemp() / "described_survey.csv"
    text = "\n".join(separator.join(row) for row in [["a", "b", "c"], *rows])
    path.write_bytes(text.encode(encoding))
    columns = {"age": "a", "sex": "b"} | ({} if asked else {"met_hours": "c"})
    questions = (Answer(4.0, days="b", minutes="c", missing=("-9",)),) if asked else ()
    described = Microdata(
        str(path), columns, {"age": codes, "met_hours": codes}, ("-9",), questions,
        "met_hours" if asked else unit,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(survey, "LEAST_EFFECTIVE", 0)
        try:
            found = survey.load_survey(described, CLOSED())
        except ScenarioError as error:
            assert error.problems and all("\n" not in problem for problem in error.problems)
            return
    assert 0 < len(found.sample) == len(found.cumulative) <= len(rows)
    assert np.isfinite(found.sample).all()
    assert ((found.sample[:, 0] == -1) | (found.sample[:, 0] >= 20)).all()
