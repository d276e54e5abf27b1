"""Two functions beside each other: what stands opposite what, what is left out, and how long lines are folded."""

from __future__ import annotations

import re
import textwrap

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memlab.model.description import Source
from memlab.render.alignment import align, differing_words
from memlab.render.layout import cell_width
from memlab.render.side_by_side import LEAST_CODE, Side, fits_side_by_side, lines_of_code, render_side_by_side
from memlab.render.signs import signs
from memlab.render.source import Listing, folds
from memlab.render.style import Style

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
PLAIN = '''\
@recipe.baseline
def plain(paths):
    """Read all, then look."""

    images = [read(path) for path in paths]
    numbers = []
    for image in images:
        numbers.append(mean(image))
    return numbers
'''
BETTER = '''\
@recipe.technique(
    promises=(12.0, 0.6),
)
@traced
def better(paths):
    """Read one,
    then the next.
    """
    numbers = []
    for path in paths:
        image = read(path)
        numbers.append(mean(image))
        del image
    return numbers
'''


def side(name: str, role: str, source: str, first: int, *, colour: bool = False, unicode: bool = True) -> Side:
    listing = Listing(Source("/r.py", first, source), signs(unicode), colour=colour)
    return Side(name, role, listing, lines_of_code(source, role))


def beside(
    width: int, left: str = PLAIN, right: str = BETTER, *, colour: bool = False, unicode: bool = True
) -> list[str]:
    sides = (
        side("plain", "baseline", left, 8, colour=colour, unicode=unicode),
        side("better", "technique", right, 98, colour=colour, unicode=unicode),
    )
    assert fits_side_by_side(*sides, width)
    return render_side_by_side(*sides, width, Style(colour), signs(unicode))


def test_two_functions_beside_each_other() -> None:
    expected = """\
      baseline: plain                               │        technique: better
                                                    │ + 101  @traced
~  9  def plain(paths):                             │ ~ 102  def better(paths):
- 12      images = [read(path) for path in paths]   │
  13      numbers = []                              │   106      numbers = []
~ 14      for image in images:                      │ ~ 107      for path in paths:
                                                    │ + 108          image = read(path)
  15          numbers.append(mean(image))           │   109          numbers.append(mean(image))
                                                    │ + 110          del image
  16      return numbers                            │   111      return numbers"""
    assert beside(120) == expected.splitlines()


def test_ascii_and_colour_change_no_text() -> None:
    plain = beside(120)
    assert [line.replace("│", "|") for line in plain] == beside(120, unicode=False)
    assert [COLOURS.sub("", line) for line in beside(120, colour=True)] == plain


def test_only_the_words_that_differ_stand_out() -> None:
    [definition] = [line for line in beside(120, colour=True) if "better" in line and "def" in line]
    assert re.findall(r"\x1b\[1;38;5;(\d+)(?:;49)?m(\w+)", definition) == [("166", "plain"), ("31", "better")]
    [equal] = [line for line in beside(120, colour=True) if "append" in line]
    assert "38;5;166" not in equal
    assert "38;5;31" not in equal


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("width", [106, 110, 131, 200])
def test_both_sides_fit_whatever_is_in_them(width: int, colour: bool, unicode: bool) -> None:
    wide = PLAIN.replace("read(path)", f"read('{'画像' * 60}', *{list(range(60))})")
    for left, right in ((wide, BETTER), (PLAIN, wide), (wide, wide.replace("numbers", "x\x1b[2J"))):
        lines = [COLOURS.sub("", line) for line in beside(width, left, right, colour=colour, unicode=unicode)]
        assert [line for line in lines if cell_width(line) > width] == []
        bar = "│" if unicode else "|"
        assert len({cell_width(line[: line.index(f" {bar}")]) for line in lines}) == 1, "the bar is one line"
        halves = [line.partition(f" {bar}")[::2] for line in lines]
        for half, source in enumerate((left, right)):
            code = "".join("".join(pieces[half] for pieces in halves).split())
            assert ("58,59])forpathinpaths]" in code) == ("画像" in source), "too long a line is folded, not cut off"
            assert "\x1b" not in code


def test_a_side_that_needs_less_leaves_its_room_to_the_other() -> None:
    long = BETTER.replace("read(path)", "read(path" + ", something_else" * 4 + ")")
    assert max(map(cell_width, beside(160, PLAIN, long))) < 160
    assert len(beside(160, PLAIN, long)) == len(beside(160))
    assert len(beside(110, PLAIN, long)) > len(beside(110))
    long = PLAIN.replace("read(path)", "read(path" + ", something_else" * 3 + ")")
    assert len(beside(160, long, BETTER)) == len(beside(160))
    assert len(beside(110, long, BETTER)) > len(beside(110))


def test_there_must_be_room_for_both() -> None:
    sides = side("plain", "baseline", PLAIN, 8), side("better", "technique", BETTER, 98)
    least = 2 * LEAST_CODE + (4 + 2) + 3 + (4 + 3)
    assert fits_side_by_side(*sides, least)
    assert not fits_side_by_side(*sides, least - 1)


