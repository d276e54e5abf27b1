"""No room, no permission, no terminal, no UTF-8: a sentence and an exit code, and what was measured is not lost."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from harness import (
    AS_NOBODY,
    SCRIPTS,
    Ended,
    Place,
    RunMemlab,
    RunScript,
    StartMemlab,
    needs_root,
    nobody_can_run_python,
)

from memlab.errors import DocumentError, UsageError
from memlab.model.run import encode_run
from memlab.storage import load_run

TINY = SCRIPTS / "marks_its_run.py"


def assert_said(ended: Ended) -> None:
    """A sentence, and no traceback of memlab's."""
    assert ended.code in (2, 3), ended
    assert "memlab: " in ended.err, ended.err
    assert "Traceback" not in ended.err
    assert "bug in memlab" not in ended.err


def in_tmpfs(folder: Path, options: str) -> list[str]:
    """A command's beginning: the folder is a file system of its own, which nobody else sees and which goes with it."""
    mount = f'mount -t tmpfs -o {options} tmpfs "{folder}" && exec "$@"'
    return ["unshare", "--mount", "sh", "-c", mount, "sh"]


@needs_root
def test_no_room_for_the_run(memlab: RunMemlab, place: Place) -> None:
    place.reports.mkdir()
    ended = memlab(
        "compare", TINY, "--trials", "1", "--json", "--reports", place.reports,
        before=in_tmpfs(place.reports, "size=4k"),
    )  # fmt: skip
    assert ended.code == 2
    report = json.loads(ended.out)
    assert report["variants"][0]["trials"] == 1  # what was measured is shown all the same
    (finding,) = [one for one in report["findings"] if one["code"] == "not_saved"]
    assert "No space left on device" in finding["message"]


@needs_root
@pytest.mark.parametrize("size", ["4k", "8k", "16k", "32k"])
def test_no_room_for_temporary_files(memlab: RunMemlab, place: Place, size: str) -> None:
    ended = memlab(
        "compare", TINY, "--trials", "1", "--reports", place.reports, before=in_tmpfs(place.temporary, f"size={size}")
    )
    if ended.code != 0:
        assert_said(ended)
        assert "temporary files" in ended.err
    assert ended.code != 0 or size not in ("4k", "8k")


@pytest.mark.parametrize("size", [0, 1000, 3000, 6000, 20_000])
def test_files_may_not_be_large(memlab: RunMemlab, place: Place, size: int) -> None:
    """`ulimit -f`: wherever the limit is met, it is said."""
    ended = memlab(
        "compare", TINY, "--trials", "1", "--reports", place.reports,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )  # fmt: skip
    if ended.code == 0:
        (file,) = place.reports.rglob("run.json")
        assert file.stat().st_size <= size
        assert load_run(file).complete
        return
    if "memlab: " in ended.err:
        assert_said(ended)
    else:
        assert ended.code == 2
        assert "could not be saved" in ended.out
    assert "Traceback" not in ended.err


def test_a_reply_for_which_there_is_no_room(memlab: RunMemlab, place: Place) -> None:
    """The description of a long recipe is larger than all that memlab has written before."""
    long = place.folder / "long.py"
    long.write_text(TINY.read_text() + "\n@recipe.technique\ndef other(_paths):\n" + '    """A."""\n' * 3000)
    ended = memlab(
        "compare", long, "--trials", "1", "--reports", place.reports,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )  # fmt: skip
    assert_said(ended)
    assert "the folder for temporary files can't be used: a trial could not write its reply" in ended.err


