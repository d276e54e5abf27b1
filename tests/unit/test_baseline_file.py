"""The baseline file: a fact on a line, read back whole, and refused in a sentence where it can't be."""

from __future__ import annotations

import difflib
import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_baselines import BASELINE, CONDITIONS, GENERATORS, LOAD_ALL, STREAM, changed, section

from memlab.errors import DocumentError
from memlab.model.baseline import (
    GROWTH_CLASSES,
    AcceptedRecipe,
    AcceptedVariant,
    Baseline,
    BaselineSection,
    Conditions,
)
from memlab.model.baseline_file import decode_baseline, encode_baseline
from memlab.recipe.recipe import HEADLINES, ROLES

WRITTEN = """\
{
  "format": "memlab.baseline",
  "version": 1,
  "sections": [
    {
      "python": "CPython 3.11",
      "platform": "linux x86_64",
      "libc": "glibc 2.36",
      "allocator": "glibc 2.36",
      "settings": {},
      "accepted": {
        "generators conditions": {"cpus": 2, "instruction_sets": "", "kernel": "6.1.0", "memory_limit_bytes": null, \
"resolution_bytes": 253952, "transparent_hugepages": "madvise"},
        "generators headline": "growth",
        "generators inputs": "24 photos of 1200×900, jpeg, quality 90",
        "generators library PIL": "11.0.0",
        "generators library numpy": "2.1.3",
        "generators load_all growth_bytes": 80740352,
        "generators load_all retained_bytes": 0,
        "generators load_all role": "baseline",
        "generators stream growth_bytes": 13021184,
        "generators stream growth_class in count": "constant",
        "generators stream heap_bytes": 12992000,
        "generators stream kept_bytes": 204800,
        "generators stream memory at recipes/generators.py read: return cv2.imread(path)": 12960000,
        "generators stream output": "sha256:2c26b46b68ffc68f",
        "generators stream retained_bytes": -40960,
        "generators stream role": "technique"
      }
    }
  ]
}
"""

texts = st.text(max_size=12)
names = texts | st.sampled_from(
    [
        "a b",
        "it's",
        "'",
        "''",
        "' '",
        "library",
        "inputs",
        "headline",
        "conditions",
        "growth_bytes",
        "role",
        "memory at",
    ]
)
sizes = st.integers(0, (1 << 63) - 1)
OPTIONAL = ("kept_bytes", "growth_high_bytes", "heap_bytes", "output")
variants = st.builds(
    AcceptedVariant,
    role=st.sampled_from(ROLES),
    growth_bytes=sizes,
    retained_bytes=st.integers(-(1 << 40), 1 << 40),
    kept_bytes=st.none() | sizes,
    growth_high_bytes=st.none() | sizes,
    heap_bytes=st.none() | sizes,
    output=st.none() | texts,
    growth_classes=st.dictionaries(names, st.sampled_from(GROWTH_CLASSES), max_size=2),
    lines=st.dictionaries(names, sizes, max_size=2),
)
conditions = st.builds(
    Conditions,
    kernel=texts,
    cpus=st.integers(1, 500),
    transparent_hugepages=texts,
    memory_limit_bytes=st.none() | sizes,
    resolution_bytes=sizes,
)
recipes = st.builds(
    AcceptedRecipe,
    inputs=texts,
    headline=st.sampled_from(HEADLINES),
    libraries=st.dictionaries(names, texts, max_size=2),
    conditions=conditions,
    variants=st.dictionaries(names, variants, max_size=2),
)
sections = st.builds(
    BaselineSection,
    python=texts,
    platform=texts,
    libc=texts,
    allocator=texts,
    settings=st.dictionaries(texts, texts, max_size=2),
    recipes=st.dictionaries(names, recipes, max_size=2),
)


def identity(one: BaselineSection) -> tuple[object, ...]:
    return one.python, one.platform, one.libc, one.allocator, tuple(sorted(one.settings.items()))


