"""Which line an allocation belongs to, and through which line of a library it was made."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path
from typing import Any

import pytest

import memlab.child.measure
from memlab.child.meters import why
from memlab.child.meters.attempt import Attempt
from memlab.child.meters.lines import NO_FRAME, Frame, Lines, source_line

STANDARD = os.path.dirname(os.__file__)
SITE = os.path.join(sysconfig.get_path("purelib"), "")
MEASURE = memlab.child.measure.__file__
ATTEMPT = os.path.join(os.path.dirname(MEASURE), "meters", "attempt.py")
USER = ("/home/user/album/mine.py", 7, "stream")
HELPER = ("/home/user/other/helping.py", 3, "helping")
PIL = (f"{SITE}PIL/Image.py", 3254, "new")
THREADING = (f"{STANDARD}/threading.py", 10, "run")
FROZEN = ("<frozen os>", 1, "walk")
CALL = (ATTEMPT, 24, "__init__")
OWN = (MEASURE, 100, "_measured")


def described(*frames: Frame, folder: str = "/home/user/work", size: int = 1000) -> list[dict[str, Any]]:
    lines = Lines(folder)
    lines.add(size, frames)
    return lines.largest()


def place(*frames: Frame, folder: str = "/home/user/work") -> tuple[str, int, str]:
    """File, line and through."""
    (line,) = described(*frames, folder=folder)
    return line["file"], line["line"], line["through"]


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ((USER, CALL, OWN), (*USER[:2], "")),
        ((PIL, USER, CALL, OWN), (*USER[:2], "PIL/Image.py:3254 new")),
        ((PIL, HELPER, USER, CALL, OWN), (*HELPER[:2], "PIL/Image.py:3254 new")),  # the innermost of the user's
        ((THREADING, USER), (*USER[:2], "threading.py:10 run")),
        ((FROZEN, PIL, USER), (*USER[:2], "<frozen os>:1 walk")),
        ((USER, THREADING), (*USER[:2], "")),  # in a thread, whose beginning is the standard library's
        ((PIL, THREADING), (*PIL[:2], "")),  # none of it is the user's: the innermost
        ((PIL, CALL, OWN), (*PIL[:2], "")),  # a variant that is a library's function
        ((), (NO_FRAME, 0, "")),
        ((("_core.pyx", 5, "make"), USER), (*USER[:2], "_core.pyx:5 make")),
        ((("<string>", 1, "made"), USER), (*USER[:2], "<string>:1 made")),
    ],
)
def test_memory_belongs_to_the_innermost_line_of_the_user_s(
    frames: tuple[Frame, ...], expected: tuple[str, int, str]
) -> None:
    assert place(*frames) == expected


@pytest.mark.parametrize("frames", [(OWN,), (CALL, OWN), (THREADING, OWN), (OWN, USER), (CALL, OWN, USER)])
def test_what_the_trial_takes_for_itself_is_nobody_s(frames: tuple[Frame, ...]) -> None:
    assert described(*frames) == []


@pytest.mark.parametrize(
    "folder",
    [
        f"{SITE}memlab_recipes",
        "/usr/lib/python3/dist-packages/somebody/recipes",
        os.path.join(os.path.dirname(os.path.dirname(MEASURE)), "doctor"),
        f"{STANDARD}/recipes",
    ],
)
def test_the_recipe_s_folder_is_the_user_s_wherever_it_lies(folder: str) -> None:
    own = (f"{folder}/own.py", 5, "work")
    assert place(PIL, own, CALL, OWN, folder=folder) == (*own[:2], "PIL/Image.py:3254 new")
    beside = (f"{folder}_beside/other.py", 5, "work")
    assert place(beside, USER, folder=folder)[:2] == USER[:2]


def test_a_virtual_environment_in_the_recipe_s_folder_is_no_part_of_it() -> None:
    folder = os.path.dirname(SITE.rstrip(os.sep))
    standard = (f"{STANDARD}/random.py", 5, "shuffle")
    for inside in (PIL, standard):
        assert place(inside, USER, folder=folder)[:2] == USER[:2]
    root = "/"
    for inside in (PIL, standard):
        assert place(inside, USER, folder=root)[:2] == USER[:2]


def test_a_recipe_without_a_folder_has_lines_as_well() -> None:
    assert place(PIL, USER, folder="") == (*USER[:2], "PIL/Image.py:3254 new")


def test_one_line_adds_up_what_was_made_through_several() -> None:
    lines = Lines("/home/user/work")
    other = (PIL[0], 9, "resize")
    lines.add(100, (PIL, USER))
    lines.add(300, (other, USER))
    lines.add(150, (PIL, USER))
    lines.add(50, (USER,))
    lines.add(700, ((USER[0], 8, "stream"),))
    found = [(one["line"], one["size_bytes"], one["through"]) for one in lines.largest()]
    assert found == [(8, 700, ""), (7, 600, "PIL/Image.py:9 resize")]


def test_there_are_at_most_ten_and_none_of_nothing() -> None:
    lines = Lines("")
    for number in range(1, 20):
        lines.add(number, (("/a.py", number, "f"),))
    lines.add(0, (("/a.py", 100, "f"),))
    assert [one["size_bytes"] for one in lines.largest()] == list(range(19, 9, -1))
    assert described(USER, size=0) == []


SOURCE = """
import os
LONG = "%s"

