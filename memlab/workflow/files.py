"""Files beside what is printed: those a user names with -o, and the charts in the run's folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from memlab.errors import MemlabError, Terminated, UsageError
from memlab.model.report import Report
from memlab.storage import write_atomically

JSON = "json"
CHART_FORMATS = ("svg", "png")
_KINDS = "a file ends in .json (the report), .svg or .png (a chart)"


class UnwrittenError(MemlabError):
    """A chart or a file that can't be had; what was measured is not lost for it."""


@dataclass(frozen=True)
class OutputFile:
    """A file that the user has asked for.

    Attributes:
        shown: its path as the user wrote it; path: where it leads.
        format: `json`, `svg` or `png`; of a check's reports `junit`, `markdown` or `benchmark-json`.
        chart: which chart; None for a report.
        replace: take the place of a file that is there.
    """

    shown: str
    path: Path
    format: str
    chart: str | None
    replace: bool


def plan_files(names: Sequence[str], charts: Sequence[str], *, replace: bool, several: bool) -> tuple[OutputFile, ...]:
    """See, before anything is measured, that every file can be written.

    Args:
        names: what stands after -o.
        charts: what stands after --chart: the first belongs to the first chart file, and so on; `peaks` unless said.
        replace: files that are there may be replaced (--force).
        several: the reports of several recipes are wanted.

    Raises:
        UsageError: a name means nothing, a file is there already, or its folder can't be written to.
    """
    formats = [_format(name) for name in names]
    chart_names = [name for name, format in zip(names, formats, strict=True) if format != JSON]
    if several and chart_names:
        raise UsageError(
            f"a chart shows one recipe, and {chart_names[0]} would be of several",
            hint="their charts are in each run's folder; -o FILE.json holds all reports",
        )
    if charts and len(charts) != len(chart_names):
        raise UsageError(
            f"--chart is given {_times(len(charts))}, and there {_files(len(chart_names))} it could be for",
            hint="say -o FILE.svg --chart NAME for each, or leave --chart out for the peaks",
        )
    chosen = iter(charts)
    planned = []
    for name, format in zip(names, formats, strict=True):
        chart = None if format == JSON else next(chosen, "peaks")
        planned.append(OutputFile(name, _writable(name, replace), format, chart, replace))
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
        if any(path == Path(os.path.realpath(file)) for file in spared):
            raise UsageError(f"{option} would replace {name}, which memlab reads", hint="name another file")
        if any(path == file.path for file in planned):
            raise UsageError(f"{name} is named twice, and can hold one report only")
        planned.append(OutputFile(name, path, option.removeprefix("--"), None, replace))
    return tuple(planned)


class Drawings:
    """A report's charts, each drawn once, whether for the user's file or for the run's folder.

    matplotlib takes half a second to be imported, so nothing is drawn before the results were shown.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._drawn: dict[tuple[str, str], bytes] = {}

    def draw(self, chart: str, format: str) -> bytes:
        """The chart as the bytes of a file.

        Raises:
            UnwrittenError: it can't be drawn.
        """
        from memlab.render.charts import draw

        if (chart, format) not in self._drawn:
            try:
                self._drawn[chart, format] = draw(self._report, chart, format)
            except Terminated:
                raise
            except Exception as error:
                # Whatever matplotlib, or what it is built on, has to say.
                text = f"{type(error).__name__}: {error}"
                raise UnwrittenError(f"the chart {chart} could not be drawn: {text}") from error
        return self._drawn[chart, format]


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
            hint="the run is saved, and so is the report beside it",
        ) from None


def draw_into(folder: str | Path, drawings: Drawings) -> Iterator[str]:
    """Put every chart into the run's folder; yields a sentence where that fails, and stops there."""
    from memlab.render.charts import CHARTS

    for chart in CHARTS:
        for format in CHART_FORMATS:
            file = Path(folder, f"{chart}.{format}")
            try:
                write_atomically(file, drawings.draw(chart, format))
            except UnwrittenError as error:
                yield error.message
                return
            except OSError as error:
                yield f"the charts could not be saved in {os.fspath(folder)}: {error.strerror or error}"
                return


def _format(name: str) -> str:
    if name == "-":
        raise UsageError("-o takes a file, not -", hint="--json prints the report's document to standard output")
    extension = os.path.splitext(name)[1].lower().removeprefix(".")
    if extension not in (JSON, *CHART_FORMATS):
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


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _files(count: int) -> str:
    return {0: "is no chart file", 1: "is one chart file"}.get(count, f"are {count} chart files")
