"""What the variants were given, in one line of words: figures of other inputs are no baseline."""

from __future__ import annotations

import json
import os
from typing import Any

from memlab.model.run import Inputs
from memlab.recipe.inputs import Photos, from_dict

_WITH_QUALITY = ("jpeg", "webp")


def inputs_line(inputs: Inputs) -> str:
    """The inputs in words; descriptions of different pictures give different lines.

    What memlab generates is known by its description. Files of somebody's own are not: their number and their bytes
    stand with it, and no path, which would be another on the next machine.

    >>> inputs_line(Inputs({"kind": "photos", "count": 2, "width": 640, "height": 480}, True, ()))
    '2 photos of 640×480, jpeg, quality 90'
    """
    description = inputs.description
    if description is None:
        return "no inputs"
    kind = description.get("kind")
    if kind == "photos":
        return _photos(from_dict(description))
    what = f"{_many(len(inputs.files), 'file')} of {sum(file.size_bytes for file in inputs.files)} bytes"
    if kind == "files":
        return f"{what} ({', '.join(_pattern(pattern) for pattern in description.get('patterns', ()))})"
    if kind == "folder":
        return f"{what} in a folder"
    return f"{what}, {json.dumps(description, sort_keys=True, ensure_ascii=False)}"


def _photos(description: Any) -> str:
    assert isinstance(description, Photos)
    words = [f"{_many(description.count, 'photo')} of {description.width}×{description.height}"]
    words.append(f"progressive {description.format}" if description.progressive else description.format)
    if description.format in _WITH_QUALITY:
        words.append(f"quality {description.quality}")
    if description.seed:
        words.append(f"seed {description.seed}")
    return ", ".join(words)


def _pattern(pattern: object) -> str:
    text = str(pattern)
    return os.path.basename(text) if os.path.isabs(text) else text


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
