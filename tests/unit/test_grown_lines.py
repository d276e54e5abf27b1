"""Which lines hold more than was accepted."""

from __future__ import annotations

import pytest
from made_figures import KIB, MIB

from memlab.analysis.grown_lines import grown_lines, lines_at_peak, shown_file
from memlab.model.check import GrownLine
from memlab.model.report import TopLine

ROOT = "/home/me/project"


def line(
    text: str, mib: float, *, number: int = 10, file: str = f"{ROOT}/recipes/generators.py", meter: str = "memray"
) -> TopLine:
    return TopLine(file, number, "read", text, round(mib * MIB), meter)


READ = "recipes/generators.py read: return cv2.imread(path)"
BLUR = "recipes/generators.py read: return cv2.blur(image)"


def test_lines_are_known_by_file_function_and_text() -> None:
    lines = [
        line("return cv2.imread(path)", 9.25),
        line("return cv2.blur(image)", 30),
        line("return cv2.imread(path)", 1, number=90),
        line("held", 99, meter="tracemalloc"),
    ]
    assert list(lines_at_peak(lines, ROOT).items()) == [(BLUR, 30 * MIB), (READ, round(10.25 * MIB))]


def test_a_line_that_grew_is_told_from_one_that_moved() -> None:
    lines = [line("return cv2.imread(path)", 72, number=97), line("return cv2.blur(image)", 30, number=103)]
    assert grown_lines(lines, {READ: 12 * MIB, BLUR: 30 * MIB}, ROOT) == (
        GrownLine("recipes/generators.py", 97, "read", "return cv2.imread(path)", 12 * MIB, 72 * MIB),
    )
    assert grown_lines(lines, {READ: 72 * MIB, BLUR: 30 * MIB}, ROOT) == ()
    assert grown_lines([], {READ: 72 * MIB}, ROOT) == ()


def test_the_most_grown_comes_first_and_a_new_line_counts_whole() -> None:
    lines = [
        line("images = list(images)", 60, number=50),
        line("return cv2.imread(path)", 100),
        line("return cv2.blur(image)", 80),
        line("tiny = image[::8]", 1),
        line("small = image[::2]", 20),
    ]
    found = grown_lines(lines, {READ: 10 * MIB, BLUR: 79 * MIB}, ROOT)
    assert [(one.text, one.accepted_bytes, one.line) for one in found] == [
        ("return cv2.imread(path)", 10 * MIB, 10),
        ("images = list(images)", 0, 50),
        ("small = image[::2]", 0, 10),
    ]


def test_what_grew_by_next_to_nothing_is_left_out() -> None:
    accepted = {READ: 10 * MIB}
    assert grown_lines([line("return cv2.imread(path)", 10 + 255 / 1024)], accepted, ROOT) == ()
    assert len(grown_lines([line("return cv2.imread(path)", 10 + 256 / 1024)], accepted, ROOT)) == 1
    assert KIB * 1024 == MIB


def test_at_most_three_and_none_that_is_small_beside_the_first() -> None:
    many = [line(f"line {size}", size) for size in (50, 40, 30, 20)]
    assert [one.text for one in grown_lines(many, {}, ROOT)] == ["line 50", "line 40", "line 30"]
    few = [line("much", 50), line("little", 2.4)]
    assert [one.text for one in grown_lines(few, {}, ROOT)] == ["much"]
    assert len(grown_lines([line("much", 50), line("enough", 2.5)], {}, ROOT)) == 2


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        (f"{ROOT}/recipes/generators.py", "recipes/generators.py"),
        (f"{ROOT}-of-another/mine.py", "mine.py"),
        ("/opt/env/lib/python3.11/site-packages/PIL/Image.py", "PIL/Image.py"),
        ("/usr/lib/python3/dist-packages/PIL/Image.py", "PIL/Image.py"),
        ("/usr/lib/python3.11/json/decoder.py", "python3.11/json/decoder.py"),
        ("/usr/lib64/python3.11/json/decoder.py", "python3.11/json/decoder.py"),
        ("/somewhere/else/mine.py", "mine.py"),
        ("recipes/generators.py", "recipes/generators.py"),
        ("<string>", "<string>"),
        ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap>"),
        (r"C:\work\mine.py", "mine.py"),
        ("", ""),
    ],
)
def test_files_are_named_alike_on_every_machine(file: str, shown: str) -> None:
    assert shown_file(file, ROOT) == shown
    assert shown_file(shown, ROOT) == shown


def test_a_project_s_own_environment_is_no_part_of_the_project() -> None:
    assert shown_file(f"{ROOT}/.venv/lib/python3.11/site-packages/PIL/Image.py", ROOT) == "PIL/Image.py"
