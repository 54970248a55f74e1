"""What is installed, and what builds it, is pinned and hashed; an audit says what it knows."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import audit

ROOT = Path(__file__).parents[2]


def pins(name):
    """Return what a lock pins, each with its hashes."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {line.split()[0]: re.findall(r"--hash=sha256:[0-9a-f]{64}", line) for line in lines}


@pytest.mark.parametrize("name", audit.LOCKS)
def test_everything_is_pinned_and_hashed_and_no_host_is_named(name):
    found = pins(name)
    assert found
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) and hashes for pin, hashes in found.items())
    assert "://" not in (ROOT / name).read_text()


def test_what_builds_the_package_is_locked_and_nothing_is_fetched_beside():
    text = (ROOT / ".ci" / "run").read_text()
    installs = re.sub(r"\\\n\s*", "", text).splitlines()
    installs = [line for line in installs if "pip install" in line]
    assert len(installs) == 2
    assert "--require-hashes -r requirements.lock -r .ci/build.lock" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]
    built_by = re.search(r'requires = \["([\w-]+)', (ROOT / "pyproject.toml").read_text())[1]
    names = {pin.partition("==")[0] for pin in pins(".ci/build.lock")}
    assert {built_by, "editables"} <= names


def test_both_locks_agree_where_they_meet():
    ours, theirs = ({pin.split("==")[0]: pin for pin in pins(name)} for name in audit.LOCKS)
    assert all(ours[name] == theirs[name] for name in ours.keys() & theirs)


def answer(*vulnerabilities, **package):
    entry = {"name": "numpy", "version": "2.0", "vulns": list(vulnerabilities), **package}
    return json.dumps({"dependencies": [entry], "fixes": []})


KNOWN = {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2.1"], "description": "x"}
OPEN = {"id": "PYSEC-2", "aliases": [], "fix_versions": [], "description": "x"}


@pytest.mark.parametrize(
    ("stdout", "stderr", "code", "said"),
    [
        (answer(), "No known vulnerabilities found", 0, "1 packages asked for, 0 advisories"),
        (answer(KNOWN), "", 1, "numpy 2.0: PYSEC-1, CVE-1; mended in 2.1"),
        (answer(OPEN), "", 1, "numpy 2.0: PYSEC-2; mended in no version yet"),
        ("", "Traceback\nConnectionError: Failed to resolve", 3, "so nothing is known: Connection"),
        ("", "", 3, "no advisory service could be reached"),
        (answer()[:-9], "cut off", 3, "no advisory service could be reached"),
        ('{"dependencies": []}', "", 3, "no advisory service could be reached"),
        (json.dumps({"dependencies": [{"name": "a", "skip_reason": "b"}]}), "", 3, "nothing is"),
    ],
)
def test_an_audit_says_what_it_knows(stdout, stderr, code, said, monkeypatch, capsys):
    done = SimpleNamespace(stdout=stdout, stderr=stderr, returncode=1)
    monkeypatch.setattr(audit, "is_installed", lambda name: True)
    monkeypatch.setattr(audit.subprocess, "run", lambda *words, **options: done)
    assert audit.main() == code
    assert said in capsys.readouterr().out


def test_the_audit_asks_for_every_lock():
    assert [word for word in audit.command() if word.endswith(".lock")] == list(audit.LOCKS)