# Whole files take long to make up on a loaded machine, which is nothing to fail for.
unhurried = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])

baselines = st.lists(sections, max_size=2, unique_by=identity).map(lambda some: Baseline(tuple(some)))


def sorted_sections(baseline: Baseline) -> list[BaselineSection]:
    return sorted(baseline.sections, key=identity)


def refused(content: str | bytes) -> DocumentError:
    with pytest.raises(DocumentError) as raised:
        decode_baseline(content.encode() if isinstance(content, str) else content, name="it.json")
    assert raised.value.exit_code == 2
    assert "\n" not in raised.value.message
    return raised.value


def with_line(line: str, value: str) -> str:
    """The file with the value of a line set anew, or with a new line."""
    key = json.dumps(line, ensure_ascii=False)
    found, count = re.subn(rf"^( *{re.escape(key)}: ).*?(,?)$", rf"\g<1>{value}\g<2>", WRITTEN, flags=re.MULTILINE)
    return found if count else WRITTEN.replace('"accepted": {', f'"accepted": {{\n        {key}: {value},')


def without_line(line: str) -> str:
    whole = json.loads(WRITTEN)
    del whole["sections"][0]["accepted"][line]
    return json.dumps(whole)


def test_the_file_as_a_reviewer_sees_it() -> None:
    assert encode_baseline(BASELINE).decode() == WRITTEN


def test_it_is_json_with_its_keys_sorted() -> None:
    (found,) = json.loads(WRITTEN)["sections"]
    assert list(found["accepted"]) == sorted(found["accepted"])
    assert decode_baseline(WRITTEN.encode()) == BASELINE


def test_a_changed_figure_is_a_changed_line() -> None:
    more = changed(STREAM, growth_bytes=14_000_000)
    other = Baseline(
        (section(recipes={"generators": changed(GENERATORS, variants={"stream": more, "load_all": LOAD_ALL})}),)
    )
    difference = list(difflib.ndiff(WRITTEN.splitlines(), encode_baseline(other).decode().splitlines()))
    assert [line for line in difference if line[0] in "+-"] == [
        '-         "generators stream growth_bytes": 13021184,',
        '+         "generators stream growth_bytes": 14000000,',
    ]


def test_the_order_in_memory_changes_nothing() -> None:
    turned = changed(
        GENERATORS, variants={"load_all": LOAD_ALL, "stream": STREAM}, libraries={"numpy": "2.1.3", "PIL": "11.0.0"}
    )
    assert encode_baseline(Baseline((section(recipes={"generators": turned}),))) == WRITTEN.encode()
    first, second = section(python="CPython 3.11"), section(python="CPython 3.12")
    assert encode_baseline(Baseline((second, first))) == encode_baseline(Baseline((first, second)))
    variables = {"MALLOC_ARENA_MAX": "1", "A": "2"}
    several = Baseline((section(settings=variables), first))
    assert encode_baseline(several) == encode_baseline(
        Baseline((first, section(settings=dict(reversed(variables.items())))))
    )


def test_every_figure_has_its_line() -> None:
    known: dict[str, Any] = {
        "role": "pitfall",
        "growth_bytes": 1,
        "retained_bytes": 2,
        "kept_bytes": 3,
        "growth_high_bytes": 4,
        "heap_bytes": 5,
        "output": "6",
        "growth_classes": {"count": "linear", "width": "superlinear"},
        "lines": {"a.py f: g()": 7, "": 8},
    }
    assert set(known) == set(AcceptedVariant.__struct_fields__), "a new figure needs a line of its own"
    recipe = changed(GENERATORS, variants={"all": AcceptedVariant(**known)})
    baseline = Baseline((section(recipes={"generators": recipe}),))
    written = encode_baseline(baseline)
    assert decode_baseline(written) == baseline
    assert written.count(b"generators all ") == 7 + 2 + 2


