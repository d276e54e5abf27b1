"""The page in a real browser: what it asks for (nothing), what can be done with it, and who can read it.

The pages are of made reports, whose figures are known, and of real runs of the recipes that come with memlab.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("selenium")
pytest.importorskip("selenium_axe_python")

from browser import Browser, started
from selenium.common.exceptions import SessionNotCreatedException
from selenium.webdriver.common.keys import Keys

from memlab.analysis.report import make_report
from memlab.analysis.trial_rows import trial_rows
from memlab.model.report import Report, TimelineReport, VariantReport
from memlab.model.shown import Shown
from memlab.render.html import render_page
from memlab.storage import load_run
from memlab.units import GIB, KIB, MIB, format_bytes, format_seconds

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))
import fake_chart_reports
import fake_reports
from made_runs import described, made_run, measured

GALLERY = Path(__file__).parents[2] / "reports" / "gallery"
STEPS = 300
"""How many the slider has."""

Write = Callable[..., Path]


@pytest.fixture(scope="session")
def browser(browser_programs: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests."""
    try:
        with started(*browser_programs, tmp_path_factory.mktemp("profile")) as window:
            yield window
    except SessionNotCreatedException as error:
        if os.environ.get("MEMLAB_CI"):
            raise
        pytest.skip(f"Chromium can't be steered: {error.msg}")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a page of reports, or of what is shown of them, into a file."""

    def page(*shown: Report | Shown) -> Path:
        file = tmp_path / "page.html"
        file.write_bytes(render_page([one if isinstance(one, Shown) else around(one) for one in shown]))
        return file

    return page


def around(report: Report) -> Shown:
    """A report with a run beside it that has three trials of each of its variants."""
    variants = [described(one.name, one.role) for one in report.variants]
    sizes = {one.name: one.peak_growth_bytes.median if one.peak_growth_bytes else 0 for one in report.variants}
    trials = [measured(name, size + n * KIB, seconds=1.0 + n) for name, size in sizes.items() for n in range(3)]
    run = made_run(variants, trials)
    return Shown(report, run, trial_rows(run))


def over_time(
    name: str, role: str, points: Sequence[tuple[float, int]], phases: Sequence[tuple[str, float, float]] = ()
) -> VariantReport:
    """A variant with this timeline."""
    made = fake_reports.variant(name, role, max(size for _, size in points), points[-1][0])
    return msgspec.structs.replace(made, timeline=TimelineReport(tuple(points), 0, tuple(phases)))


LOAD_ALL = [((n + 1) / 10, (n + 1) * 16 * MIB) for n in range(10)]
STREAM = [((n + 1) / 10, 4 * MIB if n % 2 else 12 * MIB) for n in range(5)]
PHASES = [("decode", 0.0, 0.21), ("blur", 0.21, 0.5), ("rows of it", 0.31, 0.4)]


def two_variants() -> Report:
    """`load_all` for a second, 16 MiB more each 100 ms; `stream` for half of it, and in phases."""
    return fake_reports.report(
        [over_time("load_all", "baseline", LOAD_ALL), over_time("stream", "technique", STREAM, PHASES)],
        [fake_reports.against("stream", value=11.9)],
    )


def reading(browser: Browser) -> dict[str, tuple[str, ...]]:
    """What the page says of each variant: its size, and its phase where there are any."""
    rows = [
        browser.texts(f".reading tbody tr:nth-child({n + 1}) > *") for n in range(len(browser.all(".reading tr")) - 1)
    ]
    return {name: (size, *phase) for name, size, *phase in rows}


def plot(browser: Browser) -> dict[str, float]:
    """Where in the window the first timeline's plot is, scrolled to."""
    box: dict[str, float] = browser.ask("""
        const plot = document.querySelector("figure[data-timeline] [id$='.plot'] path");
        plot.scrollIntoView({ block: "center", behavior: "instant" });
        return plot.getBoundingClientRect().toJSON();
    """)
    return box


def test_nothing_is_asked_for_and_nothing_complained_of(browser: Browser, write: Write) -> None:
    for scripts in (True, False):
        browser.open(write(fake_chart_reports.all_meters()), scripts=scripts)
        assert browser.requests() == []
        assert browser.complaints() == []
    assert len(browser.all("main svg[role=img]")) == 2


