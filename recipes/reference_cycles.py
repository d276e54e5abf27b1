"""Reference cycles: a picture in a circle of references outlives its last name.

CPython frees an object when its last reference goes. A job that knows its step, whose step knows its job, never
loses the last one: each keeps the other, though nobody else knows either. Only the cyclic garbage collector finds
such a circle, and it begins to look when enough new containers have come into being: 700 more than have gone in
Python 3.11 and 3.12, 2000 in 3.13. It counts objects, not bytes; a picture of 400 megapixels counts no more than one
of four. The six jobs here are some 150 containers, far from a collection, and all six pictures stay.

When it helps: whatever holds the large data is part of a circle, such as parent and child, a bound method kept as a
callback, or an exception kept by the function that caught it (exception, traceback, frame, local name). When it
doesn't: without a circle the collector has nothing to find, and calling it only takes time (see `del_and_gc`).

What to look for in the figures:

* `left_to_gc` holds all the pictures, and grows with every job (`--set count=12`). After many jobs a collection comes
  at last, at a moment that has nothing to do with memory: with pictures like these after 30 jobs in Python 3.11 and
  3.12, after 89 in 3.13.
* `weak_reference` holds one. The step still finds its job but doesn't keep it, and the picture goes the moment the
  job's last name goes. This is the cure. The price: somebody else must keep the job for as long as the step needs
  it; later the step gets a ReferenceError (`weakref.proxy`) or None (`weakref.ref`).
* `collect_after_each` holds one as well and leaves the classes as they are: for circles in somebody else's code. The
  price is a walk over all containers of the process every time, 10 ms where there are 30,000 of them.
* `del_the_job` saves nothing: `del` takes away a name, and the circle has references of its own.
* tracemalloc sees 0.3 MiB in all four, since Pillow keeps its pixels outside Python's memory.
"""

import gc
import weakref

from PIL import Image

from memlab import Recipe, photos

recipe = Recipe(
    inputs=photos(count=6, width=2400, height=1600),
    sweep={"count": (3, 6, 12, 24)},
    quick={"width": 1200, "height": 800},
)


class Job:
    """A picture and the step that is to be done with it."""

    def __init__(self, path: str, weak: bool = False) -> None:
        self.image = Image.open(path)
        self.image.load()
        self.step = Step(weakref.proxy(self) if weak else self)


class Step:
    """Counts how often each value occurs in the picture of its job."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def run(self) -> list[int]:
        """768 counts: 256 for red, 256 for green, 256 for blue."""
        return self.job.image.histogram()


@recipe.baseline
def left_to_gc(paths: list[str]) -> list[list[int]]:
    """Job and step refer to each other; the automatic collector may find them when it will."""
    return [Job(path).step.run() for path in paths]


@recipe.technique(promises=(5.85, 0.2))
def weak_reference(paths: list[str]) -> list[list[int]]:
    """The step's way back to its job is a weak reference."""
    counts = []
    for path in paths:
        job = Job(path, weak=True)
        counts.append(job.step.run())
        del job
    return counts


@recipe.technique(promises=(5.85, 0.2))
def collect_after_each(paths: list[str]) -> list[list[int]]:
    """Leave the circle as it is, and call `gc.collect()` after each job."""
    counts = []
    for path in paths:
        counts.append(Job(path).step.run())
        gc.collect()
    return counts


@recipe.pitfall(because="del takes away the name, and the step still refers to the job")
def del_the_job(paths: list[str]) -> list[list[int]]:
    """Leave the circle as it is, and `del` each job when it is done."""
    counts = []
    for path in paths:
        job = Job(path)
        counts.append(job.step.run())
        del job
    return counts
