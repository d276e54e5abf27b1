"""Kills the process that started it, and leaves some running."""

import os
import signal
import time

from memlab import Recipe

recipe = Recipe()


def leave():
    """A child, and a grandchild in a session of its own."""
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid()
        while True:
            time.sleep(1)
    time.sleep(0.05)


def send(number):
    leave()
    os.kill(os.getppid(), number)
    time.sleep(30)


@recipe.baseline
def fine(_paths):
    """Does nothing of the kind."""
    return 1


@recipe.technique
def kills(_paths):
    """SIGKILL."""
    send(signal.SIGKILL)


@recipe.technique
def terminates(_paths):
    """SIGTERM."""
    send(signal.SIGTERM)


@recipe.technique
def hangs_up(_paths):
    """SIGHUP and SIGINT, which the supervisor takes no notice of."""
    os.kill(os.getppid(), signal.SIGHUP)
    os.kill(os.getppid(), signal.SIGINT)
    return 1
