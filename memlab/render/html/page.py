"""The page: its parts put together, what it may do, and how anything becomes text of it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from memlab.model.shown import Shown
from memlab.printable import printable
from memlab.render import words
from memlab.render.html.colours import declarations
from memlab.render.html.recipe import RecipePart, recipe_part
from memlab.render.html.script import page_script
from memlab.render.signs import UNICODE

_LONGEST_PREFIX = 40
_NO_LETTER = re.compile(r"[^a-z0-9]+")


def page(shown: Sequence[Shown]) -> str:
    """The whole document.

    Raises:
        ValueError: there is nothing to show.
    """
    if not shown:
        raise ValueError("a page needs at least one report")
    script = page_script()
    parts = _parts(shown)
    template = _environment().get_template("page.html")
    return template.render(
        title=_title(parts),
        policy=_policy(script),
        light=declarations("light"),
        dark=declarations("dark"),
        style=files("memlab.render.html").joinpath("templates/page.css").read_text("utf-8"),
        script=script,
        parts=parts,
        versions=sorted({one.report.memlab_version for one in shown}),
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("memlab.render.html", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    # Keys are sorted by jinja2 itself; without spaces the data take a tenth less room.
    environment.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":")}
    return environment


def _shown(value: Any) -> Any:
    """Every text that comes into the page, made printable: whatever a template forgets, this doesn't."""
    return printable(value, None) if type(value) is str else value


def _parts(shown: Sequence[Shown]) -> list[RecipePart]:
    prefixes: list[str] = []
    labels: list[str] = []
    for one in shown:
        # No hyphen in it: what follows the first hyphen of an id is the recipe's own.
        prefix = _NO_LETTER.sub("_", one.report.recipe[:_LONGEST_PREFIX].lower()).strip("_") or "recipe"
        # Ids of the page's own begin so.
        prefixes.append(_unlike(f"r_{prefix}" if prefix[0].isdigit() or prefix == "page" else prefix, prefixes, "_"))
        labels.append(_unlike(words.shown_name(one.report.recipe, UNICODE), labels, " "))
    return [recipe_part(*one) for one in zip(shown, prefixes, labels, strict=True)]


def _unlike(name: str, others: Sequence[str], between: str) -> str:
    """The name, with a number where there is one like it already."""
    number, unlike = 1, name
    while unlike in others:
        number += 1
        unlike = f"{name}{between}{number}"
    return unlike


def _title(parts: Sequence[RecipePart]) -> str:
    if len(parts) == 1:
        return f"{parts[0].sentence} · memlab"
    return f"{len(parts)} recipes compared · memlab"


def _policy(script: str) -> str:
    """What the page may do: show pictures that it holds itself, and run its own script and no other."""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
