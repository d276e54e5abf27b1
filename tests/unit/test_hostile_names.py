"""Names and texts that mean something to a format, in every place of every format: they are shown, and do nothing.

Each format is read back by a parser of its own, and has the structure that it has with harmless names.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from xml.etree import ElementTree

import junitparser
import pytest
import tinyhtml5
from hostile_runs import NAMES, PLAIN, hostile_check, hostile_run, hostile_shown
from markdown_it import MarkdownIt
from msgspec.structs import replace
from PIL import Image

from memlab.analysis.diff import ReportedRun, diff_runs
from memlab.analysis.report import make_report
from memlab.model.diff import Diff, decode_diff, encode_diff
from memlab.model.report import decode_report, encode_report
from memlab.model.run import decode_run, encode_run
from memlab.model.run_list import RunList, SavedRun
from memlab.model.shown import Shown
from memlab.printable import encodable, printable
from memlab.render.charts import CHARTS, draw
from memlab.render.check import render_check
from memlab.render.diff import render_diff
from memlab.render.github import check_annotations
from memlab.render.html import render_page
from memlab.render.junit import check_junit
from memlab.render.layout import cell_width
from memlab.render.markdown import check_markdown
from memlab.render.markdown_page import COMMENT_BYTES
from memlab.render.markdown_report import render_markdown
from memlab.render.overview import OverviewRow, recipe_heading, render_overview
from memlab.render.run_list import render_run_list
from memlab.render.terminal import render_report
from memlab.render.trials_csv import COLUMNS, render_csv

each_name = pytest.mark.parametrize("text", NAMES.values(), ids=NAMES)
QUICK = ("script", "image", "attribute", "template", "terminal", "right_to_left", "long", "nul", "bar", "formula")
each_name_to_draw = pytest.mark.parametrize(
    "text",
    [pytest.param(text, id=name, marks=() if name in QUICK else pytest.mark.slow) for name, text in NAMES.items()],
)
"""The same, for what takes a second: those that aren't among the quick ones wait for the slow tests."""
SVG = "{http://www.w3.org/2000/svg}"
MARKDOWN = MarkdownIt("gfm-like")
SHOWN = 20
"""So many characters of a name are shown in every format, however long it is and however narrow the page."""


@cache
def shown(text: str) -> Shown:
    return hostile_shown(text)


@cache
def diff(text: str) -> Diff:
    """A diff of two runs: the technique needs more and has another source, a variant is new and one is gone."""
    old, new = hostile_run(text), hostile_run(text, growth=60)
    baseline, technique, *others, last = new.recipe.variants
    assert technique.source is not None
    technique = replace(technique, source=replace(technique.source, text=f"{technique.source.text}    {text}\n"))
    variants = (baseline, technique, *others, replace(last, name=f"{text} new"))
    environment = replace(new.environment, settings={text: f"{text} new"})
    new = replace(new, recipe=replace(new.recipe, variants=variants), environment=environment, skipped=())
    reported = [ReportedRun(run, make_report(run, f"reports/{text}/{at}")) for at, run in enumerate((old, new))]
    return diff_runs(*reported, "0.1.0")


def beginning(text: str) -> str:
    """What has to be there of a text: its beginning, as `printable` shows it; without spaces, where lines break."""
    return squeezed(printable(text, None).strip()[:SHOWN])


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def is_plain(text: str) -> bool:
    """Whether nothing in a text of several lines commands a terminal or hides."""
    return all(line.isprintable() for line in text.split("\n"))