def test_only_the_pages_own_script_may_run_and_nothing_is_fetched(browser: Browser, write: Write) -> None:
    browser.open(write(two_variants()))
    browser.requests()
    browser.ask("""
        document.body.append(Object.assign(document.createElement("script"), { textContent: "window.foreign = 1" }));
        document.body.append(Object.assign(document.createElement("img"), { src: "https://example.org/seen.png" }));
        document.body.setAttribute("onclick", "window.foreign = 2");
        document.body.click();
    """)
    assert browser.ask("return window.foreign") is None
    said = " ".join(browser.complaints())
    assert "Content Security Policy" in said
    assert "seen.png" in said


def test_the_mouse_reads_the_timeline(browser: Browser, write: Write) -> None:
    browser.open(write(two_variants()))
    box = plot(browser)
    assert reading(browser) == {"load_all": ("160 MiB", ""), "stream": ("12.0 MiB", "decode")}
    assert browser.texts(".reading .when") == ["of each at its highest"]
    for share, expected in {
        0.05: {"load_all": ("16.0 MiB", ""), "stream": ("12.0 MiB", "decode")},
        0.15: {"load_all": ("32.0 MiB", ""), "stream": ("4.00 MiB", "decode")},
        0.25: {"load_all": ("48.0 MiB", ""), "stream": ("12.0 MiB", "blur")},
        0.35: {"load_all": ("64.0 MiB", ""), "stream": ("4.00 MiB", "rows of it")},
        0.45: {"load_all": ("80.0 MiB", ""), "stream": ("12.0 MiB", "blur")},
        0.95: {"load_all": ("160 MiB", ""), "stream": ("ended", "")},
    }.items():
        browser.point_at(box["left"] + share * box["width"], box["top"] + box["height"] / 2)
        assert reading(browser) == expected, share
        hair = browser.one("line.crosshair").rect
        assert hair["x"] == pytest.approx(box["left"] + share * box["width"], abs=box["width"] / STEPS + 2)
    assert len(browser.all(".crosshair[visibility=visible]")) == 2  # the line, and the dot of the one that still runs


def test_keys_read_the_timeline(browser: Browser, write: Write) -> None:
    browser.open(write(two_variants()))
    slider = browser.one(".reading input")
    browser.ask("arguments[0].focus()", slider)
    browser.press(Keys.HOME)
    assert browser.texts(".reading .when") == ["at 0 s"]
    assert reading(browser)["load_all"] == ("16.0 MiB", "")
    browser.press(*[Keys.ARROW_RIGHT] * 33)
    assert browser.texts(".reading .when") == ["at 110 ms"]
    assert reading(browser) == {"load_all": ("32.0 MiB", ""), "stream": ("4.00 MiB", "decode")}
    said = slider.get_attribute("aria-valuetext")
    assert said == "at 110 ms: load_all 32.0 MiB; stream 4.00 MiB, decode"
    browser.press(*[Keys.ARROW_LEFT] * 6)
    assert reading(browser)["load_all"] == ("16.0 MiB", "")
    browser.press(Keys.END)
    assert browser.texts(".reading .when") == ["at 1.00 s"]
    assert reading(browser) == {"load_all": ("160 MiB", ""), "stream": ("ended", "")}
    assert browser.all(".crosshair[visibility=visible]")
    browser.press(Keys.ESCAPE)
    assert not browser.all(".crosshair[visibility=visible]")
    assert browser.texts(".reading .when") == ["of each at its highest"]


def test_a_touch_reads_the_timeline_and_a_swipe_scrolls_on(browser: Browser, write: Write) -> None:
    browser.open(write(two_variants()), width=400, height=500)
    box = plot(browser)
    x, y = box["left"] + 0.25 * box["width"], box["top"] + box["height"] / 2
    browser.touch(x, y)
    assert reading(browser)["load_all"] == ("48.0 MiB", "")
    before = browser.ask("return scrollY")
    browser.touch(x + box["width"] / 2, y, *[-20] * 6)
    browser.wait_until(f"return scrollY > {before + 50}")
    assert reading(browser)["load_all"] == ("48.0 MiB", "")


def test_variants_can_be_left_out(browser: Browser, write: Write) -> None:
    browser.open(write(two_variants()))
    lines = """
        return [...document.querySelectorAll("svg [data-variant]")]
            .map((one) => [one.dataset.variant, one.getClientRects().length]);
    """
    assert {shown for _, shown in browser.ask(lines)} == {1}
    button = browser.all(".reading button")[1]
    browser.ask("arguments[0].focus()", button)
    browser.press(Keys.SPACE)
    assert button.get_attribute("aria-pressed") == "false"
    assert {tuple(one) for one in browser.ask(lines)} == {("0", 1), ("1", 0)}
    assert reading(browser) == {"load_all": ("160 MiB", ""), "stream": ("–", "")}
    assert "stream" not in browser.one(".reading input").get_attribute("aria-valuetext")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert {shown for _, shown in browser.ask(lines)} == {1}
    assert reading(browser)["stream"] == ("12.0 MiB", "decode")


