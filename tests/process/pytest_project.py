"""Projects with tests, and real pytest sessions in them, each a process of its own with the plugin."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

from harness import Place

SAMPLE = Path(__file__).parent.parent / "projects" / "pytest_album"
ENTRY = "memlab.integrations.pytest_plugin"
_OTHERS = ("benchmark", "memray", "randomly", "xdist")
_JUNIT = "junit.xml"


@dataclass(frozen=True)
class Case:
    """A test as pytest's JUnit file has it.

    Attributes:
        status: `passed`, or the worst of `skipped`, `failure` and `error`.
        text: what is said of that, traceback included.
        out: what it printed.
    """

    status: str
    message: str = ""
    text: str = ""
    out: str = ""
    properties: dict[str, str] = field(default_factory=dict)

    def size(self, name: str) -> int:
        """A property in bytes."""
        return int(self.properties[f"memlab_{name}_bytes"])


@dataclass(frozen=True)
class Session:
    """How a pytest session ended."""

    code: int
    out: str
    err: str
    cases: dict[str, Case]

    @property
    def statuses(self) -> dict[str, str]:
        return {name: case.status for name, case in self.cases.items()}

    def section(self) -> list[str]:
        """The lines of memlab's section."""
        lines = self.out.splitlines()
        starts = [number for number, line in enumerate(lines) if " memory (memlab) " in line]
        if not starts:
            return []
        (start,) = starts
        rest = lines[start + 1 :]
        end = next(
            (number for number, line in enumerate(rest) if line.startswith("=") and line.endswith("=")), len(rest)
        )
        return rest[:end]


@dataclass(frozen=True)
class PytestProject:
    """A project's folder, and pytest run in it."""

    place: Place

    @property
    def folder(self) -> Path:
        return self.place.work

    def write(self, name: str, text: str) -> Path:
        """Put a file there; of `text`, the indentation of its first line is taken away."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def take_sample(self) -> None:
        """Make it a copy of the sample project."""
        shutil.copytree(SAMPLE, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))

    def start(self, *words: str, beside: tuple[str, ...] = (), **options: object) -> subprocess.Popen[str]:
        """Start pytest.

        Args:
            beside: other plugins to load, of those that memlab has to get along with.
        """
        without = [word for name in _OTHERS if name not in beside for word in ("-p", f"no:{name}")]
        plugin = [] if is_entry_point() or "no:memlab" in words else ["-p", ENTRY]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        environment |= {"COLUMNS": "100", "PYTHONDONTWRITEBYTECODE": "1"}
        settings = {"cwd": self.folder, "env": environment, "text": True, "stdin": subprocess.DEVNULL}
        settings |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        (self.folder / _JUNIT).unlink(missing_ok=True)
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *plugin, *without, f"--junitxml={self.folder / _JUNIT}", *words],
            **settings,  # type: ignore[call-overload]
        )

    def run(self, *words: str, beside: tuple[str, ...] = (), timeout: float = 240.0, **options: object) -> Session:
        """Run pytest to its end."""
        process = self.start(*words, beside=beside, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        finally:
            process.kill()
        return Session(process.returncode, out, err, self._cases())

    def _cases(self) -> dict[str, Case]:
        file = self.folder / _JUNIT
        if not file.exists():
            return {}
        return dict(map(_case, ElementTree.parse(file).iter("testcase")))


RunPytest = Callable[..., Session]


def _case(element: ElementTree.Element) -> tuple[str, Case]:
    properties = {one.attrib["name"]: one.attrib["value"] for one in element.iter("property")}
    out = "".join(one.text or "" for one in element.iter("system-out"))
    status, message, text = "passed", "", ""
    for name in ("skipped", "failure", "error"):
        found = element.find(name)
        if found is not None:
            status, message, text = name, found.attrib.get("message", ""), found.text or ""
    return element.attrib["name"], Case(status, message, text, out, properties)


def is_entry_point() -> bool:
    """Whether pytest finds the plugin by itself, as it does where memlab is installed."""
    return any(one.value == ENTRY for one in metadata.entry_points(group="pytest11"))
