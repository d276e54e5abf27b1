"""What a test's process tells is read back as it was, as far as it came."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from memlab.integrations.pytest_plugin.messages import Teller, Told, described_warning, made_warning, read


class OwnWarning(UserWarning):
    """A category of the project's."""


class DemandingWarning(UserWarning):
    """A category that can't be made from a text alone."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(f"{text} ({code})")


def caught(warning: Warning) -> warnings.WarningMessage:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warnings.warn(warning, stacklevel=1)
    return found[0]


def test_everything_comes_back_as_it_was(tmp_path: Path) -> None:
    report = {
        "nodeid": "a::b",
        "longrepr": ("a.py", 3, "why"),
        "location": ("a.py", None, "b"),
        "sections": [("x", "ü")],
    }
    with open(tmp_path / "file", "wb") as file:
        teller = Teller(file)
        teller.tell("report", report)
        teller.tell("warning", {"nodeid": "a::b"})
        teller.tell("problem", "the first")
        teller.tell("problem", "the second")
        teller.tell("stopped", ("enough", 7))
        teller.tell("ended")
    assert read(tmp_path / "file") == Told([report], [{"nodeid": "a::b"}], "the first", ("enough", 7), ended=True)


def test_what_is_no_plain_value_comes_as_a_text(tmp_path: Path) -> None:
    class Text(str):
        __slots__ = ()

    with open(tmp_path / "file", "wb") as file:
        Teller(file).tell("report", {"properties": [("a", Path("/x")), ("b", Text("c"))], Text("n"): 1})
    assert read(tmp_path / "file").reports == [{"properties": [("a", repr(Path("/x"))), ("b", "c")], "n": 1}]


@pytest.mark.parametrize("lost", [1, 10, 40])
def test_a_message_that_was_cut_off_is_left_out(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        teller = Teller(file)
        teller.tell("report", {"nodeid": "first"})
        teller.tell("report", {"nodeid": "second", "more": "x" * 100})
    path.write_bytes(path.read_bytes()[:-lost])
    assert read(path) == Told([{"nodeid": "first"}])


def test_nothing_was_told(tmp_path: Path) -> None:
    assert read(tmp_path / "never written") == Told()


@pytest.mark.parametrize("warning", [OwnWarning("careful"), DeprecationWarning("old")])
def test_warnings_keep_their_category(warning: Warning) -> None:
    before = caught(warning)
    after = made_warning(described_warning(before))
    assert (after.category, str(after.message)) == (before.category, str(before.message))
    assert isinstance(after.message, type(warning))
    assert (after.filename, after.lineno) == (before.filename, before.lineno)


def test_warnings_that_can_not_be_made_again_become_user_warnings() -> None:
    class Local(UserWarning):
        """Nowhere to be imported from."""

    for warning, text in ((Local("local"), "local"), (DemandingWarning("demands", 3), "demands (3)")):
        after = made_warning(described_warning(caught(warning)))
        assert (after.category, str(after.message)) == (UserWarning, text)
