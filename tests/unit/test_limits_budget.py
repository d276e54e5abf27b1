"""Budgets: read, written back, and refused with the place of the mistake."""

from __future__ import annotations

import keyword
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memlab.errors import UsageError
from memlab.limits import FIGURES, Budget, GrowthClass, Share, Size, parse_budget

MIB = 1 << 20

letters = st.characters(categories=["Lu", "Ll", "Lo", "Nl"]) | st.sampled_from("abcxyz_µ画é")
names = (
    st.text(alphabet=letters | st.sampled_from("0123456789"), min_size=1, max_size=8)
    .map(lambda text: unicodedata.normalize("NFKC", text))
    .filter(lambda text: text.isidentifier() and not keyword.iskeyword(text))
)
sizes = st.integers(0, 1 << 50).map(Size) | st.sampled_from([Size(MIB), Size(10**6), Size(0)])
shares = st.builds(Share, st.floats(0, 1e90, allow_nan=False), names)
phases = st.text(min_size=1, max_size=12).filter(str.strip)


def budget(
    variant: str,
    limit: Size | Share | GrowthClass,
    *,
    recipe: str | None = None,
    figure: str = "growth",
    phase: str | None = None,
    inclusive: bool = False,
) -> Budget:
    return Budget(recipe, variant, figure, phase, limit, inclusive, "")


budgets = (
    st.builds(
        budget,
        names,
        sizes | shares,
        recipe=st.none() | names,
        figure=st.sampled_from(FIGURES),
        inclusive=st.booleans(),
    )
    | st.builds(budget, names, sizes | shares, recipe=st.none() | names, phase=phases, inclusive=st.booleans())
    | st.builds(
        budget,
        names,
        st.builds(GrowthClass, st.sampled_from(["constant", "linear"]), st.none() | names),
        recipe=st.none() | names,
    )
)
ALPHABET = st.characters() | st.sampled_from("stream_load-/.[]\"'\\<=×*x0123456789.eEKMGiB isconstantlinear\t")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stream<64MiB", budget("stream", Size(64 * MIB))),
        ("  stream  <=  64 mb ", budget("stream", Size(64 * 10**6), inclusive=True)),
        ("stream<0.1×load_all", budget("stream", Share(0.1, "load_all"))),
        ("stream<0.1*load-all", budget("stream", Share(0.1, "load_all"))),
        ("stream<0.1x load_all", budget("stream", Share(0.1, "load_all"))),
        ("stream<0.1xload_all", budget("stream", Share(0.1, "load_all"))),
        ("x<2xx", budget("x", Share(2.0, "x"))),
        ("stream.retained<1MiB", budget("stream", Size(MIB), figure="retained")),
        ("stream.heap<60MiB", budget("stream", Size(60 * MIB), figure="heap")),
        ("stream.kept<=0.5×load_all", budget("stream", Share(0.5, "load_all"), figure="kept", inclusive=True)),
        ("stream.growth<1kB", budget("stream", Size(1000))),
        ("stream[decode]<10MiB", budget("stream", Size(10 * MIB), phase="decode")),
        ("stream[ read & decode ]<10MiB", budget("stream", Size(10 * MIB), phase="read & decode")),
        ('stream["my phase"]<10MiB', budget("stream", Size(10 * MIB), phase="my phase")),
        ("stream['it\\'s [1] \"x\"']<1MiB", budget("stream", Size(MIB), phase='it\'s [1] "x"')),
        ('stream["\\x41\\u00e9\\U0001F600\\n\\\\"]<1MiB', budget("stream", Size(MIB), phase="Aé😀\n\\")),
        ("stream is constant", budget("stream", GrowthClass("constant"))),
        ("stream is linear in count", budget("stream", GrowthClass("linear", "count"))),
        ("generators/stream<64MiB", budget("stream", Size(64 * MIB), recipe="generators")),
        ("block-cache / stream-all is constant", budget("stream_all", GrowthClass("constant"), recipe="block_cache")),
        ("größe_画像<1MiB", budget("größe_画像", Size(MIB))),
        # Python composes identifiers: `def ﬁlter` is called filter.
        ("ﬁlter<1MiB", budget("filter", Size(MIB))),
        ("isolate<1MiB", budget("isolate", Size(MIB))),
    ],
)
def test_what_can_be_said(text: str, expected: Budget) -> None:
    read = parse_budget(text)
    assert read == expected
    assert read.text == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("stream < 65536 KiB", "stream<64MiB"),
        ("a-b/c-d.growth <= 0.10 x e-f", "a_b/c_d<=0.1×e_f"),
        ("stream[ 'decode' ]<1MiB", "stream[decode]<1MiB"),
        ("stream['my\tphase']<1MiB", 'stream["my\\tphase"]<1MiB'),
        ("stream['a]']<1MiB", 'stream["a]"]<1MiB'),
        ("stream['\u202e']<1MiB", 'stream["\\u202e"]<1MiB'),
        ("stream  is  linear  in  count", "stream is linear in count"),
    ],
)
def test_one_way_of_writing(text: str, written: str) -> None:
    assert str(parse_budget(text)) == written