def test_sizes_and_times_are_written_as_memlab_writes_them(browser: Browser, write: Write) -> None:
    """One timeline for each order of time; sizes of every order, with halves that could be rounded either way."""
    seeded = random.Random(6)
    sizes = [0, 1, 1023, 1024, 1047552, 1048063, 1048064, GIB - 1, GIB, 2 * MIB + 128 * KIB, 2 * MIB + 384 * KIB]
    sizes += [10 * MIB + 256 * KIB, 10 * MIB + 768 * KIB, 100 * MIB + 512 * KIB, 101 * MIB + 512 * KIB, -4096]
    sizes += [seeded.randrange(1 << seeded.randrange(1, 52)) for _ in range(STEPS - len(sizes))]
    longest = (0.0003, 0.0987, 0.9994, 10.35, 59.97, 1500.0, 3599.7, 9000.0)
    spans = [[(seconds * (n + 1) / STEPS, size) for n, size in enumerate(sizes)] for seconds in longest[3:]]
    spans += [[(seconds, 1)] for seconds in longest[:3]]
    reports = [fake_reports.report([over_time("load_all", "baseline", span)]) for span in spans]
    browser.open(write(*reports))
    found = browser.ask("""
        return [...document.querySelectorAll(".reading")].map((reading) => {
            const slider = reading.querySelector("input");
            return Array.from({ length: 301 }, (_, step) => {
                slider.value = step;
                slider.dispatchEvent(new Event("input"));
                return [reading.querySelector(".when").textContent, reading.querySelector("td").textContent];
            });
        });
    """)
    assert len(found) == len(spans)
    for span, said in zip(spans, found, strict=True):
        times = [f"at {format_seconds(step / STEPS * span[-1][0])}" for step in range(STEPS + 1)]
        assert [when for when, _ in said] == times
        if len(span) > 1:
            # At a step the interval that ends there counts.
            assert [size for _, size in said[1:]] == [format_bytes(size) for size in sizes]


def test_tables_can_be_sorted(browser: Browser, write: Write) -> None:
    browser.open(write(fake_chart_reports.all_meters()))
    (number,) = browser.ask("""
        for (const one of document.querySelectorAll("details")) one.open = true;
        return [...document.querySelectorAll("table.sortable")].flatMap((table, number) =>
            table.querySelector("tbody").rows.length >= 24 ? [number] : []);
    """)

    def column(label: str) -> list[tuple[str, str]]:
        """The cells below a heading: their values and the headings of their rows."""
        cells = browser.ask(
            """
            const table = document.querySelectorAll("table.sortable")[arguments[0]];
            const heads = [...table.querySelectorAll("thead th")];
            const column = heads.findIndex((one) => one.textContent.includes(arguments[1]));
            const rows = [...table.tBodies[0].rows];
            return rows.map((row) => [row.cells[column].dataset.value ?? "", row.cells[0].textContent]);
            """,
            number,
            label,
        )
        return [(value, heading) for value, heading in cells]

    def sort_by(label: str) -> str:
        """Press the button of a heading by the keyboard; returns how the column is sorted then."""
        (button,) = browser.ask(
            """
            const table = document.querySelectorAll("table.sortable")[arguments[0]];
            const buttons = [...table.querySelectorAll("thead th button")];
            return buttons.filter((one) => one.textContent.includes(arguments[1]));
            """,
            number,
            label,
        )
        browser.ask("arguments[0].focus()", button)
        browser.press(Keys.ENTER)
        return str(browser.ask("return arguments[0].closest('th').getAttribute('aria-sort')", button))

    before = column("growth")
    assert sort_by("growth") == "descending"
    after = column("growth")
    assert sorted(after) == sorted(before)
    assert [float(value) for value, _ in after] == sorted((float(value) for value, _ in before), reverse=True)
    assert sort_by("growth") == "ascending"
    assert [float(value) for value, _ in column("growth")] == sorted(float(value) for value, _ in before)
    assert sort_by("variant") == "ascending"
    names = [value for value, _ in column("variant")]
    assert names == sorted(names)
    assert len(set(names)) == 8
    # Within a variant the order is the one before.
    assert [float(value) for value, _ in column("growth")][:3] == sorted(
        float(value) for value, _ in column("growth")[:3]
    )
    assert browser.ask("return document.querySelectorAll('[aria-sort]').length") == 1


