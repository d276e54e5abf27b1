"""A check as Markdown: read back by a parser, whatever stands in it, and never longer than it may be."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from memlab.model.check import CheckReport
from memlab.model.report import Finding
from memlab.printable import printable
from memlab.render.github import SUMMARY_BYTES, check_summary
from memlab.render.markdown import COMMENT_BYTES, MARK, check_markdown
from memlab.render.markdown_text import code, fenced, html_code, prose, table_opening, table_row, text

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_checks
from fake_checks import HOSTILE, MIB, figure, plain, recipe, regressed, report, variant

PARSER = MarkdownIt("gfm-like")
"""With raw HTML, tables, and links of bare addresses, as the sites that show it."""
OWN_TAGS = {"details", "/details", "summary", "/summary", "code", "/code", "!-- memlab check --"}
TAGS = re.compile(r"<([^>]*)>")


def tokens(page: str) -> Iterator[Token]:
    for token in PARSER.parse(page):
        yield token
        yield from token.children or ()


def shown(page: str) -> str:
    """What a reader sees: without markup, and without the spaces of no width."""
    visible = html.unescape(TAGS.sub("", PARSER.render(page)))
    return re.sub(r"\s+", " ", visible.replace("\u200b", "")).strip()


def squeezed(foreign: str, limit: int) -> str:
    return re.sub(r"\s+", " ", printable(foreign, limit).strip())


PLACES = {
    "paragraph": "{}\n",
    "item": "- {}\n",
    "cell": "| a | b |\n| --- | --- |\n| {} | end |\n",
    "html": "<p>{}</p>\n",
}
MEANINGS = (
    "1. item",
    "12) item",
    "- item",
    "+ item",
    "---",
    "===",
    "    indented",
    "https://example.org/a?b http://x.example www.example.org mailto:a@b.example",
    "GH-12 #3 !4 org/repo#5 @team",
    "a`b",
    "``",
    "`a` `",
    "x_y __x__ _a_ *b* **c** ~~d~~",
    "$a$ $`b`$",
    "&copy; &#35;",
    "\\",
    "a\\|b",
    "\\\\|",
    "|",
    "[^1]",
    "<={.p@.w!.&{",
    "# heading",
    "> quote",
    "![x](y) [z]: w",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("foreign", [*HOSTILE, *MEANINGS], ids=repr)
def test_foreign_text_is_shown_as_it_is(foreign: str, place: str) -> None:
    page = PLACES[place].format(text(foreign, 300))
    expected = squeezed(foreign, 300)
    assert shown(page) == (f"a b {expected} end" if place == "cell" else expected)
    kinds = {token.type for token in tokens(page)}
    assert not kinds & {"link_open", "image", "em_open", "strong_open", "s_open", "code_inline", "html_inline"}
    assert not kinds & {"heading_open", "hr", "code_block", "fence", "blockquote_open", "ordered_list_open"}


@pytest.mark.parametrize("cell", [False, True])
@pytest.mark.parametrize("foreign", [*HOSTILE, *MEANINGS], ids=repr)
def test_code_is_shown_as_it_is(foreign: str, cell: bool) -> None:
    page = PLACES["cell" if cell else "paragraph"].format(f"x {code(foreign, cell=cell)} y")
    (found,) = re.findall(r"<code>(.*?)</code>", PARSER.render(page), re.DOTALL)
    assert re.sub(r"\s+", " ", html.unescape(found).replace("\u200b", "")) == squeezed(foreign, 200)
    assert not any(token.type in ("link_open", "image", "em_open") for token in tokens(page))


def test_a_bar_is_escaped_in_a_cell_only() -> None:
    assert code("a|b", cell=True) == "`a\\|b`"
    assert code("a|b") == "`a|b`"


@given(st.text(max_size=40))
def test_no_text_gets_out_of_a_cell(foreign: str) -> None:
    for cell in (text(foreign), prose(foreign, cell=True), code(foreign, cell=True), html_code(foreign)):
        page = table_opening(["one", "two"]) + table_row([cell, "end"])
        cells = [token for token in PARSER.parse(page) if token.type in ("td_open", "th_open")]
        assert len(cells) == 4
        assert shown(page).endswith(" end")
        kinds = {token.type for token in tokens(page)}
        assert not kinds & {"link_open", "image", "html_block", "em_open", "strong_open"}
        assert {token.content for token in tokens(page) if token.type == "html_inline"} <= {"<code>", "</code>"}


def test_what_a_sentence_marks_as_code_is_code() -> None:
    page = prose("because line 3 `x = list(*y)` holds more")
    assert page == "because line 3 `x = list(*y)` holds more"
    assert PARSER.render(page) == "<p>because line 3 <code>x = list(*y)</code> holds more</p>\n"
    # An odd one is no mark, and neither are two with nothing between.
    assert "<code>" not in PARSER.render(prose("a ` b"))
    assert "<code>" not in PARSER.render(prose("a `` b"))
    assert PARSER.render(prose("run `a|b`", cell=False)) == "<p>run <code>a|b</code></p>\n"


def test_readable_text_stays_readable() -> None:
    sentence = "stream_with_del needs 67.9 MiB more (80.4 MiB instead of 12.5 MiB), 2 of 14; that's 5.4 %: a/b-c"
    assert text(sentence) == sentence
    assert code("generators/stream_with_del", cell=True) == "`generators/stream_with_del`"


def test_a_block_of_code_ends_where_it_ends() -> None:
    lines = ["```", "````` x", "</details>", "<script>"]
    (token,) = PARSER.parse(fenced(lines))
    assert token.type == "fence"
    assert token.content == "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("limit", [16 << 10, COMMENT_BYTES])
@pytest.mark.parametrize("name", fake_checks.ALL)
def test_a_page_is_sound_and_within_its_limit(name: str, limit: int) -> None:
    page = check_markdown(fake_checks.ALL[name](), limit_bytes=limit)
    assert len(page.encode()) <= limit
    assert page.startswith(f"{MARK}\n### ")
    assert page.endswith("memlab 0.2.0\n") or name == "hostile"
    rendered = PARSER.render(page)
    assert {tag.split(" ")[0] for tag in TAGS.findall(rendered)} <= {
        *("h3", "/h3", "p", "/p", "ul", "/ul", "li", "/li", "strong", "/strong", "pre", "/pre", "!--"),
        *("table", "/table", "thead", "/thead", "tbody", "/tbody", "tr", "/tr", "th", "/th", "td", "/td"),
        *OWN_TAGS,
    }
    for tag in ("details", "summary", "table", "tr", "code"):
        assert len(re.findall(rf"<{tag}[ >]", rendered)) == rendered.count(f"</{tag}>")
    assert not any(token.type in ("link_open", "image") for token in tokens(page))
    assert not re.search(r"@(?=[\w])", TAGS.sub("", re.sub(r"<code>.*?</code>", "", rendered, flags=re.DOTALL)))


def test_every_cell_is_there() -> None:
    page = check_markdown(fake_checks.hostile(), limit_bytes=SUMMARY_BYTES)
    for table in re.findall(r"<table>(.*?)</table>", PARSER.render(page), re.DOTALL):
        rows = [len(re.findall(r"<t[hd][ >]", row)) for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)]
        assert len(set(rows)) == 1, rows
    visible = shown(page)
    for place, foreign in enumerate(HOSTILE):
        assert squeezed(f"{foreign}{place}", 80) in visible


def test_hostile_pages_leave_nothing_unescaped() -> None:
    page = check_markdown(fake_checks.hostile(), limit_bytes=SUMMARY_BYTES)
    assert page.isascii() is False
    assert [character for character in page if not character.isprintable() and character not in "\n\u200b\ufe0f"] == []
    assert page.encode()  # no lone surrogate is left


def test_the_headline_has_the_sign_of_the_outcome() -> None:
    for code_, sign in {0: "✅", 1: "❌", 2: "⚠️", 3: "⚠️"}.items():
        page = check_markdown(report([], sentence="how it ended", exit_code=code_))
        assert page.startswith(f"{MARK}\n### {sign} memlab check\n\nhow it ended\n")


def test_a_regression_is_told_in_full() -> None:
    page = check_markdown(fake_checks.one_regression())
    for part in (
        "| ❌ | `generators` `stream` | **regressed** | 12.5 MiB → 80.4 MiB | +67.9 MiB (+543 %) | +67.9",
        "- if that is meant, `memlab accept generators` accepts it",
        "`recipes/generators.py:103` `images = list(map(read, paths))` holds 60.0 MiB more (72.0 MiB instead of 12.0",
        "<details><summary><code>generators/stream</code> regressed</summary>",
        "| ❌ | `generators` | `stream<64MiB` | over budget | 80.0 MiB | 64.0 MiB | command line |",
        "| `generators` `stream_with_del` | 6.27 MiB → 3.07 MiB | -3.20 MiB (-51 %) |",
        "Conditions are others than the baseline's: kernel 6.1 instead of 5.10, 2 CPUs instead of 4.",
        "- ⚠️ `generators/stream`: free memory of 3.00 MiB was reused; growth may be short",
        "<details><summary>As accepted: 2</summary>",
        "Held against `memlab-baseline.json` by the rule `growth>5% and >2MiB`.",
    ):
        assert part in page
    places = [
        page.index(part) for part in ("**regressed**", "What to do", "<code>generators", "Budgets", "As accepted")
    ]
    assert places == sorted(places)


def test_what_is_true_of_many_is_one_row() -> None:
    page = check_markdown(fake_checks.every_verdict())
    assert page.count("what was accepted is of others") == 1
    assert "| `views` `a` and 2 more | **no baseline**: what was accepted is of others |" in page
    assert "| `album` | **missing from the project**: album is in the baseline" in page
    assert "gone with its recipe" not in page
    assert "the check | **no baseline**: the baseline is of CPython 3&#46;" not in page
    assert "| the check | **no baseline**: the baseline is of CPython 3.11 only |" in page


def test_what_failed_shows_its_traceback() -> None:
    finding = Finding("raised", "error", "bad", "bad raised ValueError", None, {"traceback": "File a\n  ```\nwhy"})
    failed = recipe("broken", [plain("bad", "failed", "bad raised ValueError")], findings=(finding,))
    page = check_markdown(report([failed]))
    assert "<details><summary><code>broken/bad</code> failed</summary>" in page
    assert [token.content for token in tokens(page) if token.type == "fence"] == ["File a\n  ```\nwhy\n"]
    assert page.count("bad raised ValueError") == 1


def test_a_changed_growth_class_is_named() -> None:
    worse = regressed("stream", growth_classes={"count": ("constant", "linear"), "width": (None, "linear")})
    page = check_markdown(report([recipe("generators", [worse])]))
    assert "- growth class in count: constant → linear\n" in page
    assert "in width" not in page


def test_a_headline_other_than_growth_is_named() -> None:
    retained = (figure("retained", MIB, 9 * MIB, moved="up"), figure("growth", 12 * MIB))
    page = check_markdown(report([recipe("views", [regressed("crop", figures=retained)])]))
    assert "| **regressed** | retained 1.00 MiB → 9.00 MiB |" in page


@pytest.mark.parametrize("limit", [16 << 10, COMMENT_BYTES])
def test_what_has_no_room_is_counted(limit: int) -> None:
    check: CheckReport = fake_checks.huge()
    page = check_markdown(check, limit_bytes=limit)
    for title, rows, total in (
        # Budgets that are exceeded by one message are one row.
        ("**What to do**", "", 0),
        ("Budgets: 1200", "| ❌ | `recipe_", 1200),
        ("As accepted: 600", "| `recipe_", 600),
    ):
        part = page[page.index(title) :].split("</details>")[0]
        counted = re.findall(r"^… and (\d+) more$", part, re.MULTILINE)
        if total:
            assert part.count(f"\n{rows}") + sum(map(int, counted)) == total
            assert part.count(f"\n{rows}") > 0
    table = page[: page.index("**What to do**")]
    (rest,) = re.findall(r"^… and (\d+) more$", table, re.MULTILINE)
    assert table.count("\n| ❌ | `recipe_") + int(rest) == 60 * 10 + 1
    assert len(page.encode()) > 0.8 * limit


def test_no_limit_is_passed_by_a_part_that_nearly_fits() -> None:
    check = fake_checks.every_verdict()
    for limit in range(1000, 8000, 13):
        assert len(check_markdown(check, limit_bytes=limit).encode()) <= limit


def test_the_summary_may_be_longer() -> None:
    check = fake_checks.huge()
    assert COMMENT_BYTES < len(check_summary(check).encode()) <= SUMMARY_BYTES < 1 << 20


def test_skipped_variants_say_why() -> None:
    skipped = plain("with_hdf5", "skipped", "h5py is missing")
    page = check_markdown(report([recipe("spill", [skipped, variant("plain")])]))
    assert "<details><summary>Skipped: 1</summary>" in page
    assert "| `spill` `with_hdf5` | h5py is missing |" in page
