"""memlab: how much memory does this image code need, compared with that code, and why?

The names below are imported when they are first used, so that `import memlab` costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memlab.errors import MemlabError as MemlabError
    from memlab.integrations.python.calls import compare as compare
    from memlab.integrations.python.calls import load as load
    from memlab.integrations.python.calls import measure as measure
    from memlab.recipe.agreement import exact as exact
    from memlab.recipe.agreement import psnr as psnr
    from memlab.recipe.inputs import files as files
    from memlab.recipe.inputs import photos as photos
    from memlab.recipe.phases import phase as phase
    from memlab.recipe.recipe import Recipe as Recipe

__version__ = "0.1.0"

_HOMES = {
    "MemlabError": "memlab.errors",
    "Recipe": "memlab.recipe.recipe",
    "compare": "memlab.integrations.python.calls",
    "exact": "memlab.recipe.agreement",
    "files": "memlab.recipe.inputs",
    "load": "memlab.integrations.python.calls",
    "measure": "memlab.integrations.python.calls",
    "phase": "memlab.recipe.phases",
    "photos": "memlab.recipe.inputs",
    "psnr": "memlab.recipe.agreement",
}
__all__ = [
    "MemlabError",
    "Recipe",
    "__version__",
    "compare",
    "exact",
    "files",
    "load",
    "measure",
    "phase",
    "photos",
    "psnr",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'memlab' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(_HOMES))