def outer():
    def inner(numbers):
        return [number
                for number in numbers]
    return inner
""" % ("x" * 300)


def test_function_and_text_come_from_the_source(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(SOURCE)
    path = str(file)

    def line(number: int, known: str) -> tuple[str, str]:
        (one,) = described((path, number, known), folder=str(tmp_path))
        return one["function"], one["text"]

    assert line(7, "<listcomp>") == ("inner", "return [number")
    assert line(8, "") == ("inner", "for number in numbers]")
    assert line(9, "") == ("outer", "return inner")
    assert line(7, "said_by_the_meter")[0] == "said_by_the_meter"
    function, text = line(3, "<module>")
    assert function == "<module>"
    assert len(text) == 200
    assert text.endswith("x…")
    assert line(2, "")[0] == "<module>"
    assert line(99, "") == ("", "")


@pytest.mark.parametrize("content", [b"def broken(:\n", b"\xff\xfe\x00", b"# -*- coding: nonsense -*-\nx = 1\n"])
def test_what_cannot_be_read_has_no_text(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mine.py"
    file.write_bytes(content)
    (one,) = described((str(file), 5, ""), folder=str(tmp_path))
    assert (one["function"], one["text"]) == ("", "")
    assert source_line(str(tmp_path / "missing.py"), 1) == ""
    assert source_line(NO_FRAME, 0) == ""


def test_an_attempt_gives_the_value_or_raises_once() -> None:
    attempt = Attempt(lambda number: [number], 5)
    assert not attempt.failed
    assert attempt.result() == [5]
    assert attempt.result() is None
    failed = Attempt(lambda number: 1 / number, 0)
    assert failed.failed
    with pytest.raises(ZeroDivisionError):
        failed.result()


def test_an_attempt_holds_nothing_of_what_it_has_given() -> None:
    class Thing:
        pass

    import gc
    import weakref

    attempt = Attempt(lambda _: Thing(), None)
    seen = weakref.ref(attempt.result())
    gc.collect()
    assert seen() is None


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModuleNotFoundError("No module named 'memray'", name="memray"), "memray is not installed"),
        (ModuleNotFoundError("No module named 'rich'", name="rich"), "memray failed here: ModuleNotFoundError: No"),
        (OSError(28, "No space\nleft on device"), "memray failed here: OSError: [Errno 28] No space left on device"),
        (EOFError(), "memray failed here: EOFError"),
        (ValueError("x" * 1000 + "\udcff"), "memray failed here: ValueError: xxx"),
    ],
)
def test_a_note_says_in_a_line_what_went_wrong(error: Exception, said: str) -> None:
    note = why("memray", error)
    assert note.startswith(said)
    assert len(note) < 400
    assert "\n" not in note
