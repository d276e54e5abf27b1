"""What a marker and the ini values come to, and the mistakes that can be made in them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from memlab.errors import UsageError
from memlab.integrations.pytest_plugin.judged import Limit
from memlab.integrations.pytest_plugin.marker import Wanted, wanted
from memlab.units import MIB

INI = {"memlab_peak": "", "memlab_retained": "", "memlab_trials": "1", "memlab_timeout": "300s"}


class Unwritable:
    """It can be neither written nor compared, as an array can't be compared with a text."""

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        raise RuntimeError


def read(*nearest_first: dict[str, Any], words: tuple[object, ...] = (), **ini: Any) -> Wanted:
    """What is wanted of a test with these markers."""
    values = INI | {f"memlab_{name}": value for name, value in ini.items()}
    item: Any = SimpleNamespace(
        nodeid="test_album.py::test_turns",
        config=SimpleNamespace(getini=values.__getitem__),
        iter_markers=lambda name: [getattr(pytest.mark, name)(*words, **one).mark for one in nearest_first],
    )
    return wanted(item)


def test_a_bare_marker() -> None:
    assert read({}) == Wanted(limits=(), trials=1, isolation="process", timeout_seconds=300.0)


def test_sizes_are_texts_or_bytes() -> None:
    assert read({"retained": 4096, "peak": "64MiB"}).limits == (Limit("peak", 64 * MIB), Limit("retained", 4096))


def test_the_nearest_word_counts_each_by_itself() -> None:
    found = read({"peak": "1MiB"}, {"peak": "2MiB", "trials": 5}, {"trials": 7, "retained": 0, "timeout": "2min"})
    assert found == Wanted((Limit("peak", MIB), Limit("retained", 0)), 5, "process", 120.0)


def test_ini_values_hold_where_no_marker_has_a_word() -> None:
    ini = {"peak": "8 MiB", "retained": "1MiB", "trials": "3", "timeout": "1.5s"}
    found = read({"retained": "2MiB"}, **ini)
    assert found.limits == (Limit("peak", 8 * MIB, "memlab_peak"), Limit("retained", 2 * MIB))
    assert (found.trials, found.timeout_seconds) == (3, 1.5)
    assert read({"peak": None}, **ini).limits == (Limit("retained", MIB, "memlab_retained"),)
    assert read({"trials": 1, "timeout": 60}, **ini).trials == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"peak": "64 elephants"}, "'64 elephants' is not a size"),
        ({"peak": 1.5}, "peak=1.5: write a size"),
        ({"peak": True}, "peak=True: write a size"),
        ({"peak": -1}, "can't be negative"),
        ({"retained": "-1MiB"}, "can't be negative"),
        ({"trials": 0}, "write a number from 1 to 100"),
        ({"trials": "3"}, "write a number from 1 to 100"),
        ({"isolation": "thread"}, 'write "process" or "inline"'),
        ({"isolation": ["inline"]}, 'write "process" or "inline"'),
        ({"timeout": 0}, "above 0"),
        ({"timeout": float("inf")}, "above 0"),
        ({"timeout": float("nan")}, "above 0"),
        ({"timeout": "soon"}, "'soon' is not a duration"),
        ({"timeout": None}, "a number of seconds"),
        ({"timeout": 10**400}, "not longer than a year"),
        ({"timeout": "9000h"}, "not longer than a year"),
        ({"peak": 10**400}, "no machine has that much"),
        ({"peak": 10**5000}, "peak=a value of type int: no machine has that much"),
        ({"peak": Unwritable()}, "peak=a value of type Unwritable: write a size"),
        ({"isolation": Unwritable()}, "isolation=a value of type Unwritable: write"),
        ({"limit": "64MiB"}, "there is no limit=; it takes peak=, retained=, trials=, isolation=, timeout="),
    ],
)
def test_mistakes_name_the_test(words: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=r"^test_album\.py::test_turns: @pytest\.mark\.memlab: ") as caught:
        read(words)
    assert sentence in caught.value.message
    assert "\n" not in caught.value.message


def test_a_size_without_its_name() -> None:
    with pytest.raises(UsageError, match="write peak= or retained= before '64MiB'"):
        read({}, words=("64MiB",))


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("peak", "much", "memlab_peak: 'much' is not a size"),
        ("trials", "three", "memlab_trials: 'three' is no number"),
        ("trials", "-1", "memlab_trials: "),
        ("trials", "0", "memlab_trials: write a number from 1 to 100"),
        ("timeout", "", "memlab_timeout: '' is not a duration"),
    ],
)
def test_mistakes_in_ini_values(name: str, text: str, sentence: str) -> None:
    ini: dict[str, Any] = {name: text}
    with pytest.raises(UsageError) as caught:
        read({}, **ini)
    assert sentence in caught.value.message
