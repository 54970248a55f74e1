"""The outcomes of many runs: one shared layout, and the numbers of each run on disk.

The tables of all runs of a result have the same rows, so these are held once. The values, a
megabyte per run, go to a file without a name, from which they are read run by run: memory grows
neither with seeds nor with draws.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from abm.results.units import ATTRIBUTE, unit_of_measure
from abm.scenario.drawn import CENTRAL

STRATA = ("sex", "age_band", "deprivation", "activity_group")
IN_MEMORY_BYTES = 16_000_000  # up to which nothing is written


class RunKey(NamedTuple):
    """A run, in the order of tables: central values (draw -1) first, then draw by draw."""

    draw: int
    seed: int


class OutcomeTables:
    """The tables of outcomes of some runs, added in any order and read in that of their keys.

    Parameters
    ----------
    folder
        Where the values are put once they are many; default the system's temporary folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._layout: pd.DataFrame | None = None
        self._places: dict[RunKey, int] = {}
        self._open()

    def _open(self) -> None:
        folder = None if self._folder is None else str(self._folder)
        self._file = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES, dir=folder)  # noqa: SIM115
        weakref.finalize(self, self._file.close)

    def add(self, table: pd.DataFrame) -> None:
        """Take in the table of one run, as :func:`abm.results.outcomes.outcomes_table` makes it.

        Raises
        ------
        ValueError
            If its rows are others than those of the runs before.
        """
        key = RunKey(draw_told(table["draw"].iat[0]), int(table["seed"].iat[0]))
        layout = table.drop(columns=["seed", "draw", "value"])
        if self._layout is None:
            self._layout = layout
        elif not self._layout.equals(layout):
            raise ValueError(f"the outcomes of seed {key.seed}, draw {key.draw} have other rows")
        self._places[key] = self._file.seek(0, 2)
        self._file.write(table["value"].to_numpy(np.float64).tobytes())

    @classmethod
    def of(cls, outcomes: pd.DataFrame) -> OutcomeTables:
        """Return the runs that stand in one table, seed by seed and draw by draw."""
        found = cls()
        for _, table in outcomes.groupby(["draw", "seed"], dropna=False):
            found.add(table.reset_index(drop=True))
        return found

    @property
    def runs(self) -> list[RunKey]:
        """Return the runs in order."""
        return sorted(self._places)

    @property
    def seeds(self) -> int:
        """Return the number of seeds of the central values."""
        return sum(draw == CENTRAL for draw, _ in self._places)

    def values(self, run: RunKey) -> NDArray[np.float64]:
        """Return the values of one run, in the rows' order."""
        self._file.seek(self._places[run])
        return np.frombuffer(self._file.read(8 * len(self._rows)), np.float64)

    def table(self, run: RunKey) -> pd.DataFrame:
        """Return the tidy table of one run."""
        return self._as_table(run, self.values(run))

    def tables(self, draw: int | None = None) -> Iterator[pd.DataFrame]:
        """Yield the tables of all runs, or of one draw, in order."""
        return (self.table(run) for run in self.runs if draw in (None, run.draw))

    def joined(self) -> pd.DataFrame:
        """Return one table of all runs. It takes 40 MB per million rows."""
        values = [self.values(run) for run in self.runs]
        joined = pd.concat([self._rows] * len(values), ignore_index=True)
        rows = len(self._rows)
        joined.insert(0, "draw", draws_shown(np.repeat([run.draw for run in self.runs], rows)))
        joined.insert(0, "seed", np.repeat([run.seed for run in self.runs], rows))
        return with_units_of_measures(joined.assign(value=np.concatenate(values)))

    def mean(self, draw: int = CENTRAL) -> pd.DataFrame:
        """Return means over the seeds of a draw, in the table of its first run.

        Missing values are left out. The sum is compensated in the order of the seeds: the same to
        the bit as the mean that pandas takes of the joined rows.
        """
        total = compensation = count = np.zeros(len(self._rows))
        runs = [run for run in self.runs if run.draw == draw]
        for run in runs:
            values = self.values(run)
            known = ~np.isnan(values)
            step = values - compensation
            moved = total + step
            compensation = np.where(known, moved - total - step, compensation)
            total, count = np.where(known, moved, total), count + known
        mean = np.divide(total, count, out=np.full(len(total), np.nan), where=count > 0)
        return self._as_table(runs[0], mean)

    def at_end(self, measures: tuple[str, ...], draw: int | None = None) -> pd.DataFrame:
        """Return some measures of everybody in the last year, of all runs or of one draw.

        Without rows where no such run told of everybody.
        """
        wanted = self._rows["measure"].iloc[self._last].isin(measures)
        chosen = self._last[wanted.to_numpy()]
        rows = self._rows.iloc[chosen]
        parts = [
            rows.assign(seed=run.seed, draw=run.draw, value=self.values(run)[chosen])
            for run in self.runs
            if draw in (None, run.draw)
        ]
        if not parts:
            return rows.iloc[:0].assign(seed=0, draw=CENTRAL, value=np.nan)
        return pd.concat(parts, ignore_index=True)

    @property
    def layout(self) -> pd.DataFrame:
        """What the rows of every run are of: world, year, strata and measure."""
        return self._rows

    @property
    def _rows(self) -> pd.DataFrame:
        if self._layout is None:  # no run told of everybody
            return pd.DataFrame(columns=["world", "year", *STRATA, "measure"])
        return self._layout

    @cached_property
    def _last(self) -> NDArray[np.intp]:
        """Places of the rows of everybody in the last year."""
        year = self._rows["year"].to_numpy()
        if year.size == 0:
            return np.zeros(0, np.intp)
        return np.flatnonzero(everybody(self._rows) & (year == year.max()))

    def _as_table(self, run: RunKey, values: NDArray[np.float64]) -> pd.DataFrame:
        table = self._rows.assign(value=values)
        table.insert(0, "draw", draws_shown(np.full(len(table), run.draw)))
        table.insert(0, "seed", np.int64(run.seed))
        return with_units_of_measures(table)

    def __getstate__(self) -> dict[str, Any]:
        """Return what travels to other processes: a file without a name cannot."""
        self._file.seek(0)
        return {**self.__dict__, "_file": self._file.read(), "_folder": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Put the values into a file of this process."""
        self.__dict__.update(state)
        self._open()
        self._file.write(state["_file"])


def draws_shown(draws: NDArray[np.int64]) -> Any:
    """Return the draws of rows as tables show them: missing for the central values, no draw."""
    return pd.arrays.IntegerArray(draws.astype(np.int64), draws == CENTRAL)


def draw_told(shown: Any) -> int:
    """Return the draw that a table shows in this way."""
    return CENTRAL if pd.isna(shown) else int(shown)


def with_units_of_measures(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Note the unit of each measure in the attributes of a table of outcomes."""
    measures = outcomes["measure"].dtype
    names = measures.categories if isinstance(measures, pd.CategoricalDtype) else ()
    outcomes.attrs[ATTRIBUTE] = {name: unit_of_measure(name) for name in names}
    return outcomes


def everybody(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of outcomes are those of all strata together."""
    # Column by column: of categories, codes are compared, and no text is made.
    return np.logical_and.reduce([rows[stratum] == "all" for stratum in STRATA])
