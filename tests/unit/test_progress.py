"""The progress line: share done, time left, quiet where no terminal reads it."""

import io

import pytest

from abm.running.progress import Progress, in_words


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_file_gets_one_plain_line_for_a_short_run():
    stream = io.StringIO()
    with Progress(100, "uk", stream) as progress:
        for _ in range(100):
            progress.advance(1)
    assert stream.getvalue() == "uk: done in 0.0 s\n"


def test_a_terminal_gets_a_bar_that_is_cleared_at_the_end():
    stream = Terminal()
    with Progress(100, "uk", stream) as progress:
        progress.advance(50)
    assert stream.getvalue().startswith("\r\x1b[Kuk [....")
    assert stream.getvalue().endswith("\r\x1b[Kuk: done in 0.0 s\n")


def test_time_left_follows_from_the_pace_so_far():
    progress = Progress(200, "uk", io.StringIO())
    progress.advance(50)
    assert progress.text(progress._started + 30.0) == " 25%, 1 min 30 s left"


def test_no_time_left_is_claimed_before_anything_is_done():
    progress = Progress(200, "uk", io.StringIO())
    assert progress.text(progress._started + 30.0) == "  0%"


def test_a_run_broken_off_is_not_called_done():
    stream = io.StringIO()
    with pytest.raises(KeyboardInterrupt), Progress(100, "uk", stream):
        raise KeyboardInterrupt
    assert "done" not in stream.getvalue()


def test_more_than_everything_is_still_100_percent():
    progress = Progress(10, "uk", io.StringIO())
    progress.advance(11)
    assert progress.text(progress._started).startswith("100%")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0.0 s"), (59.6, "1 min 0 s"), (3600, "1 h 0 min")]
)
def test_durations_in_words(seconds, words):
    assert in_words(seconds) == words
