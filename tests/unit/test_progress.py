"""The progress of a run: a bar on a terminal and in a notebook, silence where nobody looks."""

import io
import subprocess
import sys

import pytest

from abm import simulate
from abm.running.progress import Progress, advancing, in_words


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_file_gets_one_plain_line_at_the_end():
    stream = io.StringIO()
    with Progress(100, "uk", stream) as progress:
        for _ in range(100):
            progress.advance(1)
        assert stream.getvalue() == ""
    assert stream.getvalue() == "uk: done in 0.0 s\n"


def test_a_terminal_gets_a_bar_that_is_cleared_at_the_end():
    stream = Terminal()
    with Progress(100, "uk", stream) as progress:
        progress.advance(50)
        assert stream.getvalue().startswith("\ruk:   0% |")
    assert " left" in stream.getvalue()
    assert stream.getvalue().endswith("\ruk: done in 0.0 s\n")


def test_a_terminal_that_cannot_clear_a_line_gets_no_bar(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    stream = Terminal()
    with Progress(100, "uk", stream):
        assert stream.getvalue() == ""


def test_what_need_not_be_done_does_not_make_the_rest_look_quick():
    stream = Terminal()
    with Progress(200, "uk", stream) as progress:
        progress.skip(150)
        assert progress.share == 0.75
        assert progress._bar.n - progress._bar.initial == 0


def test_a_run_broken_off_is_not_called_done():
    stream = io.StringIO()
    with pytest.raises(KeyboardInterrupt), Progress(100, "uk", stream):
        raise KeyboardInterrupt
    assert "done" not in stream.getvalue()


def test_more_than_everything_is_still_all_of_it():
    progress = Progress(10, "uk", io.StringIO())
    progress.advance(11)
    assert progress.share == 1.0
    progress.total = 20
    assert progress.share == 0.5


def test_a_notebook_gets_a_bar_of_its_own():
    """Where IPython says that it is one; the widget itself is a stand-in."""
    code = """
import sys, types
class Shell:
    config = {"IPKernelApp": 1}
found = types.ModuleType("IPython")
found.get_ipython = lambda: Shell()
found.version_info = (8, 0)
sys.modules["IPython"] = sys.modules["ipykernel.zmqshell"] = found
widgets = types.ModuleType("tqdm.notebook")
class tqdm:
    def __init__(self, **options):
        assert options["leave"] and "file" not in options
        print("widget", options["desc"], options["total"])
        self.initial = 0
    def update(self, amount): print("update", amount)
    def close(self): print("closed")
tqdm.__module__ = "tqdm.notebook"
widgets.tqdm = widgets.tqdm_notebook = tqdm
widgets.trange = widgets.tnrange = None
widgets.WARN_NOIPYW, widgets.IProgress = "", object
import tqdm as whole
sys.modules["tqdm.notebook"] = widgets
from abm.running.progress import advancing
with advancing(True, 10, "walks") as advance:
    advance(4)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ["widget walks 10", "update 4", "closed"], done.stderr


def test_progress_may_be_true_a_function_or_nothing(capsys):
    with advancing(None, 1, "uk") as advance:
        assert advance is None
    with advancing(False, 1, "uk") as advance:
        assert advance is None
    seen = []
    with advancing(seen.append, 1, "uk") as advance:
        advance(3)
    assert seen == [3]
    plain = simulate("uk", persons=50, years=1)
    assert simulate("uk", persons=50, years=1, progress=True).effects.equals(plain.effects)
    assert capsys.readouterr().err == ""  # no terminal


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0.0 s"), (59.6, "1 min 0 s"), (3600, "1 h 0 min")]
)
def test_durations_in_words(seconds, words):
    assert in_words(seconds) == words
