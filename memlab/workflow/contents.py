"""What files hold: pages, tables and charts, each made when it is first wanted, and none twice."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from memlab.errors import Terminated
from memlab.model.report import Report
from memlab.model.shown import Shown
from memlab.storage import write_atomically
from memlab.workflow.files import CHART_FORMATS, CSV, HTML, JSON, OutputFile, UnwrittenError


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
        if (chart, format) not in self._drawn:
            with _said(f"the chart {chart} could not be drawn"):
                from memlab.render.charts import draw

                self._drawn[chart, format] = draw(self._report, chart, format)
        return self._drawn[chart, format]


class Contents:
    """What the files that a user asks for hold, of one run or of several.

    Args:
        shown: the runs with their reports; none where nothing could be measured.
        document: what goes into a .json file.
        drawings: what goes into chart files; None where there are none, as of several runs.
    """

    def __init__(self, shown: Sequence[Shown], document: bytes, drawings: Drawings | None = None) -> None:
        self._shown, self._document, self._drawings = tuple(shown), document, drawings

    @property
    def several(self) -> bool:
        """Whether it is more than one run."""
        return len(self._shown) > 1

    @property
    def run_file(self) -> str | None:
        """Where the first of the runs is saved; None where none is."""
        return next((one.report.run_file for one in self._shown if one.report.run_file is not None), None)

    def of(self, file: OutputFile) -> bytes:
        """The bytes of a file.

        Raises:
            UnwrittenError: they can't be had.
        """
        if file.format == JSON:
            return self._document
        if not self._shown:
            raise UnwrittenError(f"{file.shown} is not written: nothing was measured that it could show")
        if file.chart is not None:
            assert self._drawings is not None, "a chart is planned for one run only"
            return self._drawings.draw(file.chart, file.format)
        with _said(f"{file.shown} could not be made"):
            return self._rendered(file.format)

    def _rendered(self, format: str) -> bytes:
        if format == HTML:
            from memlab.render.html import render_page

            return render_page(self._shown)
        if format == CSV:
            from memlab.render.trials_csv import render_csv

            return render_csv(self._shown).encode("utf-8", "backslashreplace")
        from memlab.render.markdown_report import render_markdown

        return render_markdown(self._shown).encode("utf-8", "backslashreplace")


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


@contextmanager
def _said(what: str) -> Iterator[None]:
    """Make a sentence of whatever matplotlib, or what it is built on, has to say: the run is not lost for it.

    Raises:
        UnwrittenError: instead of anything but a request to end.
    """
    try:
        yield
    except Terminated:
        raise
    except Exception as error:
        raise UnwrittenError(f"{what}: {type(error).__name__}: {error}") from error
