"""`python -m memlab`: the same as the command `memlab`."""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # Python puts the current folder first on the path; a `rich` or `click.py` that lies there is not the library.
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", os.getcwd()):
        del sys.path[0]
    from memlab.cli import main

    sys.exit(main())
