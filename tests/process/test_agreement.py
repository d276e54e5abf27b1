"""Keeping outputs and holding them against each other, in real processes."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from harness import SCRIPTS, Place, RunScript
from PIL import Image

from memlab.kernel.resolution import resolution_bytes
from memlab.model.description import RecipeReference
from memlab.model.output import AgreeReply
from memlab.model.trial import Reply, TrialSpec
from memlab.runner.executor import ProcessExecutor

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
MIB = 1 << 20


class Keeping:
    """An executor, and a folder for outputs."""

    def __init__(self, executor: ProcessExecutor) -> None:
        self.executor = executor
        self.outputs = executor.scratch / "outputs"
        self.outputs.mkdir()

    def trial(self, variant: str, *, keep: bool = True, **more: Any) -> Reply:
        spec = TrialSpec(
            task="measure",
            recipe=RecipeReference("kept_outputs", path=str(SCRIPTS / "kept_outputs.py")),
            folder="",
            variant=variant,
            outputs=str(self.outputs) if keep else None,
            **more,
        )
        outcome, reply = self.executor.measure(spec, timeout_seconds=60, timeline=False, reset=False)
        assert outcome.output_tail == ""
        assert reply is not None
        assert reply.status == "measured"
        return reply

    def agree(self, *pairs: tuple[str, str]) -> tuple[AgreeReply, str]:
        reference = RecipeReference("kept_outputs", path="/nowhere.py")
        spec = TrialSpec(task="agree", recipe=reference, folder="", outputs=str(self.outputs), pairs=pairs)
        outcome, reply = self.executor.agree(spec, timeout_seconds=60)
        assert (outcome.ending, outcome.exit_code) == ("exited", 0)
        assert reply is not None
        return reply, outcome.output_tail


@pytest.fixture
def keeping(place: Place) -> Iterator[Keeping]:
    del place
    with ProcessExecutor() as executor:
        yield Keeping(executor)


def digest(reply: Reply) -> str:
    assert reply.output is not None
    return reply.output.digest


def test_from_the_trial_to_the_difference(keeping: Keeping) -> None:
    first, second, image = (keeping.trial(name) for name in ("counts", "counts_otherwise", "returns_an_image"))
    assert [one.output_kept for one in (first, second, image)] == [True, True, True]
    assert sorted(os.listdir(keeping.outputs)) == sorted(map(digest, (first, second, image)))

    reply, printed = keeping.agree((digest(first), digest(second)), (digest(first), digest(image)), ("a" * 32, "b"))
    assert reply.status == "compared"
    numbers, kinds = reply.comparisons
    assert (numbers.expected, numbers.found) == (digest(first), digest(second))
    assert (numbers.differs_in, numbers.psnr_db, numbers.largest_difference) == ("values", None, 2.0)
    assert (numbers.differing, numbers.values) == (1, 100)
    assert (kinds.differs_in, kinds.note) == (
        "kind", "the baseline has a list of 100, this one an image RGB of 2048×2048 pixels",
    )  # fmt: skip
    assert f"memlab: the output b can't be held against {'a' * 32}" in printed
    (picture,) = reply.pictures.values()
    assert (picture.width, picture.height) == (2048, 2048)
    with Image.open(io.BytesIO(picture.png)) as small:
        assert (small.size, small.getpixel((64, 64))) == ((128, 128), (1, 2, 3))


def test_without_a_folder_nothing_is_kept(keeping: Keeping) -> None:
    assert keeping.trial("counts", keep=False).output_kept is False
    assert os.listdir(keeping.outputs) == []


def test_what_is_known_is_not_written_again(keeping: Keeping) -> None:
    known = digest(keeping.trial("counts", keep=False))
    assert keeping.trial("counts", known_outputs=(known,)).output_kept is True
    assert os.listdir(keeping.outputs) == []


@pytest.mark.parametrize("variant", ["returns_objects", "may_write_little"])
def test_what_can_not_be_kept_is_no_failure(variant: str, keeping: Keeping) -> None:
    assert keeping.trial(variant).output_kept is False
    assert os.listdir(keeping.outputs) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_nobody_may_write_to(keeping: Keeping) -> None:
    keeping.outputs.chmod(0o500)
    assert keeping.trial("counts").output_kept is False


@pytest.mark.parametrize("variant", ["counts", "returns_much", "returns_an_image", "returns_an_array"])
def test_keeping_shows_in_no_figure(variant: str, keeping: Keeping) -> None:
    without, kept = keeping.trial(variant, keep=False), keeping.trial(variant)
    assert (without.output_kept, kept.output_kept) == (False, True)
    assert "numpy" in kept.libraries or variant != "returns_an_array"
    assert "numpy" not in kept.libraries or variant == "returns_an_array"
    tolerance = resolution_bytes() + MIB // 2
    for state in ("ended", "collected", "trimmed", "released"):
        levels = []
        for reply in (without, kept):
            assert reply.start is not None
            assert reply.end_states is not None
            levels.append(getattr(reply.end_states, state) - reply.start.resident_bytes)
        assert abs(levels[1] - levels[0]) < tolerance, state


def test_outputs_of_200_mib_are_compared_in_little_memory(run_script: RunScript) -> None:
    compared = run_script("agrees")
    values = 7168 * 7314  # of 4 bytes
    (trial,) = compared.trials("compare", "headline")
    assert trial.reply is not None
    assert trial.reply.output is not None
    assert trial.reply.output.text == f"[{values // 2}, {values}, 2, False]"
    assert compared.growth("compare") < 32 * MIB


def test_what_the_recipe_makes_of_its_output_is_kept(keeping: Keeping, tmp_path: Path) -> None:
    file = tmp_path / "made_of_it.py"
    file.write_text('''"""An output that only its recipe can read."""
from memlab import Recipe
recipe = Recipe()

@recipe.baseline
def plain(_paths):
    return {1: "one", 2: "two", 3: "three"}.keys()

@recipe.output
def numbers(output):
    return list(output)
''')
    reference = RecipeReference("made_of_it", path=str(file))
    spec = TrialSpec(task="measure", recipe=reference, folder="", variant="plain", outputs=str(keeping.outputs))
    _, reply = keeping.executor.measure(spec, timeout_seconds=60, timeline=False, reset=False)
    assert reply is not None
    assert reply.output_kept
    structure = json.loads((keeping.outputs / digest(reply) / "structure.json").read_bytes())
    assert structure["output"] == {"sequence": "list", "items": [1, 2, 3]}


def test_no_time_to_compare(keeping: Keeping) -> None:
    outputs = str(keeping.outputs)
    spec = TrialSpec(task="agree", recipe=RecipeReference("any"), folder="", outputs=outputs, pairs=(("a", "b"),))
    outcome, reply = keeping.executor.agree(spec, timeout_seconds=60)
    assert (outcome.ending, outcome.exit_code) == ("exited", 0)
    assert reply == AgreeReply(status="compared")
    # A pipe that nobody writes to is read for ever.
    (keeping.outputs / "a").mkdir()
    os.mkfifo(keeping.outputs / "a" / "structure.json")
    outcome, reply = keeping.executor.agree(spec, timeout_seconds=1)
    assert (outcome.ending, reply) == ("timed_out", None)


def test_a_jpeg_has_the_decibels_that_pillow_gives_it(keeping: Keeping, tmp_path: Path) -> None:
    file = tmp_path / "jpeg_or_not.py"
    file.write_text('''"""A JPEG against what it was made of."""
import io
import json
import os
from PIL import Image
from memlab import Recipe, psnr
recipe = Recipe(agree=psnr(at_least=35))

@recipe.baseline
def original(_paths):
    return Image.radial_gradient("L").resize((640, 480)).convert("RGB")

@recipe.technique
def jpeg(paths):
    file = io.BytesIO()
    original(paths).save(file, "jpeg", quality=90)
    image = Image.open(file)
    image.load()
    return image
''')
    spec = TrialSpec(
        task="measure", recipe=RecipeReference("jpeg_or_not", path=str(file)), folder="", outputs=str(keeping.outputs)
    )
    replies = []
    for variant in ("original", "jpeg"):
        changed = msgspec.structs.replace(spec, variant=variant)
        _, reply = keeping.executor.measure(changed, timeout_seconds=60, timeline=False, reset=False)
        assert reply is not None
        assert reply.output_kept
        replies.append(reply)
    agreed, _ = keeping.agree((digest(replies[0]), digest(replies[1])))

    original = Image.radial_gradient("L").resize((640, 480)).convert("RGB")
    written = io.BytesIO()
    original.save(written, "jpeg", quality=90)
    difference = np.asarray(original).astype(float) - np.asarray(Image.open(written))
    (found,) = agreed.comparisons
    assert found.psnr_db == pytest.approx(20 * np.log10(255 / np.sqrt((difference**2).mean())))
    assert found.psnr_db > 35
    assert found.differing == np.count_nonzero(difference)
    assert found.difference is not None
    assert set(agreed.pictures) == {found.expected, found.found}