def test_names_that_are_not_words_stand_in_quotes() -> None:
    recipe = changed(
        GENERATORS,
        libraries={"odd name": "1"},
        variants={"my variant": LOAD_ALL, "it's": LOAD_ALL, "library": LOAD_ALL, "": LOAD_ALL, "a\u202eb\n": LOAD_ALL},
    )
    written = encode_baseline(Baseline((section(recipes={"odd recipe": recipe}),)))
    for line in (
        "\"'odd recipe' library 'odd name'\": \"1\"",
        "\"'odd recipe' 'my variant' growth_bytes\": 80740352",
        "\"'odd recipe' 'it''s' growth_bytes\": 80740352",
        "\"'odd recipe' 'library' growth_bytes\": 80740352",
        "\"'odd recipe' '' growth_bytes\": 80740352",
        "\"'odd recipe' 'a\\u202eb\\n' growth_bytes\": 80740352",
    ):
        assert f"\n        {line}" in written.decode()
    assert decode_baseline(written).sections[0].recipes == {"odd recipe": recipe}


@unhurried
@given(baselines)
def test_what_was_written_is_read_back(baseline: Baseline) -> None:
    written = encode_baseline(baseline)
    read = decode_baseline(written)
    assert list(read.sections) == sorted_sections(baseline)
    assert encode_baseline(read) == written
    lines = written.decode().split("\n")
    assert lines.pop() == ""
    assert all(line.isprintable() for line in lines)
    assert lines[:3] == ["{", '  "format": "memlab.baseline",', '  "version": 1,']
    facts = [
        fact
        for one in baseline.sections
        for recipe in one.recipes.values()
        for fact in (
            *("headline", "inputs", "conditions"),
            *recipe.libraries,
            *(
                fact
                for variant in recipe.variants.values()
                for fact in (
                    *("role", "growth", "retained"),
                    *(name for name in OPTIONAL if getattr(variant, name) is not None),
                    *variant.growth_classes,
                    *variant.lines,
                )
            ),
        )
    ]
    assert sum(line.startswith("        ") for line in lines) == len(facts) + sum(
        len(one.settings) for one in baseline.sections
    )


@unhurried
@given(baselines.filter(lambda baseline: baseline.sections), st.data())
def test_a_damaged_file_is_refused_or_another_baseline(baseline: Baseline, data: st.DataObject) -> None:
    written = encode_baseline(baseline)
    place = data.draw(st.integers(0, len(written) - 1))
    damaged = written[:place] + data.draw(st.binary(max_size=2)) + written[place + 1 :]
    try:
        read = decode_baseline(damaged)
    except DocumentError:
        return
    assert decode_baseline(encode_baseline(read)) == Baseline(tuple(sorted_sections(read)))


def test_every_truncation_is_refused() -> None:
    whole = WRITTEN.rstrip().encode()
    for length in range(len(whole)):
        assert refused(whole[:length]).message.startswith("it.json is ")


def test_a_merge_conflict() -> None:
    figure = '        "generators stream growth_bytes": 13021184,\n'
    assert figure in WRITTEN
    sides = f"<<<<<<< HEAD\n{figure}=======\n{figure.replace('13', '14')}>>>>>>> other\n"
    for end in ("\n", "\r\n"):
        error = refused(WRITTEN.replace(figure, sides).replace("\n", end))
        assert error.message == "it.json holds an unresolved merge conflict (line 20)"
        # Not accept alone: that reads the file as well, and is refused like this.
        assert error.hint == "keep the lines of one side, or remove the file, and memlab accept measures anew"


def test_line_ends_of_windows_are_read() -> None:
    assert decode_baseline(WRITTEN.replace("\n", "\r\n").encode()) == BASELINE


