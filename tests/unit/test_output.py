"""Results on disk: whole files, checksums, folders tried first, one run at a time."""

import errno
import json
import os
import signal
import subprocess
import sys

import pandas as pd
import pytest

from abm.running import folders
from abm.running.folders import check_folder, claimed
from abm.running.output import (
    FolderError,
    ResultFolder,
    checksum,
    damaged_files,
    files_listed,
    write_all,
    write_whole,
)

TABLE = pd.DataFrame({"year": [2025, 2026], "world": ["baseline", "policy"], "value": [0.1, 1 / 3]})


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "table.csv"
    write_whole(path, b"old")
    write_whole(path, b"new and longer")
    assert path.read_bytes() == b"new and longer"
    assert names_in(tmp_path) == ["table.csv"]


def test_of_many_files_each_is_whole_and_one_that_fails_is_named(tmp_path):
    contents = {tmp_path / f"{place}.csv": bytes([place]) * place for place in range(20)}
    write_all(contents)
    assert all(path.read_bytes() == content for path, content in contents.items())
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write_all({tmp_path / "nowhere" / "a.csv": b"lost", tmp_path / "0.csv": b"other"})
    assert (tmp_path / "0.csv").read_bytes() == b"other"
    assert names_in(tmp_path) == sorted(path.name for path in contents)


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "table.csv"
    write_whole(path, b"old")

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["table.csv"]


def test_an_interrupted_move_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "figure.png"
    write_whole(path, b"old")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert names_in(tmp_path) == ["figure.png"]


def test_a_failure_to_write_names_the_file(tmp_path, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="table.csv"):
        write_whole(tmp_path / "table.csv", b"new")


def test_what_a_killed_writer_left_is_cleared(tmp_path):
    (tmp_path / ".outcomes.parquet.abcdefgh.partial").write_bytes(b"half")
    (tmp_path / "mine.partial").write_text("not hidden, not ours")
    ResultFolder(tmp_path)
    assert names_in(tmp_path) == ["mine.partial"]


def test_a_folder_that_is_gone_takes_no_results(tmp_path):
    with pytest.raises(FolderError, match="was removed while the run went on"):
        ResultFolder(tmp_path / "gone")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_that_outlives_its_parent_does_not_hold_the_folder(tmp_path):
    """Figures are drawn in a fork; a run that was killed meanwhile may be started again at once."""
    code = (
        "import os, pathlib, signal, sys, time; from abm.running.folders import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1])):\n"
        "    child = os.fork()\n"
        "    if child == 0: time.sleep(30); os._exit(0)\n"
        "    print(child, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with (tmp_path / "child").open("w") as told:
        subprocess.run([sys.executable, "-c", code, str(tmp_path / "uk")], stdout=told)
    child = int((tmp_path / "child").read_text())
    try:
        with claimed(tmp_path / "uk"):
            os.kill(child, 0)  # it still lives
    finally:
        os.kill(child, signal.SIGKILL)


def test_checking_a_folder_leaves_nothing_behind(tmp_path):
    check_folder(tmp_path / "not" / "yet" / "there")
    check_folder(tmp_path)
    assert names_in(tmp_path) == []


def test_a_file_in_the_way_is_found(tmp_path):
    (tmp_path / "results").write_text("a file")
    with pytest.raises(FolderError, match="is a file; results need a folder"):
        check_folder(tmp_path / "results" / "uk")


def test_an_unwritable_folder_is_found(tmp_path, monkeypatch):
    def read_only(**options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(folders.tempfile, "TemporaryFile", read_only)
    with pytest.raises(FolderError, match="cannot be written to .read-only file system."):
        check_folder(tmp_path)


def test_too_little_space_is_found(tmp_path):
    with pytest.raises(FolderError, match="MB free; the results need about"):
        check_folder(tmp_path, needed_bytes=10**18)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    too_long = tmp_path / ("x" * 300)
    with pytest.raises(FolderError, match="cannot be written to"), claimed(too_long):
        pass


def test_two_runs_cannot_write_into_one_folder(tmp_path):
    code = (
        "import sys; from pathlib import Path\n"
        "from abm.running.folders import claimed\n"
        "from abm.running.output import FolderError\n"
        "try:\n"
        "    with claimed(Path(sys.argv[1])): print('claimed')\n"
        "except FolderError as error: print(error)\n"
    )

    def other_process():
        command = [sys.executable, "-c", code, str(tmp_path / "uk")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    with claimed(tmp_path / "uk"):
        assert "is being written by another run" in other_process()
        with pytest.raises(FolderError, match="by another run"), claimed(tmp_path / "uk"):
            pass
        assert "is being written by another run" in other_process()
    assert other_process() == "claimed\n"


def finished_run(folder):
    results = ResultFolder(folder)
    results.write_table("outcomes.parquet", TABLE)
    results.write_table("effects.csv", TABLE)
    results.write("figures/survival.svg", b"<svg/>")
    results.finish({"seed": 1})
    return folder


def test_tables_come_back_as_they_were(tmp_path):
    finished_run(tmp_path)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "outcomes.parquet"), TABLE)
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "effects.csv"), TABLE, check_exact=True, check_dtype=False
    )


def test_the_manifest_names_every_file_with_its_checksum(tmp_path):
    finished_run(tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["seed"] == 1
    assert sorted(manifest["files"]) == ["effects.csv", "figures/survival.svg", "outcomes.parquet"]
    assert manifest["files"]["effects.csv"] == checksum(tmp_path / "effects.csv")
    assert damaged_files(tmp_path) == []


@pytest.mark.parametrize("damage", ["flip", "cut", "remove"])
def test_damage_is_found(tmp_path, damage):
    finished_run(tmp_path)
    path = tmp_path / "outcomes.parquet"
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif damage == "cut":
        path.write_bytes(content[:-1])
    else:
        path.unlink()
    assert damaged_files(tmp_path) == ["outcomes.parquet"]


def test_a_run_that_began_anew_counts_as_unfinished(tmp_path):
    finished_run(tmp_path)
    ResultFolder(tmp_path)
    with pytest.raises(FolderError, match="holds no finished run"):
        damaged_files(tmp_path)


def test_what_an_earlier_run_left_is_cleared_and_nothing_else(tmp_path):
    finished_run(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    results = ResultFolder(tmp_path)
    results.write_table("effects.csv", TABLE)
    results.finish({})
    assert names_in(tmp_path) == ["effects.csv", "manifest.json", "notes.txt"]


def test_a_manifest_cannot_name_files_elsewhere(tmp_path):
    folder = tmp_path / "uk"
    folder.mkdir()
    (tmp_path / "precious.txt").write_text("mine")
    files = {"../precious.txt": "0", str(tmp_path / "precious.txt"): "0", "effects.csv": "0"}
    (folder / "manifest.json").write_text(json.dumps({"files": files}))
    assert list(files_listed(folder)) == ["effects.csv"]
    ResultFolder(folder).finish({})
    assert (tmp_path / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"files": 3}', "\0"])
def test_an_unreadable_manifest_is_no_finished_run(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(FolderError, match="holds no finished run"):
        damaged_files(tmp_path)


def test_a_manifest_holds_no_number_that_json_does_not_know(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        ResultFolder(tmp_path).finish({"seconds": float("nan")})
    assert names_in(tmp_path) == []
