"""Starts threads that never end."""

import threading
import time

from memlab import Recipe

recipe = Recipe()


def wait():
    while True:
        time.sleep(0.001)


@recipe.baseline
def leaves(_paths):
    """Ten of them, not as daemons: Python would wait for them at its end."""
    for _ in range(10):
        threading.Thread(target=wait).start()
    return 1


@recipe.technique
def leaves_a_busy_one(_paths):
    """One that never stops working."""

    def work():
        number = 0
        while True:
            number += 1

    threading.Thread(target=work).start()
    return 1
