"""A check for GitHub Actions: annotations, the job's summary, and a log in which no line is a command.

Annotations are workflow commands, lines that the runner reads in a step's output. It shows ten of each level for a
step; a summary may have 1 MiB, and is lost as a whole beyond.
"""

from __future__ import annotations

import re

from memlab.model.check import CheckReport
from memlab.printable import printable
from memlab.render.markdown import check_markdown
from memlab.render.places import file_from
from memlab.render.verdicts import failing, grown_line_words, verdict_words

MOST_ANNOTATIONS = 10
SUMMARY_BYTES = 900 * 1024
"""Less than the limit of a step: what else the step says has to go into it too."""
_MESSAGE_LIMIT = 1000
_TITLE_LIMIT = 150
# The runner takes the first for a command at the start of a line, the second, an older one, anywhere in it.
_COMMAND = re.compile(r"(?m)^(\s*:)(?=:)|(#)(?=#\[)")


def check_annotations(report: CheckReport, *, folder: str) -> str:
    """An error for each thing that fails, the worst first, at the file and line of its variant.

    No more than ten: where there are more, nine and a notice of how many.

    Args:
        folder: from which the files are named, absolute: GITHUB_WORKSPACE, where the repository is.
    """
    failed = failing(report)
    shown = failed if len(failed) <= MOST_ANNOTATIONS else failed[: MOST_ANNOTATIONS - 1]
    lines = []
    for outcome in shown:
        parts = [outcome.message]
        if outcome.variant is not None:
            parts += map(grown_line_words, outcome.variant.grown_lines)
        if outcome.hint:
            parts.append(f"→ {outcome.hint}")
        lines.append(
            annotation(
                "error",
                "\n".join(printable(part, _MESSAGE_LIMIT) for part in parts),
                title=f"memlab: {outcome.title}: {verdict_words(outcome.verdict)}",
                file=file_from(folder, outcome.file),
                line=outcome.line,
            )
        )
    if len(shown) < len(failed):
        rest = f"{len(failed) - len(shown)} more fail; the job's summary has all of them"
        lines.append(annotation("notice", rest, title="memlab"))
    return "".join(lines)


def annotation(
    level: str, message: str, *, title: str | None = None, file: str | None = None, line: int | None = None
) -> str:
    """One workflow command, a line.

    Args:
        level: error, warning or notice.
        message: may have several lines.
        file: from the folder of the checkout; line is of it.
    """
    properties = []
    if file is not None:
        properties.append(f"file={_property(file)}")
        if line is not None:
            properties.append(f"line={line}")
    if title is not None:
        properties.append(f"title={_property(printable(title, _TITLE_LIMIT))}")
    return f"::{level} {','.join(properties)}".rstrip() + f"::{_data(message)}\n"


def check_summary(report: CheckReport) -> str:
    """What is to be appended to the file that GITHUB_STEP_SUMMARY names: the check as Markdown, below 1 MiB."""
    return check_markdown(report, limit_bytes=SUMMARY_BYTES)


def log_text(text: str) -> str:
    """Text for the log of a step, with a space in whatever the runner would take for a command."""
    return _COMMAND.sub(lambda match: f"{match[0]} ", text)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