@pytest.mark.parametrize("kind", ["below a file", "a file", "read-only", "full"])
def test_a_reports_folder_that_cannot_be_used_is_found_before_measuring(
    memlab: RunMemlab, place: Place, kind: str
) -> None:
    before: list[str] = []
    if kind in ("read-only", "full"):
        place.reports.mkdir()
        if os.geteuid() == 0:
            before = in_tmpfs(place.reports, "ro" if kind == "read-only" else "size=4k")
            if kind == "full":
                # Folders take no room there, and can still be made.
                before[4] = before[4].replace("&& exec", f'&& head -c 4096 /dev/zero > "{place.reports}/fill" && exec')
        elif kind == "full":
            pytest.skip("needs root: a file system of its own")
        else:
            place.reports.chmod(0o555)
    else:
        place.reports.write_text("a file")
    reports = place.reports / "deeper" if kind == "below a file" else place.reports
    ended = memlab("compare", TINY, "--reports", reports, before=before)
    assert_said(ended)
    assert ended.code == 2
    assert "runs can't be saved in" in ended.err
    assert not (place.work / "it-ran").exists()


@pytest.mark.parametrize("kind", ["below a file", "read-only", "full"])
def test_a_cache_that_cannot_be_written(memlab: RunMemlab, place: Place, kind: str) -> None:
    cache = place.folder / "cache"
    before: list[str] = []
    if kind == "below a file":
        cache.write_text("a file")
    else:
        cache.mkdir()
        if os.geteuid() == 0:
            before = in_tmpfs(cache, "ro" if kind == "read-only" else "size=4k")
        elif kind == "full":
            pytest.skip("needs root: a file system of its own")
        else:
            cache.chmod(0o555)
    ended = memlab(
        "compare", SCRIPTS / "two_photos.py", "--trials", "1", "--reports", place.reports,
        env={"XDG_CACHE_HOME": str(cache)}, before=before,
    )  # fmt: skip
    if kind == "full":
        # As a user would want it: the cache is on a disk that wants room, and a temporary one would fill up as well.
        assert ended.code == 2
        assert "there is no room for the generated pictures" in ended.err
    else:
        assert ended.code == 0, ended.err


def test_two_runs_at_once(start_memlab: StartMemlab, place: Place) -> None:
    both = [
        start_memlab("compare", SCRIPTS / "two_photos.py", "--trials", "1", "--reports", place.reports)
        for _ in range(3)
    ]
    for process in both:
        _, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
    files = list(place.reports.glob("two_photos/*/run.json"))
    assert len(files) == 3
    assert all(load_run(file).complete for file in files)


def test_damaged_runs(run_once: RunScript, tmp_path: Path) -> None:
    """Cut short anywhere, or with a byte changed: a sentence, or a run; never anything else."""
    content = encode_run(run_once(TINY.stem).run)
    path = tmp_path / "damaged.json"
    for cut in range(0, len(content) - 1, max(1, len(content) // 60)):
        path.write_bytes(content[:cut])
        with pytest.raises(DocumentError):
            load_run(path)
    for place in range(0, len(content), max(1, len(content) // 200)):
        path.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
        with pytest.raises(DocumentError):
            load_run(path)
        path.write_bytes(content[:place] + b"7" + content[place + 1 :])
        with suppress(DocumentError):  # a digit in the place of a digit is another run, and nothing is wrong with it
            load_run(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda run: run | {"version": 99}, "newer memlab"),
        (lambda run: run | {"version": 0}, "version 0"),
        (lambda run: run | {"version": -1}, "version -1"),
        (lambda run: run | {"format": "memlab.report"}, "not a 'memlab.run' one"),
        (lambda run: run | {"unknown": 1}, "unknown"),
        (lambda run: {name: value for name, value in run.items() if name != "trials"} | {"trials": 5}, "$.trials"),
        (lambda run: [run], "damaged"),
        (lambda _: None, "damaged"),
    ],
)
def test_foreign_runs(
    run_once: RunScript, tmp_path: Path, change: Callable[[dict[str, object]], object], said: str
) -> None:
    run = json.loads(encode_run(run_once(TINY.stem).run))
    path = tmp_path / "foreign.json"
    path.write_text(json.dumps(change(run)))
    with pytest.raises(DocumentError) as caught:
        load_run(path)
    assert said in caught.value.message


def test_a_full_standard_output(memlab: RunMemlab, place: Place) -> None:
    with open("/dev/full", "wb") as full:
        ended = memlab("compare", TINY, "--trials", "1", "--reports", place.reports, stdout=full)
    assert_said(ended)
    assert "No space left on device" in ended.err
    assert len(list(place.reports.rglob("run.json"))) == 1


@pytest.mark.slow
def test_closed_standard_files(place: Place) -> None:
    import sys

    for closed in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"):
        words = f'"{sys.executable}" -m memlab compare "{TINY}" --trials 1 --reports "{place.reports}" {closed}'
        done = subprocess.run(["sh", "-c", words], capture_output=True, cwd=place.work, check=False)
        assert b"Traceback" not in done.stderr, closed
        assert done.returncode == (2 if ">&-" in closed.replace("2>&-", "") else 0), (closed, done)
        (file,) = place.reports.rglob("run.json")
        assert load_run(file).complete
        shutil.rmtree(place.reports)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
        {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "nonsense"},
        {"TERM": "dumb", "COLUMNS": "40", "NO_COLOR": "1"},
        {"COLUMNS": "7"},
    ],
)
def test_poor_surroundings(memlab: RunMemlab, place: Place, environment: dict[str, str]) -> None:
    ended = memlab("compare", SCRIPTS / "two_photos.py", "--trials", "1", "--reports", place.reports, env=environment)
    assert ended.code == 0, ended.err
    if environment.get("PYTHONIOENCODING") == "ascii":
        assert ended.out.isascii()


