"""`memlab doctor`."""

from __future__ import annotations

import sys
from contextlib import closing

import click

from memlab.cli.streams import display, write_bytes, write_text


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
@click.option(
    "--source",
    type=click.Choice(["kernel", "psutil"]),
    default="kernel",
    show_default=True,
    help="Check the kernel's high-water mark, or see what samples miss.",
)
def command(as_json: bool, source: str) -> int:
    """Find out whether the figures on this machine can be trusted.

    Programs of known memory run in fresh processes: Python objects, numpy, Pillow, OpenCV, C's malloc, mappings,
    shared memory, spikes, a child process. What each meter saw of them is printed beside what they took, with what
    this machine allows, the versions of libraries, and settings that spoil figures. Beside the headline meter, which
    alone decides, stand tracemalloc, memray and memory_profiler, with what meters of their kind can't see marked.

    The exit code is 0 when the figures can be trusted, and 3 when the headline meter is off by more than the larger
    of 1 % and the machine's resolution (at least 0.5 MiB), or a program failed.
    """
    from memlab.cli.progress import progress_sink
    from memlab.workflow.doctor import examine

    with closing(progress_sink(sys.stderr, quiet=as_json)) as progress:
        report, exit_code = examine(source, progress)
    if as_json:
        from memlab.model.doctor import encode_doctor

        write_bytes(encode_doctor(report))
        return exit_code
    from memlab.render.doctor import render_doctor

    screen = display(sys.stdout)
    write_text(render_doctor(report, width=screen.width, colour=screen.colour, unicode=screen.unicode))
    return exit_code