def test_a_newer_version_is_named_before_anything_else_of_it_is_looked_at() -> None:
    newer = '{"format": "memlab.baseline", "version": 2, "tables": [3]}'
    error = refused(newer)
    assert error.message == "it.json was written by a newer memlab (version 2 of memlab.baseline, this one reads 1)"
    assert error.hint == "install the newer memlab to read it"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "it.json is empty"),
        (" \n", "it.json is empty"),
        (b"\x89PNG\r\n", "it.json is damaged or not one of memlab's: line 1 is not UTF-8"),
        (b'{\n"\xff"', "it.json is damaged or not one of memlab's: line 2 is not UTF-8"),
        ("[]", "it.json is damaged or not one of memlab's: it is no JSON object"),
        ("{}", "it.json is damaged or not one of memlab's: it doesn't begin with its format and version"),
        (
            '{"format": "memlab.baseline", "version": true}',
            "it.json is damaged or not one of memlab's: it doesn't begin",
        ),
        ('{"format": "memlab.run", "version": 1}', "it.json is a 'memlab.run' document, not a 'memlab.baseline' one"),
        ('{"format": "memlab.baseline", "version": 0}', "it.json says version 0 of memlab.baseline, which never was"),
        ('{"format": "memlab.baseline", "version": 1}', "it.json is damaged: it has no list of sections"),
        (
            '{"format": "memlab.baseline", "version": 1, "sections": [], "more": 1}',
            'it.json is damaged: "more" is unknown',
        ),
        (
            '{"format": "memlab.baseline", "version": 1, "sections": [1]}',
            "it.json is damaged: section 1 is no JSON object",
        ),
        (
            '{"format": "memlab.baseline", "version": 1, "sections": [{}]}',
            'it.json is damaged: section 1 has no "python"',
        ),
        (WRITTEN.replace("13021184", "NaN"), "it.json is damaged or not one of memlab's: NaN is no number of JSON"),
        (
            WRITTEN.replace("13021184", "1" * 5000),
            "it.json is damaged or not one of memlab's: a number of 5000 digits is none",
        ),
        (b"\xef\xbb\xbf" + WRITTEN.encode(), "it.json is damaged or not one of memlab's: it begins with a byte order"),
        (WRITTEN.replace("13021184", "[" * 100_000), "it.json is damaged or not one of memlab's: "),
        (
            WRITTEN.replace("13021184,", "13021184"),
            "it.json is damaged or not one of memlab's: Expecting ',' delimiter in line 21, column 9",
        ),
        (
            WRITTEN.replace("13021184,", '13021184,\n"generators stream growth_bytes": 1,'),
            'it.json is damaged or not one of memlab\'s: "generators stream growth_bytes" is there twice',
        ),
        (
            WRITTEN.replace("11.0.0", "\\ud800"),
            "it.json is damaged or not one of memlab's: it holds half of a surrogate",
        ),
        (
            WRITTEN.replace('"settings": {}', '"settings": {"A": 1}'),
            'it.json is damaged: "settings" of section 1 are not',
        ),
        (
            WRITTEN.replace('"settings": {}', '"settings": []'),
            'it.json is damaged: "settings" of section 1 are not names',
        ),
        (
            WRITTEN.replace('"libc": "glibc 2.36"', '"libc": null'),
            'it.json is damaged: "libc" of section 1 is not a text',
        ),
        (WRITTEN.replace('"libc"', '"cpus": 3, "libc"'), 'it.json is damaged: "cpus" of section 1 is unknown'),
    ],
)
def test_what_is_no_baseline_file(content: str | bytes, message: str) -> None:
    assert refused(content).message.startswith(message)


IN_SECTION = "it.json is damaged: in the section of CPython 3.11, "