def test_names_beside(memlab: RunMemlab, place: Place) -> None:
    """What lies in the working folder is no recipe, and no module of memlab's or Python's."""
    (place.work / "generators").mkdir()
    (place.work / "generators" / "__init__.py").write_text("raise SystemExit('not this one')")
    for name in ("json", "subprocess", "numpy", "memlab_recipes", "tempfile"):
        (place.work / f"{name}.py").write_text("raise SystemExit('not this one')")
    ended = memlab("show", "generators", "--json", env={"PYTHONSAFEPATH": "1"})
    assert ended.code == 0, ended.err
    assert json.loads(ended.out)["reference"]["name"] == "generators"
    ended = memlab("compare", TINY, "--trials", "1", "--reports", place.reports, env={"PYTHONSAFEPATH": "1"})
    assert ended.code == 0, ended.err


def test_memlab_is_found_by_a_relative_path(memlab: RunMemlab, place: Place) -> None:
    """PYTHONPATH=. in a clone: every process that memlab starts finds it there, and no other that may be installed."""
    copy = place.work / "memlab"
    shutil.copytree(SCRIPTS.parent.parent / "memlab", copy, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("supervisor", "child"):
        with open(copy / part / "__init__.py", "a") as file:
            file.write(f"open(__import__('os').environ['TMPDIR'] + '/{part}', 'w').close()\n")
    path = {"PYTHONPATH": os.pathsep.join([".", *filter(None, [os.environ.get("PYTHONPATH")])])}
    ended = memlab("compare", TINY, "--trials", "1", "--reports", place.reports, env=path)
    assert ended.code == 0, ended.err
    assert {path.name for path in place.temporary.iterdir()} == {"supervisor", "child"}


def test_a_deleted_working_folder(place: Place) -> None:
    import sys

    gone = place.work / "gone"
    gone.mkdir()
    words = (
        f'cd "{gone}" && rmdir "{gone}" && "{sys.executable}" -P -m memlab compare "{TINY}" --reports "{place.reports}"'
    )
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True, check=False)
    assert_said(Ended(done.returncode, done.stdout, done.stderr))


