"""What `memlab.compare`, `memlab.measure` and `memlab.load` give back."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from memlab.analysis.report import exit_code
from memlab.errors import UsageError
from memlab.integrations.python.explained import explained
from memlab.integrations.python.figures import Figures, VariantResult, missing_figure
from memlab.model.report import Finding, Report, encode_report
from memlab.model.run import Run
from memlab.storage import RUN_FILE, RunFolder, load_run
from memlab.workflow.saved_runs import report_again

_NARROWEST, _WIDEST = 60, 140


class Result:
    """A run with its report.

    Attributes:
        run: what was measured, raw.
        report: what was made of it.
        exit_code: what `memlab compare` would end with: 0, or 3 where a measurement is invalid.
    """

    def __init__(self, run: Run, report: Report, code: int | None = None) -> None:
        self.run, self.report = run, report
        self.exit_code = exit_code(report.findings) if code is None else code

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        return self.report.sentence

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What there is to say about it, the gravest first."""
        return self.report.findings

    def save(self, reports: str | os.PathLike[str] = "reports") -> Path:
        """Save it as `memlab compare` does: below `reports`, in a folder of its own.

        Returns:
            the path of run.json, which `memlab.load` reads back; the report lies beside it.

        Raises:
            UsageError: it can't be saved there.
        """
        with explained():
            folder = RunFolder(Path(reports), self.report.recipe)
            report = msgspec.structs.replace(self.report, run_file=str(folder.run_file))
            try:
                folder.save(self.run)
                folder.save_report(encode_report(report))
            except OSError as error:
                folder.discard()
                raise UsageError(f"the run can't be saved in {os.fspath(reports)}: {error.strerror or error}") from None
        self.report = report
        return folder.run_file

    def write(self, file: str | os.PathLike[str], *, chart: str = "peaks", replace: bool = False) -> Path:
        """Write a page, a table, the report or a chart to a file, whose ending says which, as `memlab compare -o` does.

        Args:
            chart: which one a .svg or .png file shows: `peaks`, `timeline` or `retained`.
            replace: take the place of a file that is there.

        Raises:
            UsageError: the ending means nothing, the file is there already, or can't be written.
        """
        from memlab.workflow.writing import write_one

        with explained():
            return write_one(self.run, self.report, os.fspath(file), chart=chart, replace=replace)

    def __str__(self) -> str:
        """The report as `memlab compare` prints it, without colour."""
        from memlab.render.terminal import render_report

        width = shutil.get_terminal_size((100, 24)).columns
        encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower()
        text = render_report(
            self.report,
            width=max(_NARROWEST, min(width, _WIDEST)),
            colour=False,
            unicode=encoding.startswith("utf"),
        )
        return text.removesuffix("\n")


class Compared(Result, Mapping[str, VariantResult]):
    """Several functions, or a recipe's variants, by name: `result["stream"].ratio`, `"stream" in result`,
    `for name in result`.

    Attributes:
        run, report, exit_code: see `Result`.
    """

    @property
    def baseline(self) -> str:
        """The name of the one that all others are compared with."""
        return self.report.baseline

    def __getitem__(self, name: str) -> VariantResult:
        for variant in self.report.variants:
            if variant.name == name:
                return VariantResult(self.report, variant)
        raise KeyError(f"nothing called {name!r} was measured; there are {', '.join(self)}")

    def __iter__(self) -> Iterator[str]:
        return (variant.name for variant in self.report.variants)

    def __len__(self) -> int:
        return len(self.report.variants)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Compared) and self.report == other.report

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<memlab.compare: {self.sentence}>"


class Measured(Result, Figures):
    """One function.

    Attributes:
        run, report, exit_code: see `Result`.
    """

    def __init__(self, run: Run, report: Report, code: int | None = None) -> None:
        Result.__init__(self, run, report, code)
        Figures.__init__(self, report, report.variants[0])

    def __repr__(self) -> str:
        return f"<{self.in_words()}>"


def load_result(path: str | os.PathLike[str]) -> Compared | Measured:
    """See `memlab.load`."""
    file = Path(path)
    run = load_run(file)
    report = report_again(run, file / RUN_FILE if file.is_dir() else file)
    if len(run.recipe.variants) == 1 and len(report.variants) == 1:
        return Measured(run, report)
    return Compared(run, report)


def refuse_failed(result: Result) -> None:
    """See that the baseline, or the only function, has figures.

    Raises:
        MeasurementError: it failed; with its own traceback.
    """
    baseline = result.report.baseline
    found = [variant for variant in result.report.variants if variant.name == baseline]
    if not found or found[0].peak_growth_bytes is None:
        raise missing_figure(result.report, baseline)
