"""Leaves processes behind, in every way there is to hide them."""

import os
import signal
import subprocess
import sys
import time

from memlab import Recipe

recipe = Recipe()


def wait():
    while True:
        time.sleep(1)


def fork(work):
    if os.fork() == 0:
        try:
            work()
        finally:
            os._exit(0)


@recipe.baseline
def leaves_nothing(_paths):
    """Nothing."""
    return 1


@recipe.technique
def child(_paths):
    """A child."""
    fork(wait)
    return 1


@recipe.technique
def grandchildren(_paths):
    """Children of children of children, three wide."""

    def second():
        for _ in range(3):
            fork(wait)
        wait()

    def first():
        for _ in range(3):
            fork(second)
        wait()

    fork(first)
    time.sleep(0.05)
    return 1


@recipe.technique
def daemon(_paths):
    """Forked twice, in a session of its own, deaf to signals, its files closed."""

    def middle():
        os.setsid()
        fork(last)

    def last():
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        os.closerange(0, 256)
        wait()

    fork(middle)
    os.wait()
    return 1


@recipe.technique
def stranger(_paths):
    """A program in a session of its own, without our environment; its name carries the mark."""
    code = "import time; time.sleep(1000)"
    mark = os.environ["MEMLAB_TEST_MARK"]
    subprocess.Popen([sys.executable, "-S", "-c", code, mark], env={}, start_new_session=True)
    return 1


@recipe.technique
def stopped(_paths):
    """A child that is stopped."""
    fork(lambda: os.kill(os.getpid(), signal.SIGSTOP))
    time.sleep(0.01)
    return 1


@recipe.technique
def always_another(_paths):
    """A process that forks itself away every 0.2 ms, each in a session of its own."""

    def flee():
        while True:
            os.setsid()
            time.sleep(0.0002)
            if os.fork():
                os._exit(0)

    fork(flee)
    time.sleep(0.02)
    return 1