ODD_NAMES = [b"new\nline", b"\x1b[31mred", "ünïcödé ✓".encode(), b"-rf", b"a" * 250]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_of_folders(memlab: RunMemlab, place: Place, name: bytes) -> None:
    """The recipe, the reports and the temporary files lie in such a folder, and memlab works in it."""
    folder = place.work / os.fsdecode(name)
    folder.mkdir()
    shutil.copy(TINY, folder / "mine.py")
    ended = memlab(
        "compare", folder / "mine.py", "--trials", "1", "--reports", folder / "reports",
        cwd=folder, env={"TMPDIR": str(folder)},
    )  # fmt: skip
    assert ended.code == 0, ended.err
    assert "\x1b" not in ended.out + ended.err
    assert len(list(folder.glob("reports/mine/*/run.json"))) == 1
    assert not list(folder.glob("memlab-*"))


def test_names_of_folders_that_are_not_utf8(memlab: RunMemlab, place: Place) -> None:
    """No document could hold them: refused in a sentence, but for the temporary files, which nobody hears of."""
    folder = place.work / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    shutil.copy(TINY, folder / "mine.py")
    options = ("--trials", "1", "--reports", place.reports)
    for words, where in (
        ((folder / "mine.py", *options), place.work),
        ((TINY, *options), folder),
        ((TINY, "--trials", "1", "--reports", folder / "reports"), place.work),
    ):
        ended = memlab("compare", *words, cwd=where)
        assert_said(ended)
        assert "not valid UTF-8" in ended.err
    ended = memlab("compare", TINY, *options, env={"TMPDIR": str(folder)})
    assert ended.code == 0, ended.err


def test_hostile_names_of_files(memlab: RunMemlab, place: Place) -> None:
    """A user's own pictures, called as nobody should call them."""
    from PIL import Image

    folder = place.folder / "pictures"
    folder.mkdir()
    names = [
        "\x1b[2J\x1b[31mred.png",
        "new\nline.png",
        "\u202egnp.evil.png",
        "-rf.png",
        "a" * 251 + ".png",
        "\x9b1m.png",
    ]
    for name in [*names, os.fsdecode(b"caf\xe9.png")]:
        Image.new("RGB", (80, 60)).save(folder / name, "PNG")
    ended = memlab(
        "compare", SCRIPTS / "two_photos.py", "--images", folder, "--trials", "1", "--reports", place.reports
    )
    assert ended.code == 0, ended.err
    for character in ("\x1b", "\x9b", "\u202e"):
        assert character not in ended.out + ended.err
    (file,) = place.reports.rglob("run.json")
    run = load_run(file)
    assert sorted(os.path.basename(one.path) for one in run.inputs.files) == sorted(names)
    assert len(run.inputs.passed_over) == 1


@needs_root
def test_an_unprivileged_user_leaves_nothing_either(memlab: RunMemlab, place: Place) -> None:
    if not nobody_can_run_python():
        pytest.skip("an unprivileged user can't run this interpreter")
    place.temporary.chmod(0o777)
    folder = Path("/tmp", f"unprivileged-{place.mark}")
    folder.mkdir()
    folder.chmod(0o777)
    try:
        shutil.copy(SCRIPTS / "leaves_processes.py", folder)
        ended = memlab(
            "compare", "./leaves_processes.py", "--trials", "1", "--json",
            before=AS_NOBODY, cwd=folder, env={"TMPDIR": str(folder), "HOME": str(folder)},
        )  # fmt: skip
        assert ended.code == 0, ended.err
        left = {one["variant"] for one in json.loads(ended.out)["findings"] if one["code"] == "left_behind"}
        assert left == {"child", "grandchildren", "daemon", "stranger", "stopped", "always_another"}
        assert not list(folder.glob("memlab-*"))
    finally:
        shutil.rmtree(folder)


def test_no_folder_for_temporary_files(run_script: RunScript, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(place.folder / "nowhere"))
    with pytest.raises(UsageError) as caught:
        run_script(TINY)
    assert "no folder for temporary files can be made" in caught.value.message
