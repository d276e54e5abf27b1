"""The command line: `main` is the console script `memlab`."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give back its exit code; whatever goes wrong is printed in one place, `memlab.cli.errors`.

    Args:
        arguments: the words after `memlab`; the process's own unless given.
    """
    try:
        from memlab.cli.errors import report_error
        from memlab.cli.streams import abandon_unwritable_output, prepare_streams

        prepare_streams()
    except KeyboardInterrupt:
        return 130
    try:
        from memlab.cli.run import run

        # Not `list(...)`: once `memlab.cli.list` is imported, that is what the name means here.
        return run([*(sys.argv[1:] if arguments is None else arguments)])
    except BaseException as error:
        code = report_error(error)
        abandon_unwritable_output()
        return code
