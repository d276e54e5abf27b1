"""Stops the process that started it, and waits."""

import os
import signal
import time

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def stops(_paths):
    """SIGSTOP."""
    os.kill(os.getppid(), signal.SIGSTOP)
    time.sleep(60)
