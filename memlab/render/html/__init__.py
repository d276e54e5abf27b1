"""Reports as one HTML page that asks for nothing: no request, readable with scripts off, offline, in print.

jinja2, and what draws the charts, are imported when the first page is made.
"""

from __future__ import annotations

from collections.abc import Sequence

from memlab.model.shown import Shown


def render_page(shown: Sequence[Shown]) -> bytes:
    """The page as the bytes of a file, in UTF-8. What is the same gives the same bytes.

    Args:
        shown: one recipe; or several, each a section below a table of contents.
    """
    from memlab.render.html.page import page

    return page(shown).encode("utf-8")
