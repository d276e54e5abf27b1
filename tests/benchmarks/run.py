"""Measure memlab itself: `make bench`, or `python tests/benchmarks/run.py` where memlab is installed from its wheel.

Each benchmark is a module beside this file whose docstring defines its figures. Prints a Markdown table and a line on
the machine; progress goes to stderr. Ends with 0 also when a goal is missed, which the table says, and with 3 when
something can't be measured. Run it on an idle machine; it takes four to five minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import peak_error
import pytest_cost
import size
import slowdown
import startup
import trial_cost
import unseen
from figure import Figure, Verdict
from trials import BenchmarkError

from memlab.errors import MemlabError
from memlab.model.environment import Environment
from memlab.runner.host import describe_host
from memlab.units import format_bytes

BENCHMARKS = {
    "slowdown": slowdown,
    "peak_error": peak_error,
    "unseen": unseen,
    "trial_cost": trial_cost,
    "startup": startup,
    "pytest_cost": pytest_cost,
    "size": size,
}


def main() -> int:
    """Run the benchmarks asked for; returns the exit code."""
    options = _options()
    environment = describe_host()
    load_before = os.getloadavg()[0]
    figures: dict[str, list[Figure]] = {}
    failed = False
    for name in options.only or BENCHMARKS:
        try:
            figures[name] = BENCHMARKS[name].measure(_say)
        except (BenchmarkError, MemlabError, subprocess.CalledProcessError) as error:
            print(f"bench: {name} can't be measured: {error}", file=sys.stderr)
            failed = True
    print(_table(figures))
    print(_machine_line(environment, load_before))
    if options.json is not None:
        document = {
            "machine": _machine(environment, load_before),
            "figures": {name: [one.to_dict() for one in ours] for name, ours in figures.items()},
        }
        options.json.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 3 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure memlab itself.")
    parser.add_argument("--only", action="append", choices=list(BENCHMARKS), help="only this one; may be repeated")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures with all raw numbers as JSON too")
    options = parser.parse_args()
    if options.json is not None:
        try:
            options.json.touch()  # found out now, not after minutes
        except OSError as error:
            parser.error(f"{options.json} can't be written: {error.strerror}")
    return options


def _table(figures: dict[str, list[Figure]]) -> str:
    every = [one for ours in figures.values() for one in ours]
    lines = ["| figure | goal | measured | met? |", "|---|---|---|---|", *(one.row() for one in every)]
    judged = sum(one.verdict is not Verdict.NONE for one in every)
    lines += ["", f"{sum(one.verdict is Verdict.YES for one in every)} of {judged} goals are met."]
    for verdict, words in ((Verdict.NO, "Missed"), (Verdict.UNDECIDED, "Undecided, the noise is too large to say")):
        names = [one.name for one in every if one.verdict is verdict]
        if names:
            lines.append(f"{words}: {'; '.join(names)}.")
    return "\n".join(lines)


def _machine(environment: Environment, load_before: float) -> dict[str, object]:
    return {
        "memlab": environment.memlab_version,
        "install": environment.install,
        "python": environment.python_version,
        "kernel": environment.kernel,
        "architecture": environment.machine,
        "cpus_allowed": environment.cpus_allowed,
        "cpus_online": environment.cpus_online,
        "memory_bytes": environment.memory_bytes,
        "transparent_hugepages": environment.transparent_hugepages,
        "resolution_bytes": environment.resolution_bytes,
        "load_before": load_before,
        "load_after": os.getloadavg()[0],
    }


def _machine_line(environment: Environment, load_before: float) -> str:
    parts = [
        f"memlab {environment.memlab_version} ({environment.install})",
        f"Python {environment.python_version}",
        f"{platform.system()} {environment.kernel} on {environment.machine}",
        f"{environment.cpus_allowed} of {environment.cpus_online} cores",
        f"{format_bytes(environment.memory_bytes or 0)} of memory",
        f"huge pages: {environment.transparent_hugepages}",
        f"load average before {load_before:.2f}, after {os.getloadavg()[0]:.2f}",
    ]
    return "Measured with " + ", ".join(parts) + "."


def _say(text: str) -> None:
    print(f"bench: {text} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
