"""Sections of a baseline file: found by what they were made under, put together anew, shortened."""

from __future__ import annotations

from made_baselines import BASELINE, GENERATORS, IDENTITY, LOAD_ALL, changed, section

from memlab.analysis.baseline_sections import closest_section, find_section, merge, remove
from memlab.model.baseline import Baseline
from memlab.model.baseline_file import encode_baseline

NEWER = changed(IDENTITY, python="CPython 3.12")
OTHER = changed(GENERATORS, variants={"load_all": LOAD_ALL})
SEVERAL = Baseline(
    (
        section(recipes={"generators": GENERATORS, "pools": OTHER}),
        section(python="CPython 3.12", recipes={"generators": OTHER}),
        section(python="CPython 3.12", settings={"MALLOC_ARENA_MAX": "1"}, recipes={"pools": OTHER}),
    )
)


def test_the_section_of_an_identity() -> None:
    first, second, third = SEVERAL.sections
    assert find_section(SEVERAL, IDENTITY) is first
    assert find_section(SEVERAL, changed(IDENTITY, libraries={"PIL": "1"})) is first
    assert find_section(SEVERAL, NEWER) is second
    assert find_section(SEVERAL, changed(NEWER, settings={"MALLOC_ARENA_MAX": "1"})) is third
    assert find_section(SEVERAL, changed(IDENTITY, libc="glibc 2.39")) is None
    assert find_section(Baseline(()), IDENTITY) is None


def test_the_closest_section() -> None:
    assert closest_section(SEVERAL, changed(IDENTITY, python="CPython 3.13")) is SEVERAL.sections[0]
    assert closest_section(SEVERAL, changed(NEWER, libc="musl 1.2", allocator="musl 1.2")) is SEVERAL.sections[1]
    assert closest_section(Baseline(()), IDENTITY) is None


def test_the_first_recipes_that_are_accepted() -> None:
    assert merge(None, IDENTITY, {"generators": GENERATORS}) == BASELINE
    assert merge(Baseline(()), IDENTITY, {"generators": GENERATORS}) == BASELINE
    assert merge(None, IDENTITY, {}) == Baseline(())


def test_a_recipe_takes_the_place_of_what_was_accepted_of_it_and_all_else_stays() -> None:
    before = encode_baseline(SEVERAL)
    merged = merge(SEVERAL, NEWER, {"generators": GENERATORS, "views": OTHER})
    assert find_section(merged, NEWER) == section(
        python="CPython 3.12", recipes={"generators": GENERATORS, "views": OTHER}
    )
    assert [one for one in merged.sections if one.python == "CPython 3.11"] == [SEVERAL.sections[0]]
    assert SEVERAL.sections[2] in merged.sections
    assert len(merged.sections) == 3
    assert encode_baseline(SEVERAL) == before, "what was given is changed"


def test_a_new_identity_is_a_new_section() -> None:
    merged = merge(SEVERAL, changed(IDENTITY, platform="darwin arm64"), {"generators": OTHER})
    assert set(SEVERAL.sections[0].recipes) == {"generators", "pools"}
    assert len(merged.sections) == 4
    assert set(encode_baseline(SEVERAL).splitlines()) - set(encode_baseline(merged).splitlines()) == set()


def test_recipes_that_are_no_longer_in_the_project() -> None:
    before = encode_baseline(SEVERAL)
    assert remove(SEVERAL, {"pools"}) == Baseline(
        (section(recipes={"generators": GENERATORS}), section(python="CPython 3.12", recipes={"generators": OTHER}))
    )
    assert remove(SEVERAL, {"generators"}, NEWER) == Baseline((SEVERAL.sections[0], SEVERAL.sections[2]))
    assert remove(SEVERAL, {"generators"}, changed(IDENTITY, libc="musl 1.2")) == SEVERAL
    assert remove(SEVERAL, {"generators", "pools"}) == Baseline(())
    assert remove(SEVERAL, {"unheard_of"}) == SEVERAL
    assert encode_baseline(SEVERAL) == before, "what was given is changed"
