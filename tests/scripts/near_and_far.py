"""A grey ramp, and pictures that are near to it, far from it, or of another size."""

import time

import numpy as np

from memlab import Recipe, photos, psnr

recipe = Recipe(inputs=photos(count=3, width=64, height=48), quick={"count": 1}, agree=psnr(at_least=40))


def ramp():
    time.sleep(0.03)
    return np.tile(np.linspace(0, 250, 160, dtype=np.uint8), (120, 1))


@recipe.baseline
def exactly(_paths):
    """The ramp."""
    return ramp()


@recipe.technique
def the_same(_paths):
    """The ramp once more."""
    return ramp()


@recipe.technique
def near(_paths):
    """One code brighter: 48.1 dB."""
    return ramp() + 1


@recipe.pitfall(shows="wrong_output", because="it is much brighter")
def far(_paths):
    """Five codes brighter: 34.2 dB."""
    return ramp() + 5


@recipe.pitfall(shows="wrong_output", because="it is cut off")
def smaller(_paths):
    """Half of it."""
    return ramp()[:60].copy()


@recipe.technique
def starts_processes(_paths):
    """A process of its own, and the ramp."""
    import subprocess

    subprocess.run(["sleep", "0.2"], check=True)
    return ramp()
