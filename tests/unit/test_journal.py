"""The journal: what survives a kill or damage at any byte, and what is never believed."""

import errno
import hashlib
import os

import pytest

from abm.running import journal as journals
from abm.running.journal import Journal
from abm.running.output import FolderError
from abm.running.provenance import digest_of

KEY, OTHER_KEY = digest_of((("seed", 1),)), digest_of((("seed", 2),))
# Contents with every byte, with ends of lines, and with what escapes them.
ENTRIES = {"first": bytes(range(256)), "second": b"=n=e\n=\n\n==", "third": b'{"y": 0.1}'}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "work.journal"


def filled(path, entries=ENTRIES, key=KEY):
    with Journal(path, key) as journal:
        for name, content in entries.items():
            journal.append(name, content)
    return path.read_bytes()


def contents(journal):
    return {name: journal.get(name) for name in journal}


def test_entries_come_back_byte_for_byte(path):
    assert contents(Journal(path, KEY)) == {}
    filled(path)
    journal = Journal(path, KEY)
    assert contents(journal) == ENTRIES
    assert len(journal) == 3
    assert journal.get("fourth") is None
    assert journal.complaints() == []


def test_an_entry_is_found_at_once_and_after_closing(path):
    journal = Journal(path, KEY)
    for name, content in ENTRIES.items():
        journal.append(name, content)
        assert journal.get(name) == content
        journal.close()
    assert contents(journal) == ENTRIES


def test_the_last_entry_of_a_name_counts(path):
    filled(path)
    filled(path, {"first": b"again"})
    assert contents(Journal(path, KEY)) == {**ENTRIES, "first": b"again"}


def test_nothing_is_ever_rewritten(path):
    whole = filled(path)
    assert filled(path, {"fourth": b"4"}).startswith(whole)


def test_a_file_cut_at_any_byte_loses_only_the_entry_that_was_cut(path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # what is cut is cut by hand here
    whole = filled(path)
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        journal = Journal(path, KEY)
        # An entry is whole once its last character is there, the end of the line or not.
        kept = sum(end - 1 <= cut for end in ends)
        assert contents(journal) == dict(list(ENTRIES.items())[:kept])
        assert len(journal.complaints()) == (cut not in [0, *ends] and cut + 1 not in ends)
        with journal:
            for name, content in list(ENTRIES.items())[kept:]:
                journal.append(name, content)
        assert contents(Journal(path, KEY)) == ENTRIES
        assert path.read_bytes().startswith(whole[:cut])


def test_every_single_damaged_byte_is_noticed_and_costs_no_other_entry(path):
    whole = filled(path)
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= 0x10
        path.write_bytes(broken)
        journal = Journal(path, KEY)
        found = contents(journal)
        assert found.items() <= ENTRIES.items()
        # The end of a line stands between two entries.
        assert len(found) >= (1 if whole[place] == ord("\n") else 2)
        assert len(found) < 3
        assert len(journal.complaints()) >= 1
    assert path.read_bytes() == broken  # reported, never deleted


def test_damage_after_opening_is_noticed_too(path):
    whole = filled(path)
    journal = Journal(path, KEY)
    path.write_bytes(whole.replace(b"0.1", b"0.2"))
    assert journal.get("third") is None
    path.write_bytes(whole[:50])
    assert journal.get("first") is None
    path.unlink()
    assert journal.get("second") is None


def test_entries_of_another_key_are_not_seen_and_stay(path):
    whole = filled(path)
    journal = Journal(path, OTHER_KEY)
    assert len(journal) == 0
    assert journal.complaints() == [
        f"{path}: 3 entries are of other work or another version of the program (lines 1, 2, 3): "
        "not used, run again"
    ]
    filled(path, {"first": b"other"}, OTHER_KEY)
    assert path.read_bytes().startswith(whole)
    assert contents(Journal(path, KEY)) == ENTRIES
    assert contents(Journal(path, OTHER_KEY)) == {"first": b"other"}


def test_an_entry_moved_to_another_name_or_key_is_damaged(path):
    first, second, third = (line + b"\n" for line in filled(path).split(b"\n")[:3])
    path.write_bytes(
        first.replace(b"first", b"fifth") + second.replace(KEY.encode(), OTHER_KEY.encode()) + third
    )
    assert contents(Journal(path, KEY)) == {"third": ENTRIES["third"]}
    assert len(Journal(path, OTHER_KEY)) == 0


def test_entries_of_an_older_format_are_recognised(path):
    whole = filled(path)
    path.write_bytes(whole.replace(b"journal-3", b"journal-2", 1))
    journal = Journal(path, KEY)
    assert sorted(journal) == ["second", "third"]
    assert journal.complaints() == [
        f"{path}: 1 entry is of another format (line 1): not used, run again"
    ]


def test_many_unusable_entries_are_one_short_sentence(path):
    path.write_bytes(b"nonsense\n" * 1000)
    (complaint,) = Journal(path, KEY).complaints()
    assert "1000 entries are cut off or damaged (lines 1, 2, 3, 4, 5, ...)" in complaint


class FullDisk(journals.FileIO):
    """A disk that takes ten bytes and no more."""

    def write(self, content):
        if len(content) <= 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(bytes(content)[:10])


def test_what_a_full_disk_took_of_an_entry_is_taken_back(path, monkeypatch):
    whole = filled(path)
    monkeypatch.setattr(journals, "FileIO", FullDisk)
    journal = Journal(path, KEY)
    with pytest.raises(OSError, match="No space left"), journal:
        journal.append("fourth", b"4")
    assert path.read_bytes() == whole
    assert journal.get("fourth") is None


def test_an_entry_interrupted_halfway_is_taken_back(path, monkeypatch):
    whole = filled(path)
    journal = Journal(path, KEY)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            journal.append("fourth", b"4")
    journal.close()
    assert path.read_bytes() == whole


def test_many_short_entries_are_not_forced_to_the_disk_one_by_one(path, monkeypatch):
    syncs = []
    monkeypatch.setattr(os, "fsync", syncs.append)
    monkeypatch.setattr(journals, "SECONDS_BETWEEN_SYNCS", 3600.0)
    with Journal(path, KEY) as journal:
        before = len(syncs)
        for number in range(500):
            journal.append(str(number), b"x")
        assert len(syncs) - before <= 2
        last = len(syncs)
    assert len(syncs) == last + 1


def test_a_folder_that_is_gone_takes_no_entry(tmp_path):
    with pytest.raises(FileNotFoundError):
        Journal(tmp_path / "gone" / "work.journal", KEY).append("first", b"1")


@pytest.mark.parametrize("name", ["", "a/b", "two words", "end\n"])
def test_names_hold_no_spaces_and_no_ends_of_lines(path, name):
    with pytest.raises(ValueError, match="the entry is named"):
        Journal(path, KEY).append(name, b"")


def test_a_key_is_a_digest(path):
    with pytest.raises(ValueError, match="32 hexadecimal digits"):
        Journal(path, "../elsewhere")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a pipe")
@pytest.mark.parametrize("kind", ["a pipe", "a link", "a folder"])
def test_what_is_no_file_is_neither_waited_for_nor_followed(path, tmp_path, kind):
    (tmp_path / "precious").write_text("mine")
    if kind == "a pipe":
        os.mkfifo(path)
    elif kind == "a link":
        path.symlink_to(tmp_path / "precious")
    else:
        path.mkdir()
    with pytest.raises(FolderError, match=f"work.journal is {kind}; must be a file"):
        Journal(path, KEY)
    assert journals.first_entry(path) is None
    assert (tmp_path / "precious").read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="makes a link")