def test_what_has_no_value_is_sorted_to_the_end(browser: Browser, tmp_path: Path) -> None:
    from memlab.render.html.script import page_script

    cells = "".join(f"<tr><td data-value='{value}'>x</td></tr>" for value in ("3", "", "-20", "10", "", "9"))
    head = "<thead><tr><th data-sort='number' scope='col'>figure</th></tr></thead>"
    file = tmp_path / "table.html"
    table = f"<table class='sortable'>{head}<tbody>{cells}</tbody></table>"
    file.write_text(f"<!doctype html><title>t</title>{table}<script>{page_script()}</script>", encoding="utf-8")
    browser.open(file)
    orders = []
    for _ in range(2):
        browser.one("th button").click()
        orders.append(browser.ask("return [...document.querySelectorAll('td')].map((one) => one.dataset.value)"))
    assert orders == [["10", "9", "3", "-20", "", ""], ["-20", "3", "9", "10", "", ""]]
    assert browser.complaints() == []


@pytest.mark.parametrize("name", ["nothing_measured", "one_variant", "failures_with_meters", "below_resolution"])
def test_a_page_that_lacks_parts_works(name: str, browser: Browser, write: Write) -> None:
    report = (fake_chart_reports.ALL.get(name) or getattr(fake_reports, name))()
    browser.open(write(report))
    assert browser.complaints() == []
    assert len(browser.all(".reading")) == any(one.timeline is not None for one in report.variants)


def test_several_recipes_on_one_page_do_not_meet(browser: Browser, write: Write) -> None:
    browser.open(write(two_variants(), fake_chart_reports.all_meters()))
    assert browser.violations() == []
    first, second = browser.all(".reading input")
    browser.ask("arguments[0].focus()", second)
    browser.press(Keys.HOME)
    assert browser.texts(".reading .when") == ["of each at its highest", "at 0 s"]
    assert (
        len(browser.all("figure[data-timeline]")[0].find_elements("css selector", ".crosshair[visibility=visible]"))
        == 0
    )
    browser.ask("arguments[0].focus()", first)
    browser.press(Keys.END)
    assert browser.texts(".reading .when") == ["at 1.00 s", "at 0 s"]
    ids = browser.ask("return [...document.querySelectorAll('[id]')].map((one) => one.id)")
    assert len(ids) == len(set(ids))
    targets = browser.ask("return [...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href'))")
    assert targets
    assert {target for target in targets if target.startswith("#")} <= {f"#{id}" for id in ids}


def test_with_scripts_off_everything_is_there_and_nothing_is_dead(browser: Browser, write: Write) -> None:
    file = write(fake_chart_reports.all_meters())
    browser.open(file)
    with_scripts = browser.texts("main h2, main h3, main table:not(.reading table) tbody th, main p, main svg text")
    assert len(browser.all("button, input")) > 10
    browser.open(file, scripts=False)
    assert (
        browser.texts("main h2, main h3, main table:not(.reading table) tbody th, main p, main svg text")
        == with_scripts
    )
    assert len(with_scripts) > 100
    assert browser.all("button, input, select, textarea, [role=slider], [aria-pressed], [onclick], noscript") == []
    # What is folded can be opened by the browser itself.
    for details in browser.all("main details"):
        assert details.find_elements("css selector", "summary")


@pytest.mark.parametrize("name", ["all_meters", "hostile_with_meters", "long_names", "twelve_variants", "phases"])
@pytest.mark.parametrize("width", [400, 320])
def test_a_phone_scrolls_the_page_in_one_direction(name: str, width: int, browser: Browser, write: Write) -> None:
    browser.open(write(fake_chart_reports.ALL[name]()), width=width)
    browser.ask("for (const one of document.querySelectorAll('details')) one.open = true")
    assert browser.ask("return document.documentElement.scrollWidth") <= width
    wider = browser.ask("""
        return [...document.querySelectorAll("main *")]
            .filter((one) => one.scrollWidth > one.clientWidth + 1)
            .filter((one) => ["auto", "scroll"].includes(getComputedStyle(one).overflowX))
            .filter((one) => one.tabIndex < 0 || !one.matches("[role=region]:is([aria-label], [aria-labelledby])"))
            .map((one) => one.outerHTML.slice(0, 200));
    """)
    assert wider == []


