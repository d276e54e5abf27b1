"""The executor with a real supervisor: a spec goes out, a reply comes back, nothing stays in the folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import msgspec
import pytest

from memlab.errors import UsageError
from memlab.kernel.resolution import resolution_bytes
from memlab.model.description import RecipeReference
from memlab.model.trial import TrialSpec
from memlab.runner import executor as module
from memlab.runner.executor import ProcessExecutor

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
# A peak that was freed before it was read is exact within the counters' resolution.
NEARLY_20_MIB = (20 << 20) - resolution_bytes()
RECIPE = '''"""Small."""
import os
from memlab import Recipe, phase
recipe = Recipe()

@recipe.baseline
def plain(paths):
    """Twenty mebibytes."""
    return len(bytearray(20 << 20))

@recipe.technique
def leaves(paths):
    os._exit(7)

@recipe.pitfall(because="lone \\ud800 surrogate")
def closes(paths):
    os.closerange(3, 200)
    with phase("after"):
        return len(bytearray(20 << 20))

@recipe.technique
def tells(paths):
    print("working in", os.getcwd())
    return os.environ.get("MALLOC_PERTURB_")

@recipe.technique
def may_not_write(paths):
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
'''


@pytest.fixture
def spec(tmp_path: Path) -> TrialSpec:
    file = tmp_path / "small.py"
    file.write_text(RECIPE)
    return TrialSpec(task="measure", recipe=RecipeReference("small", path=str(file)), folder="", variant="plain")


def test_trials_one_after_the_other(spec: TrialSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MALLOC_PERTURB_", "85")
    with ProcessExecutor() as executor:
        scratch = executor.scratch
        assert scratch.stat().st_mode & 0o77 == 0
        outcome, reply = executor.measure(spec, timeout_seconds=60, timeline=True, reset=False)
        assert reply is not None
        assert (outcome.ending, outcome.exit_code, outcome.reached) == ("exited", 0, "ended")
        assert (reply.status, reply.failure) == ("measured", None)
        assert outcome.timeline is not None
        assert reply.peak_bytes is not None
        assert reply.start is not None
        assert outcome.peak_bytes is not None
        # Both sides reset the mark in a timeline trial: what one has not seen the other has.
        peak_bytes = max(reply.peak_bytes, outcome.peak_bytes)
        assert NEARLY_20_MIB <= peak_bytes - reply.start.level_bytes < 23 << 20

        gone = msgspec.structs.replace(spec, variant="leaves")
        outcome, reply = executor.measure(gone, timeout_seconds=60, timeline=False, reset=False)
        assert (outcome.exit_code, outcome.reached, reply) == (7, "running", None)

        telling = msgspec.structs.replace(spec, variant="tells")
        outcome, reply = executor.measure(telling, timeout_seconds=60, timeline=False, reset=False)
        assert outcome.output_tail == f"working in {tmp_path}\n"
        assert reply is not None
        assert reply.output is not None
        assert reply.output.text == "None"  # what falsifies was taken away

        described = msgspec.structs.replace(spec, task="describe", variant=None)
        outcome, content = executor.describe(described, timeout_seconds=60)
        assert content is not None
        assert content["status"] == "described"
        # JSON can't hold what no encoding can write.
        (closes,) = [one for one in content["description"]["variants"] if one["name"] == "closes"]
        assert closes["because"] == "lone ? surrogate"
        assert list(scratch.iterdir()) == []
    assert not scratch.exists()


def test_a_variant_that_closes_every_file_it_finds_is_measured_all_the_same(spec: TrialSpec) -> None:
    with ProcessExecutor() as executor:
        closing = msgspec.structs.replace(spec, variant="closes")
        outcome, reply = executor.measure(closing, timeout_seconds=60, timeline=False, reset=False)
    assert (outcome.ending, outcome.exit_code, outcome.output_tail) == ("exited", 0, "")
    assert reply is not None
    assert reply.start is not None
    (phase,) = reply.phases
    assert NEARLY_20_MIB <= phase.peak_bytes - reply.start.level_bytes < 23 << 20


def test_a_variant_that_forbids_itself_to_write_is_to_blame_alone(spec: TrialSpec) -> None:
    with ProcessExecutor() as executor:
        spec = msgspec.structs.replace(spec, variant="may_not_write")
        outcome, reply = executor.measure(spec, timeout_seconds=60, timeline=False, reset=False)
        assert (outcome.ending, outcome.reached, reply) == ("exited", "ended", None)
        assert list(executor.scratch.glob("trial-*")) == []
        _, reply = executor.measure(
            msgspec.structs.replace(spec, variant="plain"), timeout_seconds=60, timeline=False, reset=False
        )
        assert reply is not None


def test_no_folder_for_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.tempfile, "mkdtemp", fail)
    with pytest.raises(UsageError) as raised:
        ProcessExecutor()
    assert raised.value.message == "no folder for temporary files can be made: No space left on device"
    assert raised.value.hint == "set TMPDIR to a folder that can be written to and has room"


def test_a_working_folder_that_was_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(UsageError, match=r"^the folder memlab was started in has been deleted$"):
        ProcessExecutor()


def test_a_working_folder_with_a_name_that_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = os.fsencode(tmp_path) + b"/\xff"
    os.mkdir(folder)
    monkeypatch.chdir(os.fsdecode(folder))
    with pytest.raises(UsageError, match=r"^the path of the folder memlab was started in is not valid UTF-8$"):
        ProcessExecutor()
