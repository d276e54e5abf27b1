"""Whatever a recipe does, memlab says what happened in a sentence and leaves nothing behind.

That nothing is left (processes, temporary folders, shared memory, control groups) is looked at after every test, by
the fixture `place`.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from harness import AS_NOBODY, SCRIPTS, Place, RunMemlab, RunScript, needs_root, nobody_can_run_python

from memlab.errors import RecipeError
from memlab.kernel.cgroup import own_memory_folder
from memlab.runner import link
from memlab.storage import load_run

MIB = 1 << 20


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raises_at_import", "RuntimeError: not today"),
        ("exits_at_import", "sys.exit(4)"),
        ("ends_at_import", "exit code 5"),
        ("crashes_at_import", "SIGSEGV"),
        ("loops_at_import", "had not ended after 1.00 s"),
    ],
)
def test_no_end_to_the_import(run_script: RunScript, script: str, said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        run_script(script, timeout=1.0)
    assert said in caught.value.message
    assert script in caught.value.message
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("script", "stage", "said"),
    [
        ("raises_in_prepare", "prepare", "work: @recipe.prepare raised KeyError: 'no such picture'"),
        ("raises_in_warm_up", "warm_up", "work: the warm-up raised ZeroDivisionError: cold"),
    ],
)
def test_raises_before_the_run(run_script: RunScript, script: str, stage: str, said: str) -> None:
    ran = run_script(script)
    assert ran.exit_code == 3
    assert ran.finding("trial_failed").message == said
    (trial,) = ran.trials("work")
    assert trial.reply is not None
    assert trial.reply.failure is not None
    assert trial.reply.failure.stage == stage
    assert "memlab" not in trial.reply.failure.traceback.replace(str(SCRIPTS.parent.parent), "")


WAYS = {
    "raises": "raises raised RuntimeError: gave up after 16 MiB",
    "raises_oddly": "raises_oddly raised OddError: (its text could not be made)",
    "interrupts": "interrupts raised KeyboardInterrupt",
    "calls_exit": "calls_exit called sys.exit(bye)",
    "ends": "ends ended its process with exit code 0 (os._exit or an exec)",
    "segfaults": "segfaults crashed with SIGSEGV",
    "aborts": "aborts crashed with SIGABRT",
    "is_killed": "is_killed was ended by SIGKILL",
    "kills_its_group": "kills_its_group was ended by SIGKILL",
    "becomes_another": "becomes_another ended its process with exit code 0 (os._exit or an exec)",
    "recurses": "recurses raised RecursionError: maximum recursion depth exceeded",
    "returns_a_riddle": "returns_a_riddle: the output holds an object, which memlab can't compare",
    "returns_itself": "returns_itself: the output is nested too deeply, or holds itself",
}


def test_every_way_to_fail(run_script: RunScript) -> None:
    ran = run_script("ways_to_fail")
    assert ran.exit_code == 3
    assert ran.variant("fine").failed == 0
    for variant, said in WAYS.items():
        message = ran.finding("trial_failed", variant).message
        assert message.startswith(said), message
        # What failed once is not tried again.
        assert len(ran.trials(variant)) == 1
    for variant, number in (("segfaults", signal.SIGSEGV), ("aborts", signal.SIGABRT), ("is_killed", signal.SIGKILL)):
        (trial,) = ran.trials(variant)
        assert (trial.outcome.ending, trial.outcome.signal) == ("signalled", number)
        assert trial.reply is None
        assert not trial.outcome.out_of_memory
    for variant in ("ends", "segfaults", "is_killed"):
        finding = ran.finding("trial_failed", variant)
        assert "; it had grown by 1" in finding.message
        assert abs(finding.evidence["reached_bytes"] - 16 * MIB) < MIB
    raised = ran.finding("trial_failed", "raises").evidence["traceback"].splitlines()
    assert "ways_to_fail.py" in raised[1]
    assert "ways_to_fail.py" in ran.finding("trial_failed", "segfaults").evidence["output"]


def test_ended_by_its_timeout(run_script: RunScript) -> None:
    ran = run_script("loops", timeout=0.6)
    finding = ran.finding("trial_failed")
    assert finding.message.startswith("loops had not ended after ")
    assert "it had grown by 2" in finding.message
    assert abs(finding.evidence["reached_bytes"] - 24 * MIB) < MIB
    assert ran.exit_code == 3


def test_ended_although_it_ignores_every_signal(run_script: RunScript) -> None:
    ran = run_script("ignores_signals", timeout=0.5)
    assert "had not ended" in ran.finding("trial_failed").message


def test_signals_are_those_of_any_program(run_script: RunScript) -> None:
    """A recipe may reset its handlers; and what memlab does with signals is not inherited by the trial."""
    ran = run_script("resets_signals")
    assert ran.exit_code == 0
    assert ran.findings[0].code != "outputs_differ"


def test_memory_runs_out_under_a_limit_of_address_space(memlab: RunMemlab, place: Place) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (400 * MIB, 400 * MIB))

    ended = memlab(
        "compare", SCRIPTS / "eats_memory.py", "--trials", "1", "--reports", place.reports, "--json", preexec_fn=limit
    )
    assert ended.code == 3, ended.err
    findings = {one["variant"]: one for one in json.loads(ended.out)["findings"] if one["code"] == "trial_failed"}
    for variant in ("in_large_pieces", "in_small_pieces"):
        assert "ran out of memory; it had grown by" in findings[variant]["message"]
        assert 200 * MIB < findings[variant]["evidence"]["reached_bytes"] < 400 * MIB


@needs_root
@pytest.mark.parametrize("variant", ["in_large_pieces", "in_small_pieces", "in_a_forked_child"])
def test_memory_runs_out_in_a_control_group(memlab: RunMemlab, place: Place, variant: str) -> None:
    own = own_memory_folder()
    assert own is not None
    folder, version = own
    group = Path(folder, f"test-{place.mark}")
    try:
        group.mkdir()
    except OSError:
        pytest.skip("no memory control group can be made here")
    try:
        name = "memory.max" if version == 2 else "memory.limit_in_bytes"
        (group / name).write_text(str(150 * MIB))
        before = ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]
        ended = memlab(
            "compare",
            SCRIPTS / "eats_memory.py",
            "--variant",
            variant,
            "--trials",
            "1",
            "--reports",
            place.reports,
            "--json",
            before=before,
        )
        assert ended.code == 3, ended.err
        findings = json.loads(ended.out)["findings"]
        if variant == "in_a_forked_child":
            (said,) = [one["message"] for one in findings if one["code"] == "out_of_memory"]
            assert said.startswith(f"the kernel killed a process of {variant} for lack of memory")
            return
        (failed,) = [one for one in findings if one["code"] == "trial_failed" and one["variant"] == variant]
        assert f"{variant} was killed by the kernel for lack of memory; it had grown by" in failed["message"]
        # What memlab itself and the page cache hold of the limit is not the trial's.
        assert 60 * MIB < failed["evidence"]["reached_bytes"] < 150 * MIB
        assert not list(group.glob("memlab-*"))
    finally:
        group.rmdir()


def test_a_trial_is_the_first_to_be_killed_for_memory(run_script: RunScript) -> None:
    output = run_script("shows_its_score").variant("shows").output
    assert output is not None
    assert output.text == "(1000, 1000)"


def test_a_hundred_megabytes_of_output(run_script: RunScript) -> None:
    ran = run_script("prints_much")
    assert ran.exit_code == 0
    (trial,) = ran.trials("prints", "headline")
    assert trial.outcome.output_bytes == 1_000_000 * 100 + len("the last word\n")
    assert trial.outcome.output_tail.endswith("the last word\n")
    assert len(trial.outcome.output_tail.encode()) <= 64 << 10
    assert "�" not in trial.outcome.output_tail
    (trial,) = ran.trials("writes", "headline")
    assert trial.outcome.output_bytes == 100 * (128 * 7812 + 1)
    assert Path(ran.result.run_file).stat().st_size < 2 * MIB


def test_closed_files(run_script: RunScript) -> None:
    ran = run_script("closes_files")
    assert ran.exit_code == 0
    for variant in ran.result.report.variants:
        assert variant.failed == 0
        assert abs(ran.growth(variant.name) - 12 * MIB) < MIB // 2, variant.name
        assert abs(ran.envelope(variant.name) - 12 * MIB) < MIB // 2, variant.name
        assert abs(max(phase.peak_growth_bytes for phase in variant.phases) - ran.growth(variant.name)) < MIB // 4


def test_another_folder(run_script: RunScript, place: Place) -> None:
    ran = run_script("moves_away")
    assert ran.exit_code == 0
    assert Path.cwd() == place.work


def test_the_working_folder_is_deleted(memlab: RunMemlab, place: Place) -> None:
    """The first trial deletes it; the next can't be started in it. The run is saved elsewhere."""
    ended = memlab("compare", SCRIPTS / "deletes_its_folder.py", "--reports", place.reports, "--json")
    assert ended.code == 3, ended.err
    (failed,) = [one for one in json.loads(ended.out)["findings"] if one["code"] == "trial_failed"]
    assert failed["message"] == "deletes was not started: the trial can't be started: No such file or directory"
    assert not place.work.exists()


