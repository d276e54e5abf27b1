"""Names of recipes and variants as they are written in limits and settings."""

from __future__ import annotations

import unicodedata


def normal_name(name: str) -> str:
    """The name as Python would call it: `-` is `_`, and letters are composed as in identifiers (NFKC).

    >>> normal_name("top-k")
    'top_k'
    """
    return unicodedata.normalize("NFKC", name.replace("-", "_"))
