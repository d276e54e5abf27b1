"""Trials that give memlab as much to write down as it can get: output, phases, processes."""

import os
import time

from memlab import Recipe, phase

recipe = Recipe()
AT_ONCE = 60
ONE_BY_ONE = 1100
PHASES = ("open", "decode", "rotate", "blur", "resize", "sharpen", "tone", "weigh", "encode", "write", "check", "tidy")
IMAGES = 3000


@recipe.baseline
def ordinary(_paths: list[str]) -> None:
    """A long job: lines of text, a dozen phases a thousand times each, more than a thousand processes."""
    for image in range(2000):
        print(f"image-{image:05}.jpg: decoded, blurred, written in {image % 37 + 12} ms")
    _go_through_phases()
    _start_processes()


@recipe.technique
def phase_per_image(_paths: list[str]) -> None:
    """The same, but each image is a phase of its own."""
    for image in range(IMAGES):
        with phase(f"image-{image:05}.jpg"):
            pass
    ordinary(_paths)


@recipe.technique
def binary_output(_paths: list[str]) -> None:
    """The same, but what it prints is no text: every byte has to be escaped."""
    _go_through_phases()
    _start_processes()
    os.write(1, b"\xff\x00" * (64 << 10))


def _go_through_phases() -> None:
    for _ in range(1000):
        for name in PHASES:
            with phase(name):
                pass


def _start_processes() -> None:
    for _ in range(AT_ONCE):
        _fork(0.1)
    for _ in range(AT_ONCE):
        os.wait()
    for _ in range(ONE_BY_ONE):
        _fork(0.0)
        os.wait()


def _fork(seconds: float) -> None:
    if os.fork() == 0:
        time.sleep(seconds)
        os._exit(0)
