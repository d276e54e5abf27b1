"""A place for real trials in real processes: started here, looked at, and looked for afterwards."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from memlab.kernel.cgroup import own_memory_folder
from memlab.model.report import Comparison, Finding, VariantReport
from memlab.model.run import Run
from memlab.model.trial import Trial
from memlab.workflow.compare import CompareOptions, CompareResult

SCRIPTS = Path(__file__).parent.parent / "scripts"
MARK = "MEMLAB_TEST_MARK"


@dataclass(frozen=True)
class Compared:
    """What `compare` gave back, and the run as it was saved."""

    result: CompareResult
    run: Run

    @property
    def exit_code(self) -> int:
        return self.result.exit_code

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.result.report.findings

    def finding(self, code: str, variant: str | None = None) -> Finding:
        """The one finding of this code."""
        (found,) = [one for one in self.findings if one.code == code and variant in (None, *one.variants)]
        return found

    def codes(self, variant: str | None = None) -> list[str]:
        return [one.code for one in self.findings if variant in (None, *one.variants)]

    def variant(self, name: str) -> VariantReport:
        (found,) = [one for one in self.result.report.variants if one.name == name]
        return found

    def comparison(self, name: str) -> Comparison:
        (found,) = [one for one in self.result.report.comparisons if one.variant == name]
        return found

    def trials(self, variant: str, kind: str | None = None) -> list[Trial]:
        return [one for one in self.run.trials if one.variant == variant and kind in (None, one.kind)]

    def growth(self, variant: str) -> int:
        """The headline figure."""
        peak = self.variant(variant).peak_growth_bytes
        assert peak is not None
        return peak.median

    def envelope(self, variant: str) -> int:
        """The highest point of the timeline."""
        timeline = self.variant(variant).timeline
        assert timeline is not None
        return max(size for _, size in timeline.points)


@dataclass
class Place:
    """A place of one test's own: folders, and a mark by which everything started from it is found again.

    Attributes:
        mark: in the environment and in the path of the temporary folder, so on most command lines.
        work: the working folder of commands.
    """

    folder: Path
    mark: str
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def temporary(self) -> Path:
        return self.folder / f"tmp-{self.mark}"

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    def processes(self) -> list[int]:
        """Those that run and carry the mark, zombies not counted."""
        names = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        return [process for process in names if process != os.getpid() and self._is_marked(process)]

    def _is_marked(self, process: int) -> bool:
        for file in ("environ", "cmdline"):
            try:
                if self.mark.encode() in Path(f"/proc/{process}/{file}").read_bytes():
                    return True
            except OSError:
                continue
        return False

    def wait_until_empty(self, seconds: float = 2.0) -> list[int]:
        """Give what still runs some time to end; returns what doesn't."""
        end = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < end:
            time.sleep(0.02)
        return left

    def leftovers(self) -> list[str]:
        """Whatever memlab should have removed."""
        found = [f"process {process}: {_command(process)}" for process in self.processes()]
        found += [f"temporary: {path}" for path in self.temporary.glob("memlab-*")]
        found += [f"shared memory: {name}" for name in os.listdir("/dev/shm") if self.mark in name]
        found += [f"control group: {path}" for path in orphaned_groups()]
        return found

    def end_everything(self) -> None:
        """Clear up after a test that failed."""
        for process in self.processes():
            try:
                os.kill(process, signal.SIGKILL)
            except OSError:
                continue


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200]
    except OSError:
        return "?"


def orphaned_groups() -> list[str]:
    """Control groups of trials whose supervisor is gone."""
    own = own_memory_folder()
    if own is None:
        return []
    groups = Path(own[0]).glob("memlab-*-*")
    return [str(path) for path in groups if not Path(f"/proc/{path.name.split('-')[1]}").exists()]


def compare_options(
    path: Path,
    variants: Sequence[str],
    reports: Path,
    *,
    trials: int = 1,
    timeout: float = 30.0,
    source: str = "kernel",
    images: str | None = None,
    settings: dict[str, object] | None = None,
    meters: Sequence[str] = ("os",),
    jobs: int = 1,
    quick: bool = False,
) -> CompareOptions:
    return CompareOptions(
        recipe=str(path),
        variants=tuple(variants),
        trials=trials,
        timeout_seconds=timeout,
        settings=settings or {},
        images=images,
        source=source,
        reports=str(reports),
        show_output=False,
        command=("memlab", "compare", str(path)),
        meters=tuple(meters),
        jobs=jobs,
        quick=quick,
    )


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


RunScript = Callable[..., Compared]
StartMemlab = Callable[..., "subprocess.Popen[bytes]"]
RunMemlab = Callable[..., Ended]

AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@functools.cache
def nobody_can_run_python() -> bool:
    """Whether an unprivileged user gets at this interpreter and at memlab: root's home is often closed."""
    code = "import subprocess, sys, memlab; subprocess.run([sys.executable, '-c', ''], check=True)"
    try:
        done = subprocess.run([*AS_NOBODY, sys.executable, "-c", code], capture_output=True, cwd="/", check=False)
    except OSError:
        return False
    return done.returncode == 0


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts, control groups, other users")
