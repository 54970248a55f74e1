"""What a hosting service reads of the repository: workflow, forms and security policy."""

import os
import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ADDRESS = re.compile(r"\w+://|\S+@\S+\.\w")


def content(path):
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def test_the_workflow_tests_every_python_that_is_supported():
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ending = r"Programming Language :: Python :: (3\.\d+)"
    claimed = [found[1] for each in about["classifiers"] if (found := re.fullmatch(ending, each))]
    (tests,) = [content(path) for path in WORKFLOWS]
    job = tests["jobs"]["tests"]
    assert job["strategy"]["matrix"]["python"] == claimed
    commands = [step["run"].split()[0] for step in job["steps"] if "run" in step]
    assert commands == [".ci/run"] and os.access(ROOT / ".ci" / "run", os.X_OK)
    assert tests["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("path", [each for each in FORMS if each.stem != "config"],
                         ids=lambda path: path.stem)  # fmt: skip
def test_a_form_asks_something_and_requires_it(path):
    form = content(path)
    assert form["name"] and form["description"]
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert len({part["id"] for part in asked}) == len(asked) >= 2
    assert all(part["attributes"]["label"] for part in asked)
    assert any(part.get("validations", {}).get("required") for part in asked)


def test_what_is_published_beside_the_code_names_no_address():
    asked = ROOT / ".github" / "PULL_REQUEST_TEMPLATE.md"
    texts = [*FORMS, *WORKFLOWS, asked, ROOT / "SECURITY.md"]
    assert len(texts) == 7
    for path in texts:
        assert not ADDRESS.search(path.read_text(encoding="utf-8")), path.name
