"""A page is opened in a browser only where a person sees it, and what is started gets none of memlab's streams."""

from __future__ import annotations

import os
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest

from memlab.cli import browser
from memlab.cli.streams import Display

SCRIPT = """#!/bin/sh
echo noise; echo noise >&2
printf %s "$1" > "$OPENED.unfinished" && mv "$OPENED.unfinished" "$OPENED"
exit ${STATUS:-0}
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A page, on a machine with a display, and a browser that only notes down what it was to open."""
    script = tmp_path / "browser"
    script.write_text(SCRIPT)
    script.chmod(0o755)
    monkeypatch.setenv("OPENED", str(tmp_path / "opened"))
    monkeypatch.setenv("BROWSER", f"{script} %s")
    monkeypatch.setenv("DISPLAY", ":99")
    for name in ("CI", "WAYLAND_DISPLAY", "STATUS"):
        monkeypatch.delenv(name, raising=False)
    # It learns once in a process which browsers there are.
    monkeypatch.setattr(webbrowser, "_tryorder", None)
    monkeypatch.setattr(webbrowser, "_browsers", {})
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path / "a page.html"


def opened(page: Path) -> str | None:
    note = page.with_name("opened")
    return note.read_text() if note.exists() else None


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, moves: bool = True) -> None:
    seen = Display(terminal=True, width=80, colour=moves, unicode=True, moves=moves)
    monkeypatch.setattr(browser, "display", lambda _: seen)


def test_a_page_is_opened_by_its_address(page: Path) -> None:
    assert browser.open_page(page)
    assert opened(page) == page.as_uri()
    assert page.as_uri().startswith("file:///")
    assert page.as_uri().endswith("/a%20page.html")


def test_a_relative_path_and_one_that_is_no_text(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(page.parent)
    assert browser.open_page(Path(os.fsdecode(b"\xff\n.html")))
    assert opened(page) == f"file://{page.parent}/%FF%0A.html"


def test_what_a_browser_prints_goes_nowhere(page: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert browser.open_page(page)
    print("after", flush=True)
    assert capfd.readouterr() == ("after\n", "")


def test_a_browser_that_fails(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUS", "3")
    assert not browser.open_page(page)
    assert opened(page) is not None


def test_a_browser_that_is_not_there(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "/no/such/browser %s")
    assert not browser.open_page(page)
    monkeypatch.delenv("BROWSER")
    monkeypatch.setenv("PATH", "/no/such/folder")
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    assert not browser.open_page(page)


@pytest.mark.parametrize("terminal", [True, False])
def test_never_in_ci(page: Path, monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    monkeypatch.setenv("CI", "true")
    at_a_terminal(monkeypatch, terminal)
    assert not browser.open_page(page)
    assert opened(page) is None


def test_without_a_display_only_a_person_s_own_choice(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY")
    assert not browser.open_page(page)
    assert opened(page) is None
    at_a_terminal(monkeypatch)
    assert browser.open_page(page)
    assert opened(page) == page.as_uri()


def test_without_a_display_no_browser_of_terminals_is_guessed(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("BROWSER")
    at_a_terminal(monkeypatch)
    monkeypatch.setattr(webbrowser, "get", lambda: pytest.fail("looked for a browser"))
    assert not browser.open_page(page)


@pytest.mark.parametrize("display", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_browser_of_terminals_is_left_alone_in_a_pipe(
    page: Path, monkeypatch: pytest.MonkeyPatch, display: str
) -> None:
    """As where DISPLAY is set, by `ssh -X`, and w3m is all there is."""
    monkeypatch.delenv("DISPLAY")
    monkeypatch.setenv(display, ":99")
    script = page.with_name("w3m")
    page.with_name("browser").rename(script)
    monkeypatch.setenv("BROWSER", f"{script} %s")
    assert not browser.open_page(page)
    assert opened(page) is None
    at_a_terminal(monkeypatch)
    assert browser.open_page(page)


def test_a_browser_that_goes_on_does_not_keep_a_pipe_open(page: Path) -> None:
    """`memlab report --json --open | jq` ends although the browser lives on."""
    note = page.with_name("id")
    page.with_name("browser").write_text(f"#!/bin/sh\nsleep 60 &\necho $! > {note}\n")
    code = f"from pathlib import Path; from memlab.cli.browser import open_page; print(open_page(Path({str(page)!r})))"
    try:
        done = subprocess.run(
            [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=True
        )
    finally:
        if note.exists():
            os.kill(int(note.read_text()), 15)
    assert done.stdout == b"True\n"
