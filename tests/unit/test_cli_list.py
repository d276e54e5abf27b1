"""`memlab list`, in lines and as JSON."""

from __future__ import annotations

import json

import pytest

from memlab.catalogue import CatalogueEntry
from memlab.cli import list as listing
from memlab.cli import main

Capture = pytest.CaptureFixture[str]
ENTRIES = [
    CatalogueEntry("alpha", "First.", "/a/alpha.py", "memlab", ("os",), (("plain", "baseline"),), module="a.alpha"),
    CatalogueEntry("broken", "", "/a/broken\x1b.py", "memlab", problem="has a syntax error in line 1: no"),
    CatalogueEntry("same", "Ours.", "/a/same.py", "memlab", module="a.same"),
    CatalogueEntry("same", "Theirs.", "/b/same.py", "theirs", ("no_such_module",), module="b.same"),
]


@pytest.fixture
def entries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "find_all", lambda: ENTRIES)
    monkeypatch.delenv("COLUMNS", raising=False)


@pytest.mark.usefixtures("entries")
def test_a_line_a_recipe_and_problems_on_stderr(capsys: Capture) -> None:
    assert main(["list"]) == 0
    output, said = capsys.readouterr()
    assert output == (
        "alpha        First.\n"
        "memlab:same  Ours.\n"
        "theirs:same  Theirs. (no_such_module is missing; install it with: pip install no_such_module)\n"
    )
    assert said == "memlab: /a/broken\\x1b.py has a syntax error in line 1: no\n"


@pytest.mark.usefixtures("entries")
def test_columns_count_in_a_pipe_too(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "alpha        First.",
        "memlab:same  Ours.",
        "theirs:same  Theirs. (no_such_module is missing;",
    ]
    assert {line[:13] for line in lines[3:]} == {" " * 13}


@pytest.mark.usefixtures("entries")
def test_json_is_one_document_and_nothing_else(capsys: Capture) -> None:
    assert main(["list", "--json"]) == 0
    output, said = capsys.readouterr()
    document = json.loads(output)
    assert said == ""
    assert (document["format"], document["version"]) == ("memlab.list", 1)
    assert document["recipes"][0] == {
        "name": "alpha",
        "summary": "First.",
        "file": "/a/alpha.py",
        "origin": "memlab",
        "needs": ["os"],
        "missing": [],
        "variants": [{"name": "plain", "role": "baseline"}],
        "problem": None,
    }
    assert document["recipes"][1]["problem"] == "has a syntax error in line 1: no"
    assert document["recipes"][3]["missing"] == ["no_such_module"]


def test_nothing_found_is_said(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "find_all", list)
    assert main(["list"]) == 0
    output, said = capsys.readouterr()
    assert output == ""
    assert "there are no recipes" in said
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recipes"] == []