@pytest.mark.parametrize(
    ("source", "left"),
    [
        ('@r.technique\ndef f():\n    """Doc."""\n    return 1', ["def f():", "    return 1"]),
        ('@recipe.technique(\n  needs=("x",),\n)\ndef f():\n    return 1\n', ["def f():", "    return 1"]),
        ('@a.b\n@cached\ndef f():\n    "Doc."\n\n\n    x = 1\n', ["@a.b", "@cached", "def f():", "    x = 1"]),
        ("@recipe.technique\nasync def f():\n    '''A\n    B'''  # why\n    pass\n", ["async def f():", "    pass"]),
        ('def f(): "Doc."; return 1\n', ['def f(): "Doc."; return 1']),
        ('def f():\n    "Doc."; return 1\n', ["def f():", '    "Doc."; return 1']),
        ('def f():\n    """Doc."""\n', ["def f():"]),
        ('def f():\n    """Doc."""\n    return "\\d"\n', ["def f():", '    return "\\d"']),
        ('def f(\n    a,\n): """Doc."""\n', ["def f(", "    a,", '): """Doc."""']),
        ('  @r.technique\n  def f():\n      r"""Doc."""\n      return 1\n', ["  def f():", "      return 1"]),
        ("def f():\r\n    '''Doc.'''\r\n    return 1\r\n", ["def f():", "    return 1"]),
        ('def f():\n    "no doc" + "string"\n', ["def f():", '    "no doc" + "string"']),
        ("f = recipe.technique(lambda paths: 1)\n", ["f = recipe.technique(lambda paths: 1)"]),
        ("def f(:\n    broken", ["def f(:", "    broken"]),
        ("", []),
    ],
)
def test_words_that_are_told_elsewhere_are_left_out(source: str, left: list[str]) -> None:
    lines = source.replace("\r\n", "\n").split("\n")
    assert [lines[index] for index in lines_of_code(source, "technique")] == left


LINES = st.lists(st.sampled_from(["a = 1", "a = b + 1", "return a", "", "    return a, b", "for x in y:"]), max_size=9)


@given(LINES, LINES)
def test_every_line_stands_once_and_in_order(left: list[str], right: list[str]) -> None:
    rows = align(left, right)
    assert [row.left for row in rows if row.left is not None] == list(range(len(left)))
    assert [row.right for row in rows if row.right is not None] == list(range(len(right)))
    for row in rows:
        if row.how == "apart":
            assert row.left is not None or row.right is not None
        else:
            assert row.left is not None
            assert row.right is not None
            assert (left[row.left] == right[row.right]) == (row.how == "equal")


def test_equal_functions_differ_nowhere() -> None:
    lines = PLAIN.splitlines()
    assert {row.how for row in align(lines, lines)} == {"equal"}


@pytest.mark.parametrize(
    ("left", "right", "how"),
    [
        ("image.thumbnail((SIDE, SIDE))", "image.thumbnail((width, height))", "changed"),
        ("    return total", "        return total", "changed"),
        ("return second_pass(mean, kept)", "return second_pass(mean, (np.load(file) for file in files))", "changed"),
        ("foo(a, b)", "bar(c, d)", "apart"),
        ("kept = []", "total = 0", "apart"),
        ("x" * 501 + " = 1", "x" * 501 + " = 2", "apart"),
    ],
)
def test_lines_that_are_alike_count_as_one_that_was_changed(left: str, right: str, how: str) -> None:
    assert [row.how for row in align([left], [right])] == [how]


def test_the_best_partner_is_found_not_the_first() -> None:
    left = ["image.thumbnail((SIDE, SIDE))"]
    right = ["image.load()", "size = fit(image)", "image.thumbnail(size)", "image.close()"]
    assert [(row.left, row.right) for row in align(left, right) if row.how == "changed"] == [(0, 2)]


def test_a_long_function_is_not_compared_pair_by_pair() -> None:
    left, right = ([f"{name}_{number} = {number}" for number in range(60)] for name in ("a", "b"))
    assert {row.how for row in align(left, right)} == {"apart"}


def test_differing_words() -> None:
    left, right = "    total += read(path)", "  total += read(path, flag)"
    spans = differing_words(left, right)
    assert [[line[start:end] for start, end in found] for line, found in zip((left, right), spans, strict=True)] == [
        [],
        [", flag"],
    ]
    assert differing_words("a = 1", "b = 1") == ([(0, 1)], [(0, 1)])


@given(st.text(alphabet="ab ,(画\u0301"), st.integers(2, 30))
@example("x" * 11 + " " + "画" * 30, 20)
def test_folding_loses_nothing_and_fits(line: str, room: int) -> None:
    pieces = folds(line, room)
    assert "".join(line[start:end] for _, (start, end) in pieces) == line
    assert [end for _, (_, end) in pieces[:-1]] == [start for _, (start, _) in pieces[1:]]
    for indent, (start, end) in pieces:
        # One character may be wider than the room that is left beside the indentation.
        assert indent + cell_width(line[start:end]) <= room or cell_width(line[start:end]) <= 2


def test_code_is_folded_between_words() -> None:
    line = "    small = cv2.resize(pixels, thumbnail_size((width, height)), interpolation=cv2.INTER_AREA)"
    assert [" " * indent + line[start:end] for indent, (start, end) in folds(line, 60)] == [
        "    small = cv2.resize(pixels, thumbnail_size((width, ",
        "        height)), interpolation=cv2.INTER_AREA)",
    ]
    assert folds("x" * 25, 10) == [(0, (0, 10)), (4, (10, 16)), (4, (16, 22)), (4, (22, 25))]
    call = "process_everything(one_argument)"
    assert [call[start:end] for _, (start, end) in folds(call, 24)] == ["process_everything(", "one_argument)"]


def test_highlighting_survives_blank_lines_at_both_ends() -> None:
    source = textwrap.dedent("\n\n    def f():\n        return 1\n\n\n    ")
    listing = Listing(Source("/r.py", 1, source), signs(True), colour=True)
    shown = ["".join(text for text, _ in listing.pieces(index, 80)) for index in range(len(listing.lines))]
    assert [COLOURS.sub("", line) for line in shown] == listing.lines == ["", "", "def f():", "    return 1", "", ""]
    assert shown[2] != listing.lines[2]
