"""Reports as Markdown: read back by a parser, whatever was measured, and never longer than they may be."""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import msgspec
import pytest
from made_runs import MIB, described, line, made_run, measured, metered, three
from markdown_it import MarkdownIt

from memlab.analysis.report import make_report
from memlab.analysis.trial_rows import trial_rows
from memlab.model.report import Finding, Report
from memlab.model.run import Run
from memlab.model.shown import Shown
from memlab.render.markdown_page import COMMENT_BYTES
from memlab.render.markdown_report import render_markdown

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_reports

PARSER = MarkdownIt("gfm-like")
TAGS = re.compile(r"<([^>]*)>")


def run_of(*trials: object, **more: object) -> Run:
    """A run of a baseline and a technique."""
    return made_run([described("load_all", "baseline"), described("stream")], trials, **more)  # type: ignore[arg-type]


def shown_of(run: Run) -> Shown:
    return Shown(make_report(run, "reports/made/run.json"), run, trial_rows(run))


def shown(report: Report) -> Shown:
    """A report made by hand, whose raw run doesn't count: Markdown has no more than a report says."""
    return Shown(report, run_of(), ())


ALL = {name: shown(made()) for name, made in fake_reports.ALL.items()}
TWO = shown_of(
    run_of(
        *three("load_all", 100 * MIB),
        *three("stream", 20 * MIB),
        metered("stream", "memray", 20 * MIB, lines=[line(20 * MIB, "x = read(p)", "PIL/Image.py:3 load", 12)]),
        options={"meters": ("os", "memray")},
    )
)


def text_of(page: str) -> str:
    """What a reader sees."""
    visible = html.unescape(TAGS.sub(" ", PARSER.render(page))).replace("\u200b", "")
    return re.sub(r"\s+", " ", visible).strip()


def summaries(page: str) -> list[str]:
    return [html.unescape(TAGS.sub("", one)) for one in re.findall(r"<summary>(.*?)</summary>", page)]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("limit", [16 << 10, COMMENT_BYTES])
def test_a_page_is_sound_and_within_its_limit(name: str, limit: int) -> None:
    page = render_markdown([ALL[name]], limit_bytes=limit)
    assert len(page.encode()) <= limit
    assert page.endswith(".\n")
    rendered = PARSER.render(page)
    assert {tag.split(" ")[0] for tag in TAGS.findall(rendered)} <= {
        *("h3", "/h3", "p", "/p", "ul", "/ul", "li", "/li", "strong", "/strong", "pre", "/pre", "br", "code", "/code"),
        *("table", "/table", "thead", "/thead", "tbody", "/tbody", "tr", "/tr", "th", "/th", "td", "/td"),
        *("details", "/details", "summary", "/summary"),
    }
    for tag in ("details", "summary", "table", "tr", "code"):
        assert len(re.findall(rf"<{tag}[ >]", rendered)) == rendered.count(f"</{tag}>")
    for table in re.findall(r"<table>(.*?)</table>", rendered, re.DOTALL):
        rows = [len(re.findall(r"<t[hd][ >]", row)) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)]
        assert len(set(rows)) == 1, rows


def test_what_is_asked_for_first_stands_first() -> None:
    page = render_markdown([TWO])
    assert page.startswith("### memlab: <code>made</code>\n\n✅ **stream needs 5.00× less memory than load_all: ")
    for part in (
        "| variant | role | growth | compared | retained | time | same output? |",
        "| `load_all` | baseline | **100 MiB**<br>99.9–100 MiB | – | 0 B | 1.00 s | – |",
        "| `stream` | technique | **20.0 MiB**<br>each time 20.0 MiB | needs 5.00× less than load_all (4.99–5.01×) |",
        "| `stream` | 20.0 MiB | 20.0 MiB |",
        "| `stream` | 20.0 MiB | `recipes/made.py:12` | `x = read(p)`, through `PIL/Image.py:3 load` |",
        "| resolution | 248 KiB |",
        "```\nmemlab compare made\n```",
    ):
        assert part in page
    assert summaries(page) == [
        "What each meter saw",
        "Where the memory was at the peak (memray)",
        "Outputs",
        "Environment",
        "How to repeat it",
    ]
    places = [page.index(part) for part in ("**stream", "| variant |", "<details>", "Measured with the kernel's")]
    assert places == sorted(places)


def test_findings_stand_below_the_table_the_worst_first_with_their_hints() -> None:
    page = render_markdown([ALL["failures"]])
    lines = [one for one in page.splitlines() if one.startswith("- ")]
    assert [one[2] for one in lines] == ["➖", "❌", "❌", "⚠", "ℹ"]
    assert "Interrupted: only the trials that had finished are counted." in page
    assert "| `segfaults` | technique | **failed** |" in page
    assert "**≥12.4 MiB**" in page
    assert any(token.type == "fence" and "segfaults" in token.content for token in PARSER.parse(page))
    (hint,) = ALL["eight_variants"].report.findings
    assert f"{hint.message} ({hint.hint}" in text_of(render_markdown([ALL["eight_variants"]]))