def test_the_working_folder_is_deleted_with_the_reports_in_it(memlab: RunMemlab) -> None:
    ended = memlab("compare", SCRIPTS / "deletes_its_folder.py", "--json")
    findings = {one["code"]: one["message"] for one in json.loads(ended.out)["findings"]}
    assert "could not be saved" in findings["not_saved"]
    assert ended.code in (2, 3)
    assert "Traceback" not in ended.err


def test_threads_that_never_end(run_script: RunScript) -> None:
    ran = run_script("leaves_threads")
    assert ran.exit_code == 0
    assert all(variant.failed == 0 for variant in ran.result.report.variants)


LEFT_BEHIND = {"child": 1, "grandchildren": 13, "daemon": 1, "stranger": 1, "stopped": 1, "always_another": 1}


@pytest.mark.slow
@pytest.mark.parametrize("variant", LEFT_BEHIND)
def test_processes_that_never_end(run_once: RunScript, variant: str) -> None:
    ran = run_once("leaves_processes")
    assert ran.exit_code == 0
    assert "left_behind" not in ran.codes("leaves_nothing")
    left = ran.finding("left_behind", variant).evidence["processes"]
    assert left == LEFT_BEHIND[variant] or (variant == "always_another" and left >= 1)


@pytest.mark.parametrize("variant", ["kills", "terminates"])
def test_the_parent_is_killed(run_script: RunScript, variant: str) -> None:
    """The supervisor is lost in the middle of a trial; what it had started is ended all the same."""
    ran = run_script("kills_its_parent", variant)
    assert ran.exit_code == 3
    message = ran.finding("trial_failed", variant).message
    how = "was killed by signal 9" if variant == "kills" else "ended with code 143"
    assert f"memlab's supervisor {how}" in message
    assert "Traceback" not in message
    # Another supervisor has taken its place.
    assert ran.variant("fine").failed == 0
    assert len(ran.trials("fine")) == 2


