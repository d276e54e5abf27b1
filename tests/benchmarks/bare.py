"""Time a program's variant without memlab's meter: `python -P bare.py FILE VARIANT` prints seconds.

The process imports the program, prepares and warms up as a trial does, and runs the variant once: no mark is read or
reset, nothing waits, and nobody looks on.
"""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path


def main(file: str, variant: str) -> None:
    """Print the seconds that one call of the variant took."""
    path = Path(file)
    sys.path.insert(0, str(path.parent))
    recipe = importlib.import_module(path.stem).recipe
    if recipe.warm_up_function is not None:
        recipe.warm_up_function([])
    function = recipe.variants[variant].function
    paths: list[str] = []
    began = time.perf_counter()
    function(paths)
    print(time.perf_counter() - began)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