def test_the_reader_chooses_light_or_dark(browser: Browser, write: Write) -> None:
    file = write(two_variants())
    grounds = {}
    for scheme in ("light", "dark"):
        browser.open(file, scheme=scheme)
        grounds[scheme] = [
            browser.ask(
                "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]", selector, property
            )
            for selector, property in (
                ("body", "backgroundColor"),
                ("body", "color"),
                ("svg text", "fill"),
                ("[data-variant='0'] path", "stroke"),
            )
        ]
    assert all(light != dark for light, dark in zip(grounds["light"], grounds["dark"], strict=True))


def test_paper_is_white_and_has_no_controls(browser: Browser, write: Write) -> None:
    file = write(fake_chart_reports.all_meters())
    browser.open(file, scheme="dark", media="print")
    assert browser.ask("return getComputedStyle(document.body).backgroundColor") in (
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    )
    seen = browser.ask("""
        return [...document.querySelectorAll("input, .reading, line.crosshair")]
            .filter((one) => one.getClientRects().length).map((one) => one.outerHTML.slice(0, 100));
    """)
    assert seen == []
    # The figures below a chart are folded on the screen; on paper nobody can open them.
    rows = "return [...document.querySelectorAll('figure details tbody tr')].map((one) => one.clientHeight)"
    assert min(browser.ask(rows)) > 5
    assert browser.printed().startswith(b"%PDF-")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["all_meters", "failures_with_meters", "hostile_with_meters", "nothing_measured"])
def test_axe_has_nothing_against_it(name: str, scheme: str, browser: Browser, write: Write) -> None:
    browser.open(write(fake_chart_reports.ALL[name]()), scheme=scheme)
    browser.ask("for (const one of document.querySelectorAll('details')) one.open = true")
    assert browser.violations() == []


@pytest.fixture(scope="session")
def measured_recipes() -> list[Shown]:
    """The run of every recipe that comes with memlab, as the gallery has it."""
    runs = [load_run(str(file)) for file in sorted(GALLERY.glob("*/run.json"))]
    assert len(runs) >= 7
    return [Shown(make_report(run), run, trial_rows(run)) for run in runs]


@pytest.mark.slow
def test_every_recipe_that_comes_with_memlab(browser: Browser, write: Write, measured_recipes: list[Shown]) -> None:
    for shown in measured_recipes:
        file = write(shown)
        assert file.stat().st_size < 300 << 10, shown.report.recipe
        for scheme in ("light", "dark"):
            browser.open(file, scheme=scheme)
            assert browser.violations() == [], shown.report.recipe
            assert browser.requests() == []
            assert browser.complaints() == []
        check_reading(browser, shown.report)
        button = browser.all(".reading button")[0]
        button.click()
        assert button.get_attribute("aria-pressed") == "false"
        browser.open(file, width=400)
        assert browser.ask("return document.documentElement.scrollWidth") <= 400, shown.report.recipe
        browser.open(file, scripts=False)
        assert browser.requests() == []
        assert browser.complaints() == []
        assert browser.all("button, input") == []
        assert shown.report.sentence in " ".join(browser.texts("h1"))


@pytest.mark.slow
def test_all_of_them_on_one_page(browser: Browser, write: Write, measured_recipes: list[Shown]) -> None:
    browser.open(write(*measured_recipes))
    assert browser.requests() == []
    assert browser.complaints() == []
    assert len(browser.all(".reading")) == len(measured_recipes)
    assert browser.texts("nav a") == [shown.report.recipe for shown in measured_recipes]


def check_reading(browser: Browser, report: Report) -> None:
    """Hold what mouse and keys read in the middle of a real timeline against the report."""
    timelines = {one.name: one.timeline.points for one in report.variants if one.timeline is not None}
    longest = max(points[-1][0] for points in timelines.values())
    expected = {}
    for name, points in timelines.items():
        found = next((size for seconds, size in points if seconds >= longest / 2), None)
        expected[name] = "ended" if found is None else format_bytes(found)
    box = plot(browser)
    browser.point_at(box["left"] + box["width"] / 2, box["top"] + box["height"] / 2, click=True)
    slider = browser.one(".reading input")
    steps = STEPS // 2 - int(str(slider.get_attribute("value")))
    assert abs(steps) <= 1
    browser.press(*[Keys.ARROW_RIGHT if steps > 0 else Keys.ARROW_LEFT] * abs(steps))
    assert {name: size for name, (size, *_) in reading(browser).items()} == expected
