"""A check for GitHub Actions: annotations that a runner reads back as they were meant, and no other commands."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from memlab.model.report import Finding
from memlab.printable import printable
from memlab.render.check import render_check
from memlab.render.github import annotation, check_annotations, check_summary, log_text
from memlab.render.places import file_from

sys.path.insert(0, str(Path(__file__).parents[1] / "golden"))
import fake_checks
from fake_checks import HOSTILE, LINE, ROOT, plain, recipe, regressed, report, variant


@dataclass(frozen=True)
class Command:
    """A workflow command as the runner has read it."""

    name: str
    properties: dict[str, str]
    message: str


def unescaped(text: str, *, of_property: bool = False) -> str:
    for token, character in {"%0D": "\r", "%0A": "\n", **({"%3A": ":", "%2C": ","} if of_property else {})}.items():
        text = text.replace(token, character)
    return text.replace("%25", "%")


def read(line: str) -> Command | None:
    """A line of a log by the runner's rules: `::name key=value,key=value::message`, or `##[name key=value;]message`."""
    stripped = line.lstrip()
    if stripped.startswith("::") and "::" in stripped[2:]:
        start, _, message = stripped[2:].partition("::")
        name, _, rest = start.partition(" ")
        pairs = (pair.partition("=") for pair in rest.split(",") if pair)
        return Command(
            name,
            {key.strip(): unescaped(value, of_property=True) for key, _, value in pairs},
            unescaped(message),
        )
    if "##[" in line and "]" in line:
        return Command(line.partition("##[")[2].partition("]")[0], {}, "")
    return None


def commands(text: str) -> list[Command]:
    found = [read(line) for line in text.splitlines()]
    assert None not in found
    return [command for command in found if command is not None]


def test_a_regression_is_an_error_at_its_variant() -> None:
    first, second = commands(check_annotations(fake_checks.one_regression(), folder=ROOT))
    assert first.name == "error"
    assert first.properties == {
        "file": "recipes/generators.py",
        "line": "98",
        "title": "memlab: generators/stream: regressed",
    }
    message, where, hint = first.message.splitlines()
    assert message.startswith("stream needs 67.9 MiB more than accepted (80.4 MiB instead of 12.5 MiB)")
    assert where.startswith("recipes/generators.py:103 `images = list(map(read, paths))` holds 60.0 MiB more")
    assert hint == "→ if that is meant, `memlab accept generators` accepts it"
    # A budget is told where its variant stands.
    assert second.properties["title"] == "memlab: generators: stream<64MiB: over budget"
    assert (second.properties["file"], second.properties["line"]) == ("recipes/generators.py", "98")


def test_what_is_fine_is_no_annotation() -> None:
    assert check_annotations(fake_checks.fine(), folder=ROOT) == ""
    improved = report([recipe("one", [variant("two", "improved"), plain("three", "skipped", "h5py is missing")])])
    assert check_annotations(improved, folder=ROOT) == ""


@pytest.mark.parametrize("count", [1, 9, 10, 11, 40])
def test_there_are_at_most_ten(count: int) -> None:
    variants = [regressed(f"variant_{place}") for place in range(count)]
    found = commands(check_annotations(report([recipe("one", variants)]), folder=ROOT))
    errors = [command for command in found if command.name == "error"]
    if count <= 10:
        assert len(errors) == len(found) == count
    else:
        assert len(errors) == 9
        assert [command.name for command in found[9:]] == ["notice"]
        assert found[9].message == f"{count - 9} more fail; the job's summary has all of them"


def test_the_worst_are_the_ones_shown() -> None:
    recipes = [
        recipe("first", [plain(f"failed_{place}", "failed", f"failed {place}") for place in range(12)]),
        recipe("last", [regressed("stream")]),
    ]
    found = commands(check_annotations(report(recipes), folder=ROOT))
    assert [command.properties["title"] for command in found[:2]] == [
        "memlab: last/stream: regressed",
        "memlab: first/failed_0: failed",
    ]


def test_what_is_true_of_many_is_one_annotation() -> None:
    variants = [plain(name, "no_baseline", "the baseline is of other libraries", hint="accept") for name in "abc"]
    (found,) = commands(check_annotations(report([recipe("views", variants)]), folder=ROOT))
    assert found.properties["title"] == "memlab: views/a and 2 more: no baseline"


@pytest.mark.parametrize("name", fake_checks.ALL)
def test_a_check_that_fails_has_an_error_and_no_other_has(name: str) -> None:
    check = fake_checks.ALL[name]()
    found = commands(check_annotations(check, folder=ROOT))
    assert any(command.name == "error" for command in found) == (check.exit_code != 0)