@pytest.mark.parametrize(
    ("line", "value", "message"),
    [
        ("generators stream growth_bytes", "-1", "is -1, which is no possible number of bytes"),
        ("generators stream heap_bytes", "-1", "is -1, which is no possible number of bytes"),
        ("generators stream growth_bytes", str(1 << 63), f"is {1 << 63}, which is no possible number of bytes"),
        ("generators stream growth_bytes", "1.0", "is 1.0, not a whole number of bytes"),
        ("generators stream growth_bytes", "true", "is True, not a whole number of bytes"),
        ("generators stream growth_bytes", "null", "is None, not a whole number of bytes"),
        ("generators stream growth_bytes", '"12 MiB"', "is '12 MiB', not a whole number of bytes"),
        ("generators stream role", '"hero"', "is 'hero', none of baseline, technique, pitfall"),
        ("generators stream role", "[]", "is [], none of baseline, technique, pitfall"),
        ("generators headline", '"speed"', "is 'speed', none of growth, retained, kept"),
        ("generators stream output", "5", "is 5, not a text"),
        ("generators inputs", "5", "is 5, not a text"),
        ("generators library PIL", "11", "is 11, not a text"),
        ("generators library PIL wheel", '"11"', "has a word too many"),
        ("generators inputs too", '"11"', "has a word too many"),
        ("generators stream growth_class in count", '"log"', "is 'log', none of constant, linear, superlinear"),
        ("generators stream growth_class in count width", '"linear"', "has a word too many"),
        ("generators stream speed", "1", "says nothing of a recipe or a variant that this memlab knows"),
        ("generators stream", "1", "says nothing of a recipe or a variant that this memlab knows"),
        ("generators", "1", "lacks a word"),
        ("", "1", "lacks a word"),
        ("generators  stream growth_bytes", "1", "lacks a word"),
        ("generators 'stream growth_bytes", "1", "has a quote that doesn't end where a word does"),
        ("generators 'stream'x growth_bytes", "1", "has a quote that doesn't end where a word does"),
        ("generators 'stream' growth_bytes", "1", "is there twice, written in two ways"),
        ("'generators' headline", '"growth"', "is there twice, written in two ways"),
        ("generators conditions", "5", ": Expected `object`, got `int`"),
        ("generators conditions", '{"cpus": 2}', ": Object missing required field `kernel`"),
        (
            "generators conditions",
            json.dumps(msgspec.to_builtins(CONDITIONS) | {"memory_limit_bytes": -1}),
            "is -1, which is no possible number of bytes",
        ),
    ],
)
def test_a_line_that_can_not_be_meant(line: str, value: str, message: str) -> None:
    said = refused(with_line(line, value)).message
    if message.endswith("two ways"):
        # Either of the two may be the one that is named.
        assert said.startswith(IN_SECTION)
        assert said.endswith(f'" {message}')
    else:
        between = "" if message.startswith(":") else " "
        assert said.startswith(f'{IN_SECTION}"{line}"{between}{message}')


@pytest.mark.parametrize(
    "line",
    [
        "generators headline",
        "generators inputs",
        "generators conditions",
        "generators stream role",
        "generators stream growth_bytes",
        "generators stream retained_bytes",
    ],
)
def test_a_missing_line(line: str) -> None:
    assert refused(without_line(line)).message == f'{IN_SECTION}the line "{line}" is missing'


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("generators stream heap_bytes", "heap_bytes"),
        ("generators stream kept_bytes", "kept_bytes"),
        ("generators stream output", "output"),
    ],
)
def test_what_may_be_missing_is_unknown(line: str, field: str) -> None:
    (read,) = decode_baseline(without_line(line).encode()).sections
    assert read.recipes["generators"].variants["stream"] == changed(STREAM, **{field: None})


def test_two_sections_of_one_identity() -> None:
    written = encode_baseline(Baseline((section(), section(recipes={}))))
    assert refused(written).message == "it.json is damaged: sections 1 and 2 were made under the same"


def test_an_empty_baseline() -> None:
    written = encode_baseline(Baseline(()))
    assert written == b'{\n  "format": "memlab.baseline",\n  "version": 1,\n  "sections": []\n}\n'
    assert decode_baseline(written) == Baseline(())


def test_a_hostile_key_is_shown_printable_and_short() -> None:
    shown: Any = refused(with_line("generators \x1b[2J" + "x" * 5000, "1")).message
    assert shown.isprintable()
    assert len(shown) < 400