def test_a_finding_says_of_whom_it_is() -> None:
    finding = Finding("swapped", "warning", "stream", "it swapped")
    report = msgspec.structs.replace(TWO.report, findings=(finding,))
    assert "- ⚠️ `stream`: it swapped\n" in render_markdown([shown(report)])
    assert render_markdown([shown(report)]).splitlines()[2].startswith("⚠️ **")


def test_the_headline_is_the_recipes() -> None:
    page = render_markdown([ALL["retained_headline"]])
    assert "| variant | role | retained | compared | growth | time | same output? |" in page
    assert "| `cache_bounded` | technique | **12.0 MiB**<br>10.8–13.2 MiB | retains 12.5× less than" in page
    report = msgspec.structs.replace(ALL["retained_headline"].report, headline="kept")
    assert "| variant | role | kept | compared | growth | retained |" in render_markdown([shown(report)])


def test_what_agrees_by_decibels_says_so() -> None:
    page = render_markdown([ALL["every_meter"]])
    assert "| agrees, 53.6 dB |" not in page, "a variant without output has no row"
    assert "| 54 dB |" in page
    assert "its output differs from that of load_then_thumbnail (40.2 dB where 42 are asked for), and nothing" in (
        text_of(page)
    )
    made = shown_of(
        run_of(
            *(measured("load_all", MIB) for _ in range(3)), *(measured("stream", MIB, result="no") for _ in range(3))
        )
    )
    assert "| `stream` | `no` | differs in its bytes, and nothing declares that |" in render_markdown([made])


def test_several_recipes_begin_with_a_list_of_all() -> None:
    page = render_markdown([TWO, ALL["failures"], ALL["tree"]])
    assert page.startswith("### memlab: 3 recipes\n\n- ✅ `made`: stream needs 5.00×")
    assert page.count("\n#### <code>") == 3
    assert page.index("- ❌ `generators`") < page.index("#### <code>made</code>")
    assert "Left out" not in page


def test_what_has_no_room_is_said() -> None:
    """The least important goes first: a recipe's table and findings stay."""
    many = [described(f"variant_number_{number:03}", "technique") for number in range(150)]
    trials = [trial for one in many for trial in (measured(one.name, 50 * MIB), measured(one.name, 50 * MIB))]
    trials += [
        metered(one.name, "memray", 50 * MIB, lines=[line(50 * MIB, f"x = read(p)  # {one.name}" + "y" * 150)])
        for one in many
    ]
    run = made_run([described("load_all", "baseline"), *many], [*three("load_all", 100 * MIB), *trials])
    page = render_markdown([shown_of(run)])
    assert 0.5 * COMMENT_BYTES < len(page.encode()) <= COMMENT_BYTES
    rest = [int(count) for count in re.findall(r"^… and (\d+) more$", page, re.MULTILINE)]
    assert rest
    shown_rows = len(re.findall(r"^\| `variant_number_\d+` \| technique \|", page, re.MULTILINE))
    table = page[: page.index("<details>")]
    (cut,) = re.findall(r"^… and (\d+) more$", table, re.MULTILINE) or ["0"]
    assert shown_rows + int(cut) == 150
    small = render_markdown([shown_of(run)], limit_bytes=16 << 10)
    assert len(small.encode()) <= 16 << 10
    assert "| `load_all` | baseline |" in small


def test_a_part_that_has_no_room_is_named() -> None:
    hostile = ALL["hostile"].report
    environment = msgspec.structs.replace(
        hostile.environment, libraries={f"library{number}" * 6: "1.0" * 60 for number in range(400)}
    )
    findings = [Finding("long", "note", None, "x y " * 300) for _ in range(100)]
    report = msgspec.structs.replace(hostile, environment=environment, findings=tuple(findings))
    for limit in range(16 << 10, 22 << 10, 511):
        page = render_markdown([shown(report)], limit_bytes=limit)
        assert len(page.encode()) <= limit
        named = re.findall(r"^Left out for length: (.*)\.$", page, re.MULTILINE)
        there = len(summaries(page))
        missing = len(named[0].split(", ")) if named else 0
        assert there + missing == 4
        for part in re.findall(r"<details>.*?</details>", page, re.DOTALL):
            assert re.search(r"^(\| [^-].*\||memlab .*)$", part.partition("---")[2] or part, re.MULTILINE), part


def test_more_recipes_than_there_is_room_for_are_named() -> None:
    several = []
    for number in range(60):
        report = msgspec.structs.replace(ALL["eight_variants"].report, recipe=f"recipe_{number:02}")
        several.append(shown(report))
    page = render_markdown(several)
    assert len(page.encode()) <= COMMENT_BYTES
    sections = page.count("\n#### <code>")
    assert 10 <= sections < 60
    (left_out,) = re.findall(r"^Left out for length: (.*)\.$", page.rstrip().splitlines()[-1])
    assert "recipe_" in left_out
    (more,) = re.findall(r" and (\d+) more$", left_out)
    assert sections + 5 + int(more) == 60
    # All of them stand in the list.
    assert all(f"`recipe_{number:02}`: stream needs" in page for number in range(60))


def test_the_same_runs_give_the_same_page() -> None:
    assert render_markdown([TWO, ALL["tree"]]) == render_markdown([TWO, ALL["tree"]])
