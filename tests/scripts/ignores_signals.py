"""Ignores every signal that can be ignored, and does not come to an end."""

import signal
import time

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def ignores(_paths):
    """Ignores what it can, blocks the rest, and waits."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            continue
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        time.sleep(1)