UNITS = "KiB, MiB, GiB, kB, MB, GB or B, or × and a variant"


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("", "expected the name of a variant, and found nothing", 0),
        ("<64MiB", "expected the name of a variant, and found '<'", 0),
        ("2stream<64MiB", "expected the name of a variant, and found '2stream'", 0),
        ("generators/", "expected the name of a variant, and it ends there", 11),
        ("a/b/c<1MiB", "expected <, <=, is, a figure like .retained, or a [phase], and found '/'", 3),
        ("stream", "expected <, <=, is, a figure like .retained, or a [phase], and it ends there", 6),
        ("stream>64MiB", "expected <, <=, is, a figure like .retained, or a [phase], and found '>'", 6),
        ("stream 64MiB", "expected <, <=, is, a figure like .retained, or a [phase], and found '64MiB'", 7),
        ("stream.speed<64MiB", "expected a figure (growth, heap, retained or kept), and found 'speed'", 7),
        ("stream.<64MiB", "expected a figure (growth, heap, retained or kept), and found '<'", 7),
        ("stream.heap is constant", "expected the sign < or <=, and found 'is'", 12),
        ("stream.heap[decode]<1MiB", "expected the sign < or <=, and found '['", 11),
        ("stream[]<1MiB", "expected the name of a phase, and found ']'", 7),
        ("stream['  ']<1MiB", 'expected the name of a phase, and found "\'"', 7),
        ("stream[decode<1MiB", "expected the bracket ], and it ends there", 18),
        ("stream['decode]<1MiB", "expected the quote ', and it ends there", 20),
        ("stream['a' b]<1MiB", "expected the bracket ], and found 'b'", 11),
        ("stream['\\q']<1MiB", "expected an escape like \\\" or \\\\, and found '\\\\'", 8),
        ("stream['\\ud800']<1MiB", "expected a character's code in 4 hexadecimal digits, and found '\\\\'", 8),
        ("stream['\\x4']<1MiB", "expected a character's code in 2 hexadecimal digits, and found '\\\\'", 8),
        ("stream<", "expected a size like 64MiB, or a share like 0.1×load_all, and it ends there", 7),
        ("stream<load_all", "expected a size like 64MiB, or a share like 0.1×load_all, and found 'load_all'", 7),
        ("stream<-1MiB", "expected a size like 64MiB, or a share like 0.1×load_all, and found '-1MiB'", 7),
        ("stream<64", f"expected a unit after 64 ({UNITS}), and it ends there", 9),
        ("stream<64%", f"expected a unit after 64 ({UNITS}), and found '%'", 9),
        ("stream<64Mibi", f"expected a unit ({UNITS}), and found 'Mibi'", 9),
        ("stream<1e99TiB", "expected a size below 8 EiB, and found '1e99TiB'", 7),
        ("stream<0.1×", "expected the name of a variant, and it ends there", 11),
        ("stream<0.1x", "expected the name of a variant, and it ends there", 11),
        ("stream<1e200×load_all", "expected a smaller share, and found '1e200'", 7),
        (
            "stream<0.1×load_all.heap",
            "expected the end (both sides are of the figure on the left), and found '.heap'",
            19,
        ),
        ("stream<1MiB or so", "expected the end, and found 'or'", 12),
        ("stream is", "expected constant or linear, and it ends there", 9),
        ("stream is superlinear", "expected constant or linear, and found 'superlinear'", 10),
        ("stream is constant on count", "expected in and a setting like count, or the end, and found 'on'", 19),
        ("stream is constant in", "expected a setting like count, and it ends there", 21),
        ("stream is constant in count, width", "expected the end, and found ','", 27),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, message: str, column: int) -> None:
    with pytest.raises(UsageError) as raised:
        parse_budget(text)
    assert raised.value.message == f"--budget: {message}"
    assert raised.value.detail == f"{text}\n{' ' * column}^"
    assert "stream<0.1×load_all" in (raised.value.hint or "")


