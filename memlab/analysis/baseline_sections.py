"""The sections of a baseline file: found, put together anew, and shortened. Nothing given is changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from memlab.analysis.identity import identity_differences
from memlab.model.baseline import AcceptedRecipe, Baseline, BaselineSection, Identity


def find_section(baseline: Baseline, identity: Identity) -> BaselineSection | None:
    """The section made under this identity (libraries apart: those are each recipe's own); None without one."""
    return next((section for section in baseline.sections if not identity_differences(section, identity)), None)


def closest_section(baseline: Baseline, identity: Identity) -> BaselineSection | None:
    """The section that differs in the fewest things, the first of several; None of an empty file."""
    return min(baseline.sections, key=lambda section: len(identity_differences(section, identity)), default=None)


def merge(baseline: Baseline | None, identity: Identity, recipes: Mapping[str, AcceptedRecipe]) -> Baseline:
    """The file with these recipes accepted in the section of this identity; all else in it as it was.

    Args:
        baseline: the file so far, or None where there is none yet.
        recipes: by name; each takes the place of what was accepted of it, with all its variants.
    """
    old = None if baseline is None else find_section(baseline, identity)
    section = BaselineSection(
        python=identity.python,
        platform=identity.platform,
        libc=identity.libc,
        allocator=identity.allocator,
        settings=dict(identity.settings),
        recipes={} if old is None else dict(old.recipes),
    )
    section.recipes.update(recipes)
    others = () if baseline is None else (one for one in baseline.sections if one is not old)
    return _with(*others, section)


def remove(baseline: Baseline, recipes: Collection[str], identity: Identity | None = None) -> Baseline:
    """The file without these recipes; sections that are left empty go as well.

    Args:
        identity: only in the section of this one; in all of them unless said, as what is no longer in the project
            is in none of its environments.
    """
    chosen = None if identity is None else find_section(baseline, identity)
    sections = []
    for section in baseline.sections:
        if identity is None or section is chosen:
            kept = {name: accepted for name, accepted in section.recipes.items() if name not in recipes}
            section = msgspec.structs.replace(section, recipes=kept)
        sections.append(section)
    return _with(*sections)


def _with(*sections: BaselineSection) -> Baseline:
    return Baseline(tuple(section for section in sections if section.recipes))