@pytest.mark.parametrize(
    "more",
    [
        {"exit_code": 2, "sentence": "nothing could be checked"},
        {"exit_code": 3, "findings": (Finding("foreign", "error", None, "nothing could be checked"),)},
    ],
)
def test_a_check_that_fails_as_a_whole_has_an_error(more: dict[str, object]) -> None:
    (found,) = commands(check_annotations(report([], **more), folder=ROOT))
    assert found.name == "error"
    assert found.message == "nothing could be checked"


@pytest.mark.parametrize("foreign", HOSTILE, ids=repr)
def test_hostile_text_is_read_back_as_it_is_printed(foreign: str) -> None:
    one = plain(foreign, "failed", foreign, hint=foreign, file=f"{ROOT}/{foreign}")
    (found,) = commands(check_annotations(report([recipe(foreign, [one])]), folder=ROOT))
    assert found.name == "error"
    assert found.message == f"{printable(foreign, 1000)}\n{printable(f'→ {foreign}', 1000)}"
    assert found.properties["title"] == printable(f"memlab: {foreign}/{foreign}: failed", 150)
    assert found.properties.get("file") in (None, file_from(ROOT, f"{ROOT}/{foreign}"))
    assert set(found.properties) <= {"title", "file", "line"}


def test_hostile_checks_are_ten_commands_in_utf_8() -> None:
    text = check_annotations(fake_checks.hostile(), folder=ROOT)
    assert [command.name for command in commands(text)] == ["error"] * 9 + ["notice"]
    assert text.encode()
    assert max(map(len, text.splitlines())) < 16_000


def test_one_annotation() -> None:
    assert annotation("warning", "50 %\r\nlost") == "::warning::50 %25%0D%0Alost\n"
    assert (
        annotation("error", "a:b,c", title="t:u,v%", file="x,y:z.py", line=3)
        == "::error file=x%2Cy%3Az.py,line=3,title=t%3Au%2Cv%25::a:b,c\n"
    )


@pytest.mark.parametrize(
    ("folder", "file", "expected"),
    [
        ("/srv/project", "/srv/project/recipes/a.py", "recipes/a.py"),
        ("/srv/project/", "/srv/project/./recipes/../a.py", "a.py"),
        ("/srv/project", "recipes/a.py", "recipes/a.py"),
        ("/", "/a.py", "a.py"),
        ("/srv/project", "/srv/project2/a.py", None),
        ("/srv/project", "/usr/lib/python3/site-packages/a.py", None),
        ("/srv/project", "../a.py", None),
        ("/srv/project", "/srv/project", None),
        ("/srv/project", "/srv/project/a\nb.py", None),
        ("/srv/project", "/srv/project/\u202ea.py", None),
        ("/srv/project", "/srv/project/\udc80.py", None),
        ("/srv/project", "", None),
        ("/srv/project", None, None),
        ("D:\\a\\project", "D:\\a\\project\\recipes\\a.py", "recipes/a.py"),
        ("D:\\a\\project", "C:\\elsewhere\\a.py", None),
    ],
)
def test_files_are_named_from_the_checkout(folder: str, file: str | None, expected: str | None) -> None:
    assert file_from(folder, file) == expected


def test_a_line_needs_its_file() -> None:
    (found,) = commands(check_annotations(fake_checks.report([recipe("one", [regressed()])]), folder="/elsewhere"))
    assert set(found.properties) == {"title"}


def test_the_log_holds_no_commands() -> None:
    lines = [
        "::error file=x::injected",
        "   ::add-mask::secret",
        "before ##[error]injected",
        "::",
        ":::stop-commands::x",
        "##[[a]",
    ]
    safe = log_text("\n".join(lines) + "\n")
    assert [read(line) for line in safe.splitlines()] == [None] * len(lines)
    assert safe.replace(": :", "::").replace("# #", "##").splitlines() == lines
    assert log_text("plain: text :: in a line #1 ##\n") == "plain: text :: in a line #1 ##\n"


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_rendered_check_in_a_log_holds_no_commands(width: int) -> None:
    text = render_check(fake_checks.hostile(), width=width, colour=True, unicode=True)
    assert any(read(line) for line in text.splitlines()), "there is something to be kept from the runner"
    assert not any(read(line) for line in log_text(text).splitlines())


def test_the_summary_is_the_page() -> None:
    summary = check_summary(fake_checks.one_regression())
    assert re.search(r"^### ❌ memlab check$", summary, re.MULTILINE)
    assert LINE.text in summary