def test_a_journal_that_became_a_link_meanwhile_takes_no_entry(path, tmp_path):
    journal = Journal(path, KEY)
    (tmp_path / "precious").write_text("mine")
    path.symlink_to(tmp_path / "precious")
    with pytest.raises(FolderError, match="is a link"):
        journal.append("first", b"1")
    assert (tmp_path / "precious").read_text() == "mine"


def test_a_line_longer_than_any_entry_is_one_damaged_line(path, monkeypatch):
    whole = filled(path)
    monkeypatch.setattr(journals, "LONGEST_LINE", 2000)
    path.write_bytes(b"x" * 7001 + b"\n" + whole)
    journal = Journal(path, KEY)
    assert contents(journal) == ENTRIES
    assert journal.unusable == {1: journals.DAMAGED}


def as_a_journal_writes_it(rest):
    """Return a line with a sound checksum over anything."""
    checksum = hashlib.blake2b(rest, digest_size=16).hexdigest().encode()
    return b" ".join([journals.FORMAT, checksum, rest]) + b"\n"


@pytest.mark.parametrize(
    "rest",
    [b"", b" ", KEY.encode(), KEY.encode() + b" a/../b x", KEY.encode() + b" \xff\xfe x",
     KEY.encode() + b" " + b"n" * 5000 + b" x", KEY.encode() + b"  x"],
)  # fmt: skip
def test_a_sound_checksum_over_nonsense_makes_no_entry(path, rest):
    path.write_bytes(as_a_journal_writes_it(rest))
    journal = Journal(path, KEY)
    assert len(journal) == 0
    assert len(journal.complaints()) == 1


def test_the_first_entry_is_read_without_the_others(path):
    named = path.with_name(f"{KEY}.journal")
    filled(named, {"program": b"=\n", "more": b"x" * 10_000})
    assert journals.first_entry(named) == ("program", b"=\n")
    filled(path.with_name(f"{OTHER_KEY}.journal"), {"large": b"x" * 10_000})
    assert journals.first_entry(path.with_name(f"{OTHER_KEY}.journal")) is None
    assert journals.first_entry(path) is None