@each_name
@pytest.mark.parametrize("width", [40, 100])
def test_terminal(text: str, width: int) -> None:
    page = render_report(shown(text).report, width=width, colour=False, unicode=True)
    assert is_plain(page)
    # The sentence begins with a variant's name; only the path of the run may be longer than a line.
    assert beginning(text) in squeezed(page)
    path = printable(shown(text).report.run_file or "", None)
    assert max(cell_width(line) for line in page.splitlines() if path not in line) <= width
    coloured = render_report(shown(text).report, width=width, colour=True, unicode=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == page


@each_name
def test_lists_of_recipes_and_of_runs(text: str) -> None:
    report = shown(text).report
    rows = [OverviewRow(text, report, None, 1.0), OverviewRow(text, None, text, 1.0)]
    overview = recipe_heading(text, colour=False, unicode=True)
    overview += render_overview(rows, width=100, colour=False, unicode=True)
    saved = SavedRun(f"reports/{text}/run.json", text, report.created, True, 6, 6, report.sentence, text, text)
    damaged = SavedRun(f"reports/{text}/run.json", text, problem=text)
    listed = RunList(text, text, 2, (saved, damaged))
    now = datetime.fromisoformat(report.created) + timedelta(hours=1)
    for page in (overview, render_run_list(listed, now=now, width=100, colour=False, unicode=True)):
        assert is_plain(page)
        assert squeezed(page).count(beginning(text)) >= 2


@each_name
def test_check_in_a_terminal(text: str) -> None:
    page = render_check(hostile_check(text), width=100, colour=False, unicode=True)
    assert is_plain(page)
    assert beginning(text) in squeezed(page)


@each_name
@pytest.mark.parametrize("width", [40, 100])
def test_diff(text: str, width: int) -> None:
    page = render_diff(diff(text), width=width, colour=False, unicode=True)
    assert is_plain(page)
    assert beginning(f"{text}1") in squeezed(page)
    paths = [printable(side.run_file, None) for side in (diff(text).old, diff(text).new)]
    assert max(cell_width(line) for line in page.splitlines() if line not in paths) <= width
    ascii = render_diff(diff(text), width=width, colour=False, unicode=False)
    assert ascii.isascii()


@each_name
def test_json(text: str) -> None:
    known = shown(text)
    for content in (encode_report(known.report), encode_run(known.run), encode_diff(diff(text))):
        # Nothing but JSON's own characters below a space: what else there is stands as an escape.
        assert not re.search(rb"[\x00-\x09\x0b-\x1f]", content)
        json.loads(content)
    assert decode_report(encode_report(known.report)).recipe == encodable(text)
    assert decode_run(encode_run(known.run)).recipe.name == encodable(text)
    assert decode_diff(encode_diff(diff(text))).recipe == encodable(text)


@each_name
def test_csv(text: str) -> None:
    content = render_csv([shown(text)])
    assert content.endswith("\r\n")
    assert is_plain(content.replace("\r\n", "\n"))
    heading, *rows = csv.reader(io.StringIO(content, newline=""), strict=True)
    assert tuple(heading) == COLUMNS
    assert len(rows) == len(shown(text).trials)
    for row, trial in zip(rows, shown(text).trials, strict=True):
        assert len(row) == len(COLUMNS)
        cells = dict(zip(heading, row, strict=True))
        name = printable(trial.variant, 20_000)
        assert cells["variant"] in (name, f"'{name}")
        for name, cell in cells.items():
            number = name.endswith(("_bytes", "_seconds"))
            assert number or not cell.lstrip().startswith(("=", "+", "-", "@", "\t", "\r"))
            assert not number or not cell or float(cell) is not None


@each_name
def test_markdown(text: str) -> None:
    page = render_markdown([shown(text)])
    assert len(page.encode()) <= COMMENT_BYTES
    assert_same_markdown(page, render_markdown([shown(PLAIN)]))
    # A bar that isn't escaped would end the cell: what is too many for a row is dropped without a word.
    table = MARKDOWN.render(page).partition("</table>")[0]
    names = re.findall(r"<tr>\s*<td><code>(.*?)</code></td>", table, re.DOTALL)
    shown_names = [squeezed(printable(one.name, 80)) for one in shown(text).report.variants]
    assert [squeezed(html.unescape(name)) for name in names] == shown_names


@each_name
def test_check_as_markdown(text: str) -> None:
    page = check_markdown(hostile_check(text))
    assert_same_markdown(page, check_markdown(hostile_check(PLAIN)))
    assert beginning(text) in squeezed(read(page))


def assert_same_markdown(page: str, plain: str) -> None:
    """The page has the elements of the plain one, in their order, and nothing refers or looks like a mention."""
    assert [character for character in page if not character.isprintable() and character not in "\n\u200b\ufe0f"] == []
    tokens, plain_tokens = MARKDOWN.parse(page), MARKDOWN.parse(plain)
    assert [token.type for token in tokens] == [token.type for token in plain_tokens]
    inline = [child for token in tokens for child in token.children or ()]
    assert not {token.type for token in inline} & {"link_open", "image", "s_open", "em_open"}
    tags = {token.content for token in inline if token.type == "html_inline"}
    assert tags <= {"<code>", "</code>", "<br>"}
    rendered = MARKDOWN.render(page)
    tag = re.compile(r"<(\w+)")
    ours = Counter(tag.findall(rendered))
    assert ours["details"] == rendered.count("</details>")
    assert set(ours) <= set(tag.findall(MARKDOWN.render(plain)))
    outside = re.sub(r"<pre>.*?</pre>|<code>.*?</code>", "", rendered, flags=re.DOTALL)
    assert not re.search(r"[@#](?=\w)", html.unescape(re.sub(r"<[^>]*>", "", outside)))


def read(page: str) -> str:
    """What a reader of the Markdown sees."""
    return html.unescape(re.sub(r"<[^>]*>", "", MARKDOWN.render(page))).replace("\u200b", "")


def test_junit_is_read_back() -> None:
    """By the library that most readers are held to; below, each name by itself."""
    for text in (PLAIN, NAMES["script"], NAMES["terminal"]):
        (suite,) = junitparser.JUnitXml.fromstring(check_junit(hostile_check(text), folder="/project"))
        assert suite.name == printable(text, 500)


@each_name
def test_junit(text: str) -> None:
    root = ElementTree.fromstring(check_junit(hostile_check(text), folder="/project"))
    plain = ElementTree.fromstring(check_junit(hostile_check(PLAIN), folder="/project"))
    assert [element.tag for element in root.iter()] == [element.tag for element in plain.iter()]
    known = {(element.tag, name) for element in plain.iter() for name in element.attrib}
    assert {(element.tag, name) for element in root.iter() for name in element.attrib} <= known
    assert all(is_plain(value) for element in root.iter() for value in (element.text or "", *element.attrib.values()))
    assert printable(text, 500) in [element.get("name") for element in root.iter("testsuite")]


@each_name
def test_github(text: str) -> None:
    lines = check_annotations(hostile_check(text), folder="/project").splitlines()
    plain = check_annotations(hostile_check(PLAIN), folder="/project").splitlines()
    command = re.compile(r"::(error|warning|notice) (?:(?:file|line|endLine|title|col)=[^,:]*,?)+::[^\r\n]*")
    assert len(lines) == len(plain)
    for line in lines:
        assert is_plain(line)
        assert command.fullmatch(line)


@each_name_to_draw
@pytest.mark.parametrize("chart", CHARTS)
def test_svg(text: str, chart: str) -> None:
    content = draw(shown(text).report, chart, "svg").decode()
    assert is_plain(content)
    assert "<!ENTITY" not in content
    root, plain = ElementTree.fromstring(content), ElementTree.fromstring(draw(shown(PLAIN).report, chart, "svg"))
    known = {(element.tag, name) for element in plain.iter() for name in element.attrib}
    assert {element.tag for element in root.iter()} <= {element.tag for element in plain.iter()} | {f"{SVG}tspan"}
    assert {(element.tag, name) for element in root.iter() for name in element.attrib} <= known | {(f"{SVG}tspan", "x")}
    references = re.findall(r"""(?:href|src)\s*=\s*["']([^"'#][^"']*)|url\((?!#)([^)]*)""", tags_of(root))
    assert references == []
    assert beginning(text)[:8] in squeezed("".join(root.itertext()))


def tags_of(root: ElementTree.Element) -> str:
    """The attributes of all elements, without what they hold."""
    return " ".join(f'{name.rpartition("}")[2]}="{value}"' for one in root.iter() for name, value in one.attrib.items())


@pytest.mark.slow
@each_name
def test_png(text: str) -> None:
    with Image.open(io.BytesIO(draw(shown(text).report, "peaks", "png"))) as image:
        image.load()
        assert image.format == "PNG"
        assert image.width == 1200
        assert all(is_plain(str(value)) for value in image.info.values())


def test_no_name_makes_a_chart_longer_than_it_is() -> None:
    with Image.open(io.BytesIO(draw(shown(PLAIN).report, "peaks", "png"))) as image:
        height = image.height
    with Image.open(io.BytesIO(draw(shown(NAMES["long"]).report, "peaks", "png"))) as image:
        assert image.height <= 2 * height


@each_name_to_draw
def test_html(text: str) -> None:
    content = render_page([shown(text)]).decode()
    assert is_plain(content.replace("\t", " "))
    page, plain = parsed(content), plain_page()
    elements, known = elements_of(page), elements_of(plain)
    assert {tag for tag, _ in elements} <= {tag for tag, _ in known}
    for tag in ("script", "style", "link", "meta", "img", "a", "iframe", "object", "button", "form", "base"):
        assert elements_with(page, tag) == elements_with(plain, tag), tag
    # Attributes that a longer name may add are those of a shortened text.
    assert {one for one in attributes(page) if one not in attributes(plain)} <= {(tag, "title") for tag, _ in elements}
    assert [name for _, name in attributes(page) if name.startswith("on")] == []
    assert beginning(f"{text}1") in squeezed("".join(page.itertext()))
    for element in page.iter():
        for name in ("href", "src", "{http://www.w3.org/1999/xlink}href", "action", "poster"):
            assert element.get(name, "#").startswith(("#", "data:image/png;base64,"))
    running = [one.text for one in page.iter("script") if one.get("type") is None]
    assert running == [one.text for one in plain.iter("script") if one.get("type") is None]
    for one in page.iter("script"):
        if one.get("type") is not None:
            assert "<" not in (one.text or "")
            json.loads(one.text or "")
    ids = [one.get("id") for one in page.iter() if one.get("id")]
    assert len(ids) == len(set(ids))


@cache
def plain_page() -> ElementTree.Element:
    return parsed(render_page([shown(PLAIN)]).decode())


def parsed(content: str) -> ElementTree.Element:
    return tinyhtml5.parse(content, namespace_html_elements=False)


def elements_of(page: ElementTree.Element) -> set[tuple[str, str]]:
    return {(str(one.tag), one.get("role", "")) for one in page.iter() if isinstance(one.tag, str)}


def elements_with(page: ElementTree.Element, tag: str) -> int:
    return sum(1 for _ in page.iter(tag))


def attributes(page: ElementTree.Element) -> set[tuple[str, str]]:
    return {(str(one.tag), name) for one in page.iter() if isinstance(one.tag, str) for name in one.attrib}


def test_names_that_are_alike_stay_apart_on_one_page() -> None:
    """Several recipes, each of a hostile name: their ids don't meet."""
    several = [shown(NAMES[name]) for name in ("script", "image", "terminal", "right_to_left", "nul", "wide")]
    page = parsed(render_page(several).decode())
    ids = [one.get("id") for one in page.iter() if one.get("id")]
    assert len(ids) == len(set(ids))
    assert len(render_markdown(several).encode()) <= COMMENT_BYTES
