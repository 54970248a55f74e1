"""What a run will need is known before it, and refused where the machine has less."""

import subprocess
import sys

import pytest

from abm import load_scenario
from analysis.commands import memory
from analysis.commands.forecast import Options, demand
from analysis.commands.memory import Demand, free_memory, group_memory, memory_problem

MEGA = 1_000_000
WALKS = load_scenario("walking_groups", ["persons=2000"])


@pytest.fixture
def roomy(monkeypatch):
    """Let nothing be limited here."""
    for name in ("address_limit", "free_memory", "group_memory"):
        monkeypatch.setattr(memory, name, lambda: None)


def resident(seeds=1, draws=0, threads=2, engine="threads", figures=False):
    return demand(WALKS, Options(seeds, draws, threads, engine, figures))


def test_the_demand_is_flat_in_seeds_and_draws():
    first, many = resident(100).resident, resident(200).resident
    assert many - first == 100 * 250_000
    assert resident(1, 200).resident - resident(1, 100).resident == 100 * 250_000
    assert resident(1, 199).resident < many  # draws simulate no more than effects need
    assert resident(100).resident < 1.6 * resident(1).resident


def test_threads_processes_and_worlds_ask_for_more():
    assert resident(20, threads=8).resident > resident(20, threads=2).resident
    assert resident(20, engine="processes").resident > resident(20).resident + 100 * MEGA
    assert demand(load_scenario("uk"), Options(threads=2, figures=False)).resident < (
        resident().resident
    )


def test_persons_do_not_count_once_every_worker_is_busy():
    few, many = (
        demand(load_scenario("walking_groups", [f"persons={n}"]), Options(threads=2))
        for n in (200_000, 10**7)
    )
    assert few == many


def test_figures_are_drawn_when_the_workers_are_done():
    """Both never take memory at once, and a run without figures is told that it takes less."""
    alone, drawn = resident(), resident(figures=True)
    assert 1.25 * alone.resident < drawn.resident < 1.6 * alone.resident
    assert drawn.reserved == alone.reserved  # others draw
    many = {"engine": "processes", "threads": 8, "seeds": 20}
    assert resident(**many, figures=True).resident == resident(**many).resident


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says")
@pytest.mark.slow
@pytest.mark.parametrize("figures", [False, True])
def test_the_forecast_is_near_the_peak_of_a_small_run(figures):
    """Bytes are held whatever else the machine does; asked by a small process, as peaks are."""
    row = f"memory_row(1_000, Options(threads=2, figures={figures}))['forecast_by_peak']"
    code = f"from benchmarks.memory import Options, memory_row; print({row})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert 0.85 < float(done.stdout) < 1.15


@pytest.mark.parametrize(
    ("name", "demand_of", "words"),
    [
        ("address_limit", Demand(0, 2000 * MEGA), "may take 1 500 MB of memory (ulimit -v)"),
        ("free_memory", Demand(2000 * MEGA, 0), "1 500 MB of memory are free on this machine"),
        ("group_memory", Demand(2000 * MEGA, 0), "1 500 MB of memory are left to this group"),
    ],
)
def test_each_limit_is_said(name, demand_of, words, monkeypatch, roomy):
    assert memory_problem(demand_of) is None
    monkeypatch.setattr(memory, name, lambda: 1500 * MEGA)
    assert words in memory_problem(demand_of)
    assert "needs about 2 000 MB" in memory_problem(demand_of)
    monkeypatch.setattr(memory, name, lambda: 2000 * MEGA)
    assert memory_problem(demand_of) is None


def test_ten_thousand_seeds_are_refused_where_they_do_not_fit(monkeypatch, roomy):
    monkeypatch.setattr(memory, "free_memory", lambda: 2000 * MEGA)
    assert memory_problem(resident(200)) is None
    assert "choose fewer --threads, --seeds or --draws" in memory_problem(resident(10_000))


def test_free_memory_is_read_from_the_table(tmp_path):
    table = tmp_path / "meminfo"
    table.write_text("MemTotal: 9 kB\nMemAvailable:   100 kB\nSwapFree:  20 kB\nHugePages: 0\n")
    assert free_memory(table) == 120 * 1024
    assert free_memory(tmp_path / "nothing") is None


def test_the_tightest_group_counts(tmp_path, monkeypatch):
    """Of a group and those above it, in either version; what can be given up is not in use."""
    new, old = tmp_path / "jobs" / "mine", tmp_path / "memory" / "mine"
    for folder in (new, old):
        folder.mkdir(parents=True)
    (new / "memory.max").write_text("max\n")
    (new.parent / "memory.max").write_text("1000\n")
    (new.parent / "memory.current").write_text("700\n")
    (new.parent / "memory.stat").write_text("anon 500\ninactive_file 150\n")
    monkeypatch.setattr(memory, "_lines", with_groups(["0::/jobs/mine"]))
    assert group_memory(tmp_path) == 1000 - (700 - 150)
    (old / "memory.limit_in_bytes").write_text(str(2**63 - 4096))
    (old.parent / "memory.limit_in_bytes").write_text("900")
    (old.parent / "memory.usage_in_bytes").write_text("890")
    monkeypatch.setattr(memory, "_lines", with_groups(["4:memory:/mine", "3:cpu:/other"]))
    assert group_memory(tmp_path) == 10
    monkeypatch.setattr(memory, "_lines", with_groups(["4:memory:/of/the/host"]))
    assert group_memory(tmp_path) == 10  # as in a container
    monkeypatch.setattr(memory, "_lines", with_groups([]))
    assert group_memory(tmp_path) is None


def with_groups(lines):
    read = memory._lines
    true = read if not hasattr(read, "true") else read.true

    def found(path):
        return lines if str(path) == "/proc/self/cgroup" else true(path)

    found.true = true
    return found


def test_the_first_question_needs_no_library():
    words = "import analysis.commands.memory, sys; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words]).returncode == 0
