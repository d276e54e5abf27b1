"""Files beside what is printed: where those go that a user asks for, seen before anything is measured."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from memlab.errors import MemlabError, UsageError
from memlab.storage import is_run_folder, write_atomically

HTML, MARKDOWN, CSV, JSON = "html", "md", "csv", "json"
CHART_FORMATS = ("svg", "png")
_FORMATS = (HTML, MARKDOWN, CSV, JSON, *CHART_FORMATS)
_KINDS = "a file ends in .html or .md (a page), .csv (the trials), .json (the report), .svg or .png (a chart)"
_PAGE, _PAGE_OF_SEVERAL = "report.html", "reports.html"
_ANOTHER_PAGE = "-o FILE.html says where the page is to be"


class UnwrittenError(MemlabError):
    """A chart or a file that can't be had; what was measured is not lost for it."""


@dataclass(frozen=True)
class OutputFile:
    """A file that the user has asked for.

    Attributes:
        shown: its path as the user wrote it; path: where it leads.
        format: `html`, `md`, `csv`, `json`, `svg` or `png`; of a check's reports `junit`, `markdown` or
            `benchmark-json`.
        chart: which chart; None for a report.
        replace: take the place of a file that is there.
    """

    shown: str
    path: Path
    format: str
    chart: str | None
    replace: bool


def plan_files(
    names: Sequence[str], charts: Sequence[str], *, replace: bool, several: bool, spared: Sequence[str | Path] = ()
) -> tuple[OutputFile, ...]:
    """See, before anything is measured, that every file can be written.

    Args:
        names: what stands after -o.
        charts: what stands after --chart: the first belongs to the first chart file, and so on; `peaks` unless said.
        replace: files that are there may be replaced (--force).
        several: the reports of several runs are wanted.
        spared: what must not be replaced for all that, such as the runs that are read.

    Raises:
        UsageError: a name means nothing, a file is there already or is spared, or its folder can't be written to.
    """
    formats = [_format(name) for name in names]
    chart_names = [name for name, format in zip(names, formats, strict=True) if format in CHART_FORMATS]
    if several and chart_names:
        raise UsageError(
            f"a chart shows one recipe, and {chart_names[0]} would be of several",
            hint="their charts are in each run's folder; -o FILE.html shows all of them",
        )
    if charts and len(charts) != len(chart_names):
        raise UsageError(
            f"--chart is given {_times(len(charts))}, and there {_files(len(chart_names))} it could be for",
            hint="say -o FILE.svg --chart NAME for each, or leave --chart out for the peaks",
        )
    chosen = iter(charts)
    planned = []
    for name, format in zip(names, formats, strict=True):
        chart = next(chosen, "peaks") if format in CHART_FORMATS else None
        path = _writable(name, replace)
        _spare(path, spared, f"-o would replace {name}, which memlab reads")
        planned.append(OutputFile(name, path, format, chart, replace))
    paths = [file.path for file in planned]
    for place, file in enumerate(planned):
        if file.path in paths[:place]:
            raise UsageError(f"-o {file.shown} is given twice")
    return tuple(planned)


def plan_reports(
    options: Sequence[tuple[str, str | None]], replace: bool, spared: Sequence[str] = ()
) -> tuple[OutputFile, ...]:
    """See, before anything is measured, that the reports of a check can be written.

    Args:
        options: what stands after each option such as `--junit`, which is also the file's format; None where nothing.
        replace: files that are there may be replaced (--force); spared: what must not be for all that, such as the
            baseline file.

    Raises:
        UsageError: a name means nothing, a file is there already, is spared or named twice, or can't be written.
    """
    planned: list[OutputFile] = []
    for option, name in options:
        if name is None:
            continue
        if name in ("", "-"):
            raise UsageError(f"{option} takes a file, not {name!r}")
        path = _writable(name, replace, f"{option} names the file")
        _spare(path, spared, f"{option} would replace {name}, which memlab reads")
        if any(path == file.path for file in planned):
            raise UsageError(f"{name} is named twice, and can hold one report only")
        planned.append(OutputFile(name, path, option.removeprefix("--"), None, replace))
    return tuple(planned)


def write_file(file: OutputFile, content: bytes) -> None:
    """Write a file that the user has asked for.

    Raises:
        UnwrittenError: it can't be written.
    """
    try:
        write_atomically(file.path, content, replace=file.replace)
    except FileExistsError:
        raise UnwrittenError(f"{file.shown} was made by somebody else meanwhile, and is left as it is") from None
    except OSError as error:
        raise UnwrittenError(
            f"{file.shown} could not be written: {error.strerror or error}",
            hint="memlab report makes files of a saved run at any time",
        ) from None


def page_to_open(files: Sequence[OutputFile], run_file: str | None, *, several: bool, replace: bool) -> OutputFile:
    """The page that --open opens: the first that -o asks for, else one beside the run, or beside the first of several.

    Args:
        files: those asked for.
        run_file: where the first run is saved; None where it could not be.
        several: the page shows several runs.
        replace: files that are there may be replaced (--force). In a folder that memlab made for a run they may be
            in any case.

    Raises:
        UsageError: there is no place for it.
    """
    for file in files:
        if file.format == HTML:
            return file
    if run_file is None:
        raise UsageError("there is no saved run that a page could lie beside", hint=_ANOTHER_PAGE)
    folder = os.path.dirname(run_file)
    name = os.path.join(folder, _PAGE_OF_SEVERAL if several else _PAGE)
    replace = replace or is_run_folder(os.path.realpath(folder))
    try:
        path = _writable(name, replace)
    except UsageError as error:
        raise UsageError(error.message, hint=_ANOTHER_PAGE) from None
    return OutputFile(name, path, HTML, None, replace)


def _format(name: str) -> str:
    if name == "-":
        raise UsageError("-o takes a file, not -", hint="--json prints the report's document to standard output")
    extension = os.path.splitext(name)[1].lower().removeprefix(".")
    if extension not in _FORMATS:
        raise UsageError(f"what {name!r} is to hold can't be told from its name", hint=_KINDS)
    return extension


def _writable(name: str, replace: bool, kinds: str = _KINDS) -> Path:
    try:
        path = Path(os.path.realpath(name))
        folder = path.parent
        if path.is_dir():
            raise UsageError(f"{name} is a folder", hint=kinds)
        # A link that realpath can't follow leads back to itself: there is something, and no file.
        if os.path.lexists(path) and not replace:
            raise UsageError(f"{name} is there already", hint="--force replaces it")
        if os.path.lexists(path) and not path.is_file():
            raise UsageError(f"{name} is no regular file, and can't be replaced by one")
        if not folder.is_dir():
            raise UsageError(f"{name} can't be written: there is no folder {os.path.dirname(name)}")
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"memlab")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{name} can't be written: {reason}") from None
    return path


def _spare(path: Path, spared: Sequence[str | Path], message: str) -> None:
    if any(path == Path(os.path.realpath(file)) for file in spared):
        raise UsageError(message, hint="name another file")


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _files(count: int) -> str:
    return {0: "is no chart file", 1: "is one chart file"}.get(count, f"are {count} chart files")
