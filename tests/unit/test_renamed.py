"""What is gone, what is new, and whether one became the other."""

from __future__ import annotations

import pytest
from made_figures import CONDITIONS, accepted, observed

from memlab.analysis.renamed import renamed_recipes, renamed_variants
from memlab.model.baseline import AcceptedRecipe


@pytest.mark.parametrize(
    ("gone", "new", "renamed"),
    [
        ({"stream": accepted(12)}, {"streams": observed(80)}, {"stream": "streams"}),
        ({"stream": accepted(12, 11)}, {"one_by_one": observed(99, 11.5)}, {"stream": "one_by_one"}),
        ({"stream": accepted(12)}, {"one_by_one": observed(13)}, {"stream": "one_by_one"}),
        ({"stream": accepted(12)}, {"one_by_one": observed(80)}, {}),
        ({"stream": accepted(12, 11)}, {"one_by_one": observed(12, 30)}, {}),
        # Two need as much and neither is called alike: nobody can say.
        ({"stream": accepted(12)}, {"one_by_one": observed(12), "each": observed(12)}, {}),
        ({"stream": accepted(12)}, {"stream_two": observed(12), "each": observed(12)}, {"stream": "stream_two"}),
        # The name that is alike loses against figures that are.
        ({"stream": accepted(12)}, {"streams": observed(80), "each": observed(12)}, {"stream": "each"}),
        (
            {"stream": accepted(12), "load": accepted(148)},
            {"streaming": observed(12), "load_all": observed(148)},
            {"stream": "streaming", "load": "load_all"},
        ),
        ({"stream": accepted(12), "streamed": accepted(12)}, {"streamer": observed(12)}, {"streamed": "streamer"}),
        ({}, {"stream": observed(12)}, {}),
        ({"stream": accepted(12)}, {}, {}),
    ],
)
def test_variants(gone: dict[str, object], new: dict[str, object], renamed: dict[str, str]) -> None:
    assert renamed_variants(gone, new) == renamed  # type: ignore[arg-type]


def test_a_variant_without_figures_needs_as_much_as_nothing() -> None:
    failed = observed((), retained=())
    assert renamed_variants({"stream": accepted(0)}, {"each": failed}) == {}


def test_recipes() -> None:
    held = AcceptedRecipe("", "growth", {}, CONDITIONS, {"load_all": accepted(148), "stream": accepted(12)})
    assert renamed_recipes({"generators": held}, {"generator": ["x"]}) == {"generators": "generator"}
    assert renamed_recipes({"generators": held}, {"one_by_one": ["stream", "load_all"]}) == {"generators": "one_by_one"}
    assert renamed_recipes({"generators": held}, {"views": ["x"]}) == {}
    both = {"generator": ["x"], "one_by_one": ["stream", "load_all"]}
    assert renamed_recipes({"generators": held}, both) == {"generators": "one_by_one"}
