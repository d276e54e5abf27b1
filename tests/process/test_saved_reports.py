"""A real run, shown again: by `memlab report` as by `memlab compare`, as a page, and in the list of runs."""

from __future__ import annotations

import csv
import json

import pytest
from harness import Place, RunMemlab

from memlab.storage import load_run

NOTING = """#!/bin/sh
echo noise
printf %s "$1" > "$NOTE"
"""
MEASURE = ("compare", "generators", "--quick", "--variant", "stream", "--trials", "1", "--meters", "os")


@pytest.mark.slow
def test_a_run_is_shown_again_as_it_was(place: Place, memlab: RunMemlab) -> None:
    browser, note = place.folder / "browser", place.folder / "note"
    browser.write_text(NOTING)
    browser.chmod(0o755)
    display = {"DISPLAY": ":99", "BROWSER": f"{browser} %s", "NOTE": str(note), "CI": ""}

    measured = memlab(*MEASURE, "--open", env=display)
    assert measured.code == 0, measured.err
    (run,) = place.work.glob("reports/generators/*/run.json")
    page = run.with_name("report.html")
    assert note.read_text() == page.as_uri()
    assert "noise" not in measured.out
    assert f"memlab: the page is {page.relative_to(place.work)}\n" in measured.err

    for words in ((), ("generators",), (str(run.parent.relative_to(place.work)),)):
        again = memlab("report", *words)
        assert (again.code, again.err) == (0, "")
        assert again.out == measured.out

    document = memlab("report", "--json")
    assert document.out == run.with_name("report.json").read_text()

    written = memlab("report", "-o", "a.html", "-o", "a.md", "-o", "a.csv", "-o", "a.svg")
    assert (written.code, written.out, written.err) == (0, "", "")
    assert (place.work / "a.html").read_bytes() == page.read_bytes()
    assert (place.work / "a.svg").read_bytes() == run.with_name("peaks.svg").read_bytes()
    assert json.loads(document.out)["sentence"] in (place.work / "a.md").read_text()
    rows = list(csv.DictReader((place.work / "a.csv").read_text().splitlines()))
    growths = {(row["variant"], row["kind"]): int(row["peak_growth_bytes"]) for row in rows if row["meter"] == "os"}
    assert len(rows) == len(load_run(run).trials) == 4
    assert growths["load_all", "headline"] > 2 * growths["stream", "headline"] > 0

    listed = json.loads(memlab("runs", "--json").out)
    assert [(one["path"], one["sentence"]) for one in listed["runs"]] == [
        (str(run.relative_to(place.work)), json.loads(document.out)["sentence"])
    ]
