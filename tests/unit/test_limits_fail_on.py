"""The rule by which a figure has regressed: read, written back, and refused with the place of the mistake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.errors import UsageError
from memlab.limits import DEFAULT_FAIL_ON, FIGURES, Clause, Condition, FailOn, Percent, Size, parse_fail_on

MIB = 1 << 20

sizes = st.integers(0, 1 << 50).map(Size) | st.sampled_from([Size(MIB), Size(1536 << 10), Size(10**6), Size(0)])
percents = st.floats(0, 1e90, allow_nan=False).map(Percent) | st.integers(0, 100).map(lambda whole: Percent(whole))
conditions = st.builds(Condition, st.sampled_from(FIGURES), sizes | percents)
clauses = st.lists(conditions, min_size=1, max_size=4).map(lambda some: Clause(tuple(some)))
rules = st.lists(clauses, min_size=1, max_size=3).map(lambda some: FailOn(tuple(some), ""))
ALPHABET = st.characters() | st.sampled_from("growthheapretainedkept><=%&ador 0123456789.eE+-KMGiB\t")


def clause(*written: tuple[str, Size | Percent]) -> Clause:
    return Clause(tuple(Condition(figure, amount) for figure, amount in written))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("growth>5% and >2MiB", [clause(("growth", Percent(5)), ("growth", Size(2 * MIB)))]),
        ("  GROWTH > 5 %  AND  > 2 mib ", [clause(("growth", Percent(5)), ("growth", Size(2 * MIB)))]),
        ("heap>1MB", [clause(("heap", Size(10**6)))]),
        (
            "growth>5% and heap>1MiB and >0.1%",
            [clause(("growth", Percent(5)), ("heap", Size(MIB)), ("heap", Percent(0.1)))],
        ),
        ("retained>512KiB or kept>1e1MiB", [clause(("retained", Size(MIB // 2))), clause(("kept", Size(10 * MIB)))]),
        ("growth>5%or>2MiB", [clause(("growth", Percent(5))), clause(("growth", Size(2 * MIB)))]),
        ("growth>.5GiB", [clause(("growth", Size(512 * MIB)))]),
    ],
)
def test_what_can_be_said(text: str, expected: list[Clause]) -> None:
    rule = parse_fail_on(text)
    assert rule.clauses == tuple(expected)
    assert rule.text == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (" growth > 5.0 % and growth > 2048 KiB", "growth>5% and >2MiB"),
        ("heap>1000kB or >1536KiB or kept>7B", "heap>1MB or heap>1536KiB or kept>7B"),
        ("growth>0.10% and heap>0B", "growth>0.1% and heap>0B"),
    ],
)
def test_one_way_of_writing(text: str, written: str) -> None:
    assert str(parse_fail_on(text)) == written


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("", "expected a figure (growth, heap, retained or kept), and found nothing", 0),
        ("   ", "expected a figure (growth, heap, retained or kept), and found nothing", 3),
        (">5%", "expected a figure (growth, heap, retained or kept), and found '>'", 0),
        ("speed>5%", "expected a figure (growth, heap, retained or kept), and found 'speed'", 0),
        ("growth", "expected the sign >, and it ends there", 6),
        ("growth<5%", "expected the sign >, and found '<'", 6),
        ("growth>", "expected an amount like 5% or 2MiB, and it ends there", 7),
        ("growth>=5%", "expected an amount like 5% or 2MiB, and found '='", 7),
        ("growth>-5%", "expected an amount like 5% or 2MiB, and found '-5%'", 7),
        ("growth>5", "expected a unit after 5 (%, KiB, MiB, GiB, kB, MB, GB or B), and it ends there", 8),
        ("growth>5 Mb2", "expected and, or, or the end, and found '2'", 11),
        ("growth>5 Mibi", "expected a unit (%, KiB, MiB, GiB, kB, MB, GB or B), and found 'Mibi'", 9),
        ("growth>1e999MiB", "expected a size below 8 EiB, and found '1e999MiB'", 7),
        ("growth>8192PiB", "expected a size below 8 EiB, and found '8192PiB'", 7),
        ("growth>1e300%", "expected a smaller percentage, and found '1e300%'", 7),
        ("growth>5% >2MiB", "expected and, or, or the end, and found '>'", 10),
        ("growth>5% und >2MiB", "expected and, or, or the end, and found 'und'", 10),
        ("growth>5% and", "expected a figure or the sign >, and it ends there", 13),
        ("growth>5% or hoop>1MiB", "expected a figure (growth, heap, retained or kept), and found 'hoop'", 13),
        ("growth>5% & >2MiB", "expected and, or, or the end, and found '&'", 10),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, message: str, column: int) -> None:
    with pytest.raises(UsageError) as raised:
        parse_fail_on(text)
    assert raised.value.message == f"--fail-on: {message}"
    assert raised.value.detail == f"{text}\n{' ' * column}^"
    assert "growth>5% and >2MiB" in (raised.value.hint or "")


def test_errors_carry_the_name_they_are_given() -> None:
    with pytest.raises(UsageError, match=r"^tool\.memlab\.fail-on in x: expected"):
        parse_fail_on("?", name="tool.memlab.fail-on in x")


def test_long_expressions_are_cut_around_the_mistake_and_hostile_ones_are_made_printable() -> None:
    with pytest.raises(UsageError) as raised:
        parse_fail_on("growth>5% and " * 30 + "\x1b[2J\u202e>" + "x" * 500)
    shown, caret = (raised.value.detail or "").split("\n")
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert shown.isprintable()
    assert len(shown) < 130
    assert shown[len(caret) - 1 :].startswith("\\x1b[2J")
    assert raised.value.message.isprintable()


def test_thresholds() -> None:
    rule = parse_fail_on("growth>5% and >2MiB or growth>50MiB or retained>1MiB and heap>10%")
    assert rule.figures == ("growth", "retained", "heap")
    assert rule.threshold_bytes("growth", 10 * MIB) == 2 * MIB
    assert rule.threshold_bytes("growth", 100 * MIB) == 5 * MIB
    assert rule.threshold_bytes("growth", 10_000 * MIB) == 50 * MIB
    assert rule.threshold_bytes("kept", 10) is None
    assert rule.clauses[2].threshold_bytes("heap", 1001) == 100
    assert rule.clauses[2].threshold_bytes("growth", 1) is None
    assert rule.clauses[2].figures == ("retained", "heap")
    assert parse_fail_on("retained>5%").threshold_bytes("retained", -MIB) == 0
    assert parse_fail_on("heap>1e90%").threshold_bytes("heap", MIB) == (1 << 63) - 1, "more than a document can hold"


def test_the_default() -> None:
    assert str(DEFAULT_FAIL_ON) == DEFAULT_FAIL_ON.text == "growth>5% and >2MiB"


@given(rules)
def test_what_is_written_is_read_back(rule: FailOn) -> None:
    assert parse_fail_on(str(rule)) == rule


@given(st.text(alphabet=ALPHABET, max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    detail: str | None
    try:
        read = parse_fail_on(text)
    except UsageError as error:
        detail = error.detail
    else:
        assert parse_fail_on(str(read)) == read
        return
    shown, caret = (detail or "").split("\n")
    assert shown.isprintable()
    assert caret.lstrip(" ") == "^"


@given(rules, st.integers(0, 1 << 45))
def test_an_increase_above_the_threshold_meets_a_clause(rule: FailOn, accepted: int) -> None:
    for figure in rule.figures:
        least = rule.threshold_bytes(figure, accepted)
        assert least is not None
        alone = [one for one in rule.clauses if figure in one.figures]
        assert least == min(
            max(
                condition.amount.size_bytes
                if isinstance(condition.amount, Size)
                else min(int(accepted * condition.amount.percent / 100), (1 << 63) - 1)
                for condition in one.conditions
                if condition.figure == figure
            )
            for one in alone
        )
