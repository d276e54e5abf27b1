"""What a run was made with: environment, inputs, options, and the command that repeats it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from memlab.model.environment import Environment
from memlab.model.report import Report
from memlab.model.run import Run
from memlab.printable import printable
from memlab.render import words
from memlab.units import format_bytes, format_seconds

_LIMIT = 600
_MOST_PASSED_OVER = 5


def circumstances(report: Report, run: Run) -> list[tuple[str, str]]:
    """What is worth knowing of a run, each with its name; safe to print."""
    facts = [*_measured(report, run), *_machine(report.environment), *_software(report.environment)]
    return [(name, printable(text, _LIMIT)) for name, text in facts if text]


def command_line(report: Report) -> str:
    """The command that made the run, quoted for a shell."""
    return printable(shlex.join(report.command), 2 * _LIMIT)


def _measured(report: Report, run: Run) -> Iterator[tuple[str, str]]:
    options = run.options
    yield "measured", report.created
    yield "by", f"memlab {report.memlab_version}"
    yield "how", words.meter(report)
    yield "meters", ", ".join(report.meters)
    yield "inputs", words.inputs(report)
    passed_over = [f"{name}: {reason}" for name, reason in report.inputs.passed_over[:_MOST_PASSED_OVER]]
    more = len(report.inputs.passed_over) - len(passed_over)
    yield "passed over", "; ".join([*passed_over, *([f"and {more} more"] if more > 0 else [])])
    trials = "trial" if options.trials == 1 else "trials"
    chosen = [f"{options.trials} {trials} of each variant", f"time limit {format_seconds(options.timeout_seconds)}"]
    chosen += [f"{name}={value}" for name, value in sorted(options.settings.items())]
    chosen += ["quick"] if options.quick else []
    yield "options", ", ".join(chosen)
    yield "trials", f"{len(run.trials)} of {run.planned} planned"
    yield "saved in", report.run_file or ""


def _machine(environment: Environment) -> Iterator[tuple[str, str]]:
    yield "machine", environment.machine
    yield "processors", f"{environment.cpus_allowed} allowed of {environment.cpus_online} online"
    sizes = (
        ("memory", environment.memory_bytes),
        ("swap", environment.swap_bytes),
        ("memory limit", environment.cgroup_limit_bytes),
        ("resolution", environment.resolution_bytes),
    )
    yield from ((name, format_bytes(size)) for name, size in sizes if size is not None)
    yield "system", " ".join(filter(None, (environment.platform, environment.kernel, environment.libc)))
    yield "huge pages", environment.transparent_hugepages or ""
    yield "instruction sets", ", ".join(environment.instruction_sets)


def _software(environment: Environment) -> Iterator[tuple[str, str]]:
    yield "Python", f"{environment.python_implementation} {environment.python_version}, memlab {environment.install}"
    yield "allocator", environment.allocator or ""
    yield "libraries", ", ".join(f"{name} {version}" for name, version in sorted(environment.libraries.items()))
    yield "set", ", ".join(f"{name}={value}" for name, value in sorted(environment.settings.items()))
    yield "unset by memlab", ", ".join(environment.unset)
