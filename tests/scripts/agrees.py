"""Holds outputs of 200 MiB against each other in the measured process: what does that need?"""

import os
import shutil
import tempfile

import numpy as np

from memlab import Recipe
from memlab.child.agree import agree
from memlab.child.kept_outputs import keep_output

recipe = Recipe()


@recipe.prepare
def two_outputs(_paths):
    """A folder with both, 7168×7314 floats."""
    folder = tempfile.mkdtemp()
    value = np.zeros((7168, 7314), np.float32)
    for number, name in enumerate(("expected", "found")):
        value[::2] = number / 2
        assert keep_output(value, name, folder, ())
    return folder


@recipe.warm_up
def smaller(_folder):
    """The same with small pictures, so that first uses aren't measured."""
    with tempfile.TemporaryDirectory() as folder:
        for number in range(2):
            keep_output(np.full((300, 300), number, np.float32), str(number), folder, ())
        agree({"outputs": folder, "pairs": [("0", "1")]})


@recipe.baseline
def compare(folder):
    """What was found: (differing values, values, pictures)."""
    reply = agree({"outputs": folder, "pairs": [("expected", "found")]})
    shutil.rmtree(folder)
    (comparison,) = reply["comparisons"]
    return [comparison["differing"], comparison["values"], len(reply["pictures"]), os.path.exists(folder)]
