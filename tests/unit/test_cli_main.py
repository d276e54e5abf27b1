"""Errors are one sentence in one place, with their exit codes, however the command ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import click
import pytest

import memlab
from memlab.cli import group, main
from memlab.cli.streams import OutputError
from memlab.errors import (
    DocumentError,
    Interrupted,
    MeasurementError,
    MemlabError,
    RecipeError,
    Terminated,
    UsageError,
)

Capture = pytest.CaptureFixture[str]
MEMLAB = [sys.executable, "-m", "memlab"]


@pytest.fixture
def ending(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Have `memlab list` end in an exception."""

    def end_in(error: BaseException) -> None:
        @click.command()
        def command() -> None:
            raise error

        monkeypatch.setitem(sys.modules, "memlab.cli.list", SimpleNamespace(command=command))

    monkeypatch.delenv("MEMLAB_DEBUG", raising=False)
    return end_in


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (UsageError("a", hint="b"), 2, "memlab: a\n  b\n"),
        (RecipeError("a", detail="Traceback:\n  x"), 2, "memlab: a\n\n  Traceback:\n    x\n"),
        (DocumentError("a"), 2, "memlab: a\n"),
        (MeasurementError("a", hint="b", detail="c"), 3, "memlab: a\n  b\n\n  c\n"),
        (Interrupted("interrupted: saved in x"), 130, "memlab: interrupted: saved in x\n"),
        (Terminated("terminated"), 143, "memlab: terminated\n"),
        (KeyboardInterrupt(), 130, "memlab: interrupted\n"),
        (click.Abort(), 130, "memlab: interrupted\n"),
        (BrokenPipeError(32, "Broken pipe"), 141, ""),
        (OSError(28, "No space left on device"), 2, "memlab: No space left on device\n"),
        (PermissionError(13, "Permission denied", "/x/y"), 2, "memlab: /x/y: Permission denied\n"),
        (OSError("strange"), 2, "memlab: strange\n"),
        (MemoryError(), 3, "memlab: memlab itself ran out of memory\n"),
        (SystemExit(4), 4, ""),
        (SystemExit(None), 0, ""),
        (UsageError("\x1b[31m\nred", hint="\u202e"), 2, "memlab: \\x1b[31m\\nred\n  \\u202e\n"),
        (RecipeError("a", detail="\x1b[2J\nb\n"), 2, "memlab: a\n\n  \\x1b[2J\n  b\n"),
    ],
)
def test_every_error_has_its_sentence_and_its_code(
    ending: Callable[[BaseException], None],
    capsys: Capture,
    error: BaseException,
    code: int,
    said: str,
) -> None:
    ending(error)
    assert main(["list"]) == code
    assert capsys.readouterr() == ("", said)


def test_every_error_class_is_covered() -> None:
    def below(kind: type[MemlabError]) -> set[int]:
        return {kind.exit_code}.union(*(below(other) for other in kind.__subclasses__()))

    assert below(MemlabError) == {2, 3, 130, 143}
    assert OutputError("x").exit_code == 2


def test_an_error_of_memlabs_own_is_called_a_bug(
    ending: Callable[[BaseException], None], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending(ZeroDivisionError("a"))
    assert main(["list"]) == 3
    said = capsys.readouterr().err
    assert said.startswith("memlab: this is a bug in memlab: ZeroDivisionError: a\n")
    assert "MEMLAB_DEBUG=1" in said
    assert "Traceback" not in said
    monkeypatch.setenv("MEMLAB_DEBUG", "1")
    assert main(["list"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_long_detail_keeps_its_ends(ending: Callable[[BaseException], None], capsys: Capture) -> None:
    ending(RecipeError("a", detail="\n".join(f"line {n}" for n in range(5000))))
    main(["list"])
    said = capsys.readouterr().err
    assert "line 0\n" in said
    assert "line 4999\n" in said
    assert "4800 lines" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["lst"], "there is no command 'lst'; did you mean list?\n  memlab --help"),
        (["zzz\x1b[31m"], "there is no command 'zzz\\x1b[31m'\n  memlab --help"),
        (["--nothing"], "no such option"),
        (["list", "--jsn"], "no such option"),
        (["list", "extra"], "got unexpected extra argument"),
        (["show"], "missing argument 'RECIPE'\n  memlab show --help"),
    ],
)
def test_usage_errors_are_in_the_same_style(capsys: Capture, words: list[str], message: str) -> None:
    assert main(words) == 2
    output, said = capsys.readouterr()
    assert output == ""
    assert said.startswith(f"memlab: {message}")
    assert said.count("\n") == 2
    assert "--help says what can be asked for\n" in said


def test_help_and_version_are_output_and_nothing_at_all_is_a_usage_error(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    shown, said = capsys.readouterr()
    assert said == ""
    for name, (_, about) in group.COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(about)}$", shown, re.MULTILINE)
    assert main([]) == 2
    output, said = capsys.readouterr()
    assert (output, said.split("Usage")[1]) == ("", shown.split("Usage")[1])
    assert main(["--version"]) == 0
    assert capsys.readouterr() == (f"memlab {memlab.__version__}\n", "")


@pytest.mark.parametrize("name", ["list", "show", "compare"])
def test_every_command_has_help(capsys: Capture, name: str) -> None:
    assert main([name, "-h"]) == 0
    output, said = capsys.readouterr()
    assert output.startswith(f"Usage: memlab {name} ")
    assert said == ""