def test_half_of_a_surrogate_pair_is_refused_before_it_is_saved() -> None:
    with pytest.raises(UsageError, match="expected valid UTF-8, and found") as raised:
        parse_budget("stream['\udc80']<1MiB")
    assert raised.value.detail == "stream['\\udc80']<1MiB\n        ^"


def test_the_caret_stands_below_the_mistake_whatever_is_before_it() -> None:
    # Wide characters take two columns, an accent of its own none, and what can't be shown takes its escape's.
    for before, columns in (("画像", 4), ("e\u0301", 1), ("a\u3000", 2), ("b\u202f\t", 4)):
        with pytest.raises(UsageError) as raised:
            parse_budget(f"{before}?")
        assert (raised.value.detail or "").split("\n")[1] == " " * columns + "^"


def test_limits_in_bytes() -> None:
    below, at_most = parse_budget("stream<64MiB"), parse_budget("stream<=64MiB")
    assert below.allows(64 * MIB - 1, 64 * MIB)
    assert not below.allows(64 * MIB, 64 * MIB)
    assert at_most.allows(64 * MIB, 64 * MIB)
    assert not at_most.allows(64 * MIB + 1, 64 * MIB)
    assert Share(0.1, "load_all").limit_bytes(1009) == 100
    assert Share(1e90, "load_all").limit_bytes(1) == (1 << 63) - 1, "more than a document can hold"


def test_whose_a_budget_is() -> None:
    assert parse_budget("stream<1MiB").is_of("anything")
    assert parse_budget("block-cache/stream<1MiB").is_of("block_cache")
    assert parse_budget("block_cache/stream<1MiB").is_of("block-cache")
    assert not parse_budget("block_cache/stream<1MiB").is_of("generators")


@given(budgets)
def test_what_is_written_is_read_back(written: Budget) -> None:
    assert parse_budget(str(written)) == written


@given(st.text(alphabet=ALPHABET, max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    detail: str | None
    try:
        read = parse_budget(text)
    except UsageError as error:
        detail = error.detail
    else:
        assert parse_budget(str(read)) == read
        return
    shown, caret = (detail or "").split("\n")
    assert shown.isprintable()
    assert caret.lstrip(" ") == "^"


@given(st.sampled_from(["stream", "a/b.heap", "a[b]", "c is"]), st.text(alphabet=ALPHABET, max_size=20))
def test_any_ending_is_read_or_refused(start: str, end: str) -> None:
    try:
        read = parse_budget(start + end)
    except UsageError:
        return
    assert parse_budget(str(read)) == read