def test_the_parent_is_sent_signals_it_does_not_take(run_script: RunScript) -> None:
    ran = run_script("kills_its_parent", "hangs_up")
    assert ran.exit_code == 0


@pytest.mark.slow
def test_the_parent_is_stopped(run_script: RunScript, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody keeps the timeout then; memlab itself does, later."""
    monkeypatch.setattr(link, "_PATIENCE_SECONDS", 0.5)
    ran = run_script("stops_its_parent", timeout=0.5)
    assert ran.exit_code == 3
    assert "gave no answer" in ran.finding("trial_failed").message


def test_a_fork_that_comes_back_as_well(run_script: RunScript) -> None:
    ran = run_script("comes_back_twice")
    assert ran.exit_code == 0
    for variant in ("returns", "raises"):
        for trial in ran.trials(variant):
            assert trial.reply is not None
            assert trial.reply.output is not None
            assert trial.reply.output.text == str(10 * MIB)


def test_a_fork_that_comes_back_from_everything_else(run_script: RunScript) -> None:
    ran = run_script("forks_early")
    assert ran.exit_code == 0
    output = ran.variant("works").output
    assert output is not None
    assert output.text == str(16 * MIB)
    assert abs(ran.growth("works") - 16 * MIB) < MIB // 2


@pytest.mark.parametrize("variant", ["forgets", "is_killed", "leaves_a_child", "loops"])
def test_shared_memory_is_unlinked(run_once: RunScript, variant: str) -> None:
    """By multiprocessing's own tracker, which is given the time for it; `place` looks whether it has."""
    ran = run_once("shares_memory", timeout=1.0)
    assert ran.variant(variant).failed == (variant in ("is_killed", "loops"))
    assert [trial for trial in ran.trials(variant) if trial.outcome.left_behind > 1] == []


def test_hidden_processes(run_script: RunScript) -> None:
    ran = run_script("hides")
    assert ran.exit_code == 0
    for variant in ("stays", "hides_itself"):
        assert abs(ran.growth(variant) - 32 * MIB) < MIB, variant
        assert abs(ran.envelope(variant) - 32 * MIB) < MIB, variant
    # Only root may read what a hidden process shares; for others it is counted as if it shared nothing.
    tree = ran.variant("hides_a_child").tree
    assert tree is not None
    assert abs(tree.estimate_bytes - 32 * MIB) < (2 * MIB if os.geteuid() == 0 else 16 * MIB)
    assert tree.lower_bytes - MIB <= 32 * MIB <= tree.upper_bytes


def test_hostile_names(memlab: RunMemlab, place: Place) -> None:
    before = set(place.folder.iterdir())
    ended = memlab("compare", SCRIPTS / "hostile_names.py", "--trials", "1", "--show-output")
    assert ended.code == 0, ended.err
    for text in (ended.out, ended.err):
        assert "\x1b" not in text
        assert "\x07" not in text
        assert "\x9b" not in text
        assert "\u202e" not in text
        assert "a" * 1000 not in text
    assert "../../escape" in ended.out
    (run_file,) = place.work.glob("reports/hostile_names/*/run.json")
    assert set(place.folder.iterdir()) == before
    assert max(len(variant.name) for variant in load_run(run_file).recipe.variants) == 10_000


def test_a_name_that_no_file_can_hold(run_script: RunScript) -> None:
    with pytest.raises(RecipeError) as caught:
        run_script("surrogate_name")
    assert "is not a text that can be saved" in caught.value.message


@needs_root
def test_hidden_from_an_unprivileged_user(memlab: RunMemlab) -> None:
    """For whom a process that isn't dumpable has no readable files: they have to be open before."""
    if not nobody_can_run_python():
        pytest.skip("an unprivileged user can't run this interpreter")
    folder = Path(tempfile.mkdtemp(prefix="unprivileged-", dir="/tmp"))
    try:
        folder.chmod(0o777)
        for name in ("hides", "hides_at_import"):
            shutil.copy(SCRIPTS / f"{name}.py", folder / f"{name}.py")
        for name, variants in (("hides", ("stays", "hides_itself")), ("hides_at_import", ("takes",))):
            ended = memlab(
                "compare",
                f"./{name}.py",
                "--trials",
                "1",
                "--json",
                before=AS_NOBODY,
                cwd=folder,
                env={"TMPDIR": str(folder), "HOME": str(folder)},
            )
            assert ended.code == 0, ended.err + ended.out
            reported = {one["name"]: one for one in json.loads(ended.out)["variants"]}
            for variant in variants:
                peak = reported[variant]["peak_growth_bytes"]
                assert peak["source"] == "kernel", variant
                assert abs(peak["median"] - 32 * MIB) < MIB, variant
                points = reported[variant]["timeline"]["points"]
                assert abs(max(size for _, size in points) - 32 * MIB) < MIB, variant
            if name == "hides":
                tree = reported["hides_a_child"]["tree"]
                assert tree["lower_bytes"] - MIB <= 32 * MIB <= tree["upper_bytes"]
        assert not list(folder.glob("memlab-*"))
    finally:
        shutil.rmtree(folder)


def test_an_environment_that_is_not_utf8(run_script: RunScript, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMLAB_TEST_ODD", os.fsdecode(b"caf\xe9"))
    ran = run_script("moves_away")
    assert ran.exit_code == 0