def test_help_imports_no_command(tmp_path: Path) -> None:
    script = (
        "import sys; from memlab.cli import main; main(['--help'])\n"
        "print(*[name for name in sys.modules if name.partition('.')[0] in ('rich', 'msgspec', 'numpy', 'psutil')\n"
        "  or name in ('memlab.cli.list', 'memlab.cli.compare', 'memlab.catalogue', 'memlab.model')], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True, timeout=60
    )
    assert done.stderr == "\n"


def test_listing_loads_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys; from memlab.cli import main; main(['list'])\n"
        "heavy = ('rich', 'msgspec', 'numpy', 'psutil', 'PIL', 'email', 'zipfile')\n"
        "print(*[name for name in sys.modules if name in heavy], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True, timeout=60
    )
    assert done.stderr == "\n"
    assert "generators" in done.stdout


def test_the_handler_of_sigterm_is_put_back(ending: Callable[[BaseException], None], capsys: Capture) -> None:
    before = signal.getsignal(signal.SIGTERM)
    ending(UsageError("a"))
    main(["list"])
    assert signal.getsignal(signal.SIGTERM) is before
    capsys.readouterr()


# --- real processes

WAITING = """
import sys, time, types, click

@click.command()
def command():
    try:
        print("waiting", flush=True)
        time.sleep(60)
    finally:
        print("cleaned up", file=sys.stderr, flush=True)

sys.modules["memlab.cli.list"] = types.SimpleNamespace(command=command)
from memlab.cli import main
sys.exit(main(["list"]))
"""


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [
        (signal.SIGTERM, 143, "cleaned up\nmemlab: memlab was asked to end (SIGTERM)\n"),
        (signal.SIGINT, 130, "cleaned up\nmemlab: interrupted\n"),
    ],
)
def test_signals_unwind(number: signal.Signals, code: int, said: str, tmp_path: Path) -> None:
    started = subprocess.Popen(
        [sys.executable, "-c", WAITING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    with started:
        assert started.stdout is not None
        assert started.stdout.readline() == "waiting\n"
        started.send_signal(number)
        _, error = started.communicate(timeout=30)
    assert (started.returncode, error) == (code, said)


@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["--help"]])
def test_a_closed_pipe_ends_memlab_without_a_word(words: list[str], tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as output:
        done = subprocess.run(
            [*MEMLAB, *words], stdout=output, stderr=subprocess.PIPE, cwd=tmp_path, check=False, timeout=60
        )
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["list"], ["list", "--json"], ["--help"]])
def test_a_full_disk_is_one_sentence(words: list[str], tmp_path: Path) -> None:
    with open("/dev/full", "wb") as output:
        done = subprocess.run(
            [*MEMLAB, *words],
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            check=False,
            timeout=60,
        )
    assert done.returncode == 2
    assert re.fullmatch(r"memlab: (the output can't be written: )?No space left on device\n", done.stderr)


def test_closed_standard_streams_are_no_traceback(tmp_path: Path) -> None:
    def run(closing: str) -> subprocess.CompletedProcess[str]:
        line = f'exec "$0" -m memlab list {closing}'
        return subprocess.run(
            ["sh", "-c", line, sys.executable], capture_output=True, text=True, cwd=tmp_path, check=False, timeout=60
        )

    closed = run(">&-")
    assert closed.returncode == 2
    assert closed.stderr == "memlab: the output can't be written: standard output is closed\n"
    assert run("2>&-").returncode == 0
    assert run("<&-").returncode == 0
    assert "generators" in run("<&- 2>&-").stdout


def test_closed_descriptors_are_taken_before_anything_else_gets_them(tmp_path: Path) -> None:
    script = (
        "import os; from memlab.cli.streams import prepare_streams; prepare_streams()\n"
        "number = os.open('file', os.O_CREAT | os.O_WRONLY); os.write(2, str(number).encode())"
    )
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -c "$1" <&- >&-', sys.executable, script],
        capture_output=True,
        cwd=tmp_path,
        check=True,
        timeout=60,
    )
    assert int(done.stderr) > 2


def test_what_lies_in_the_folder_is_not_taken_for_a_library(tmp_path: Path) -> None:
    for name in ("click", "json", "memlab_recipes"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong one')")
    (tmp_path / "generators").mkdir()
    done = subprocess.run(
        [*MEMLAB, "list"], capture_output=True, text=True, cwd=tmp_path, check=False, timeout=60, env=_plain()
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "generators" in done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_will_do(encoding: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [*MEMLAB, "show", "generators"],
        capture_output=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
        env=_plain() | {"PYTHONIOENCODING": encoding},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert ("×".encode() in done.stdout) == (encoding == "utf-8")
    done.stdout.decode(encoding)


def _plain() -> dict[str, str]:
    left_out = ("PYTHONSAFEPATH", "PYTHONPATH", "PYTHONIOENCODING", "MEMLAB_DEBUG")
    return {name: value for name, value in os.environ.items() if name not in left_out}


def test_a_shell_gets_completions(tmp_path: Path) -> None:
    done = subprocess.run(
        MEMLAB,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
        timeout=60,
        env=_plain() | {"_MEMLAB_COMPLETE": "bash_complete", "COMP_WORDS": "memlab co", "COMP_CWORD": "1"},
    )
    assert "compare" in done.stdout
