"""Work put off until after the measurement: a generator not run yet, a picture opened and not decoded.

Whoever looks at such an output does the work, and the variant that returns it would seem to need nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from memlab.child.outputs import IncomparableOutputError

_MOST_VALUES = 10_000


def undecoded_pictures(value: Any) -> list[Any]:
    """The pictures of Pillow's in a variant's value that are opened and not decoded.

    Args:
        value: as the variant returned it, or a list, tuple or dict of such values, of which the first 10,000 are looked
            at.

    Raises:
        IncomparableOutputError: it is, or holds, a generator or another iterator.
    """
    pillow = sys.modules.get("PIL.Image")
    found, looked_at, waiting = [], 0, [value]
    while waiting and looked_at < _MOST_VALUES:
        one = waiting.pop()
        looked_at += 1
        if isinstance(one, list | tuple):
            waiting.extend(one[:_MOST_VALUES])
        elif isinstance(one, dict):
            waiting.extend(list(one.values())[:_MOST_VALUES])
        elif isinstance(one, Iterator):
            raise IncomparableOutputError(
                f"it returns a {type(one).__name__}, whose work would be done after the measurement; go through it in "
                "the variant, and return what comes of it"
            )
        elif pillow is not None and isinstance(one, pillow.Image) and not _is_decoded(one):
            found.append(one)
    return found


def refuse_decoded(pictures: list[Any]) -> None:
    """Refuse an output for which pictures had to be decoded that the variant had only opened.

    Raises:
        IncomparableOutputError: one of them has been.
    """
    if any(_is_decoded(picture) for picture in pictures):
        raise IncomparableOutputError(
            "it returns a picture that is only opened, and was decoded after the measurement, to be compared; call its "
            "load() in the variant, or return what you need of it"
        )


def _is_decoded(picture: Any) -> bool:
    # `im` until Pillow 11.0, `_im` since: None until the pixels are there.
    values = vars(picture)
    return values.get("_im", values.get("im")) is not None
