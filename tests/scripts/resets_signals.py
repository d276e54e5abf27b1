"""Sets signal handlers back to what they were before Python, and goes on."""

import signal

from memlab import Recipe

recipe = Recipe()


@recipe.baseline
def resets(_paths):
    """Default handlers for everything, and 8 MiB."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError):
            continue
    block = bytearray(8 << 20)
    return len(block)


@recipe.technique
def hears_an_interrupt(_paths):
    """Ctrl-C's signal does in a trial what it does in any program."""
    try:
        signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        return 8 << 20
    return 0
