"""An examination for a terminal: verdict, table, what the machine allows, versions, remarks with their cures."""

from __future__ import annotations

from memlab.model.doctor import Abilities, DoctorReport
from memlab.model.environment import Environment
from memlab.model.report import Finding
from memlab.printable import printable
from memlab.render.doctor_table import table_lines
from memlab.render.findings import finding_lines, worst_first
from memlab.render.layout import cell_width, pad, wrap
from memlab.render.signs import Signs, signs
from memlab.render.style import Style
from memlab.units import format_bytes

_LEAST_WIDTH = 20
_LEAST_VALUE = 16
_TEXT_LIMIT = 600
_SOURCES = {
    "kernel": "the kernel's high-water mark, reset before each run (clear_refs)",
    "kernel_whole_life": "the kernel's high-water mark over each process's whole life; clear_refs is refused",
    "sampled": "samples taken every 10 ms from outside; the high-water mark is not used",
}
_HEAP = {
    "work": "heap_info and heap_trim work",
    "blind": "heap_info and heap_trim don't see the allocator in use",
    "missing": "this psutil or platform has no heap_info and heap_trim",
}


def render_doctor(report: DoctorReport, *, width: int, colour: bool, unicode: bool) -> str:
    """The examination as text that ends in a newline.

    Args:
        width: cells of the terminal; no line is longer.
        colour: whether to write escape sequences for colour and weight.
        unicode: whether the terminal can show more than ASCII.
    """
    width = max(_LEAST_WIDTH, width)
    style, chosen = Style(colour), signs(unicode)
    verdict = [style.bold(line) for line in wrap(_text(report.sentence, chosen), width)]
    if not report.trusted:
        verdict = [style.severity(line, "error") for line in wrap(_text(report.sentence, chosen), width)]
    sections = [
        verdict,
        table_lines(report, width, style, chosen),
        _facts("what this machine allows", _machine(report.abilities, report.environment), width, style, chosen),
        _facts("versions", _versions(report), width, style, chosen),
        _findings(report.findings, width, style, chosen),
    ]
    return "\n\n".join("\n".join(line.rstrip() for line in section) for section in sections if section) + "\n"


def _machine(abilities: Abilities, environment: Environment) -> list[tuple[str, str]]:
    facts = []
    if abilities.mark is not None:
        facts.append(("headline meter", _SOURCES.get(abilities.mark, abilities.mark)))
    if environment.resolution_bytes is not None:
        facts.append(("resolution", f"{format_bytes(environment.resolution_bytes)} ({_cpus(environment)})"))
    facts += [
        ("children", "listed by the kernel" if abilities.children_listed else "found by a walk over all processes"),
        ("shared pages", "told apart (smaps_rollup)" if abilities.proportional_sets else "can't be told apart"),
        ("memory cgroup", "one for each trial" if abilities.trial_cgroups else "none can be made for a trial"),
    ]
    if environment.cgroup_limit_bytes is not None:
        facts.append(("memory limit", f"{format_bytes(environment.cgroup_limit_bytes)}, by the cgroup"))
    facts += [
        ("allocator", abilities.allocator or "unknown"),
        ("psutil", _HEAP.get(abilities.heap_functions, abilities.heap_functions)),
    ]
    if environment.transparent_hugepages is not None:
        facts.append(("huge pages", environment.transparent_hugepages))
    if environment.memory_bytes is not None:
        facts.append(("memory", format_bytes(environment.memory_bytes)))
    facts.append(("swap", _swap(abilities, environment)))
    filesystem = f" ({abilities.temporary_filesystem})" if abilities.temporary_filesystem else ""
    facts.append(("temporary files", f"{abilities.temporary_folder}{filesystem}"))
    facts += [("setting", f"{name}={value}") for name, value in environment.settings.items()]
    return facts


def _swap(abilities: Abilities, environment: Environment) -> str:
    if environment.swap_bytes is None:
        return "unknown"
    if not environment.swap_bytes:
        return "none"
    used = "unknown use" if abilities.swap_used_bytes is None else f"{format_bytes(abilities.swap_used_bytes)} in use"
    return f"{format_bytes(environment.swap_bytes)}, {used}"


def _cpus(environment: Environment) -> str:
    allowed, online = environment.cpus_allowed, environment.cpus_online
    which = f"{allowed} of {online} CPUs" if allowed != online else f"{online} CPU{'' if online == 1 else 's'}"
    return f"{which}; a peak still held is exact"


def _versions(report: DoctorReport) -> list[tuple[str, str]]:
    environment = report.environment
    facts = [
        ("memlab", f"{report.memlab_version} ({environment.install})"),
        (environment.python_implementation, environment.python_version),
        (environment.platform, " ".join(filter(None, (environment.kernel, environment.machine)))),
    ]
    if environment.libc:
        name, _, version = environment.libc.partition(" ")
        facts.append((name, version))
    return facts + list(report.packages.items())


def _facts(heading: str, facts: list[tuple[str, str]], width: int, style: Style, chosen: Signs) -> list[str]:
    shown = [(_text(name, chosen), _text(value, chosen)) for name, value in facts]
    longest = max(cell_width(name) for name, _ in shown)
    lines = [style.bold(line) for line in wrap(heading, width)]
    for name, value in shown:
        if longest + 4 + _LEAST_VALUE <= width:
            lines += wrap(value, width, first=f"  {pad(name, longest)}  ")
        else:
            lines += wrap(f"{name}: {value}", width, first="  ", rest="    ")
    return lines


def _findings(findings: tuple[Finding, ...], width: int, style: Style, chosen: Signs) -> list[str]:
    lines: list[str] = []
    for finding in worst_first(findings):
        severity, hint = _text(finding.severity, chosen), finding.hint and _text(finding.hint, chosen)
        message = _text(finding.message, chosen)
        lines += finding_lines(severity, message, hint, width=width, style=style, signs=chosen)
    return lines


def _text(text: str, chosen: Signs) -> str:
    return chosen.text(printable(text, _TEXT_LIMIT, ellipsis=chosen.ellipsis))
