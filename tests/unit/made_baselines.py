"""Accepted figures made by hand."""

from __future__ import annotations

from typing import Any

import msgspec

from memlab.model.baseline import AcceptedRecipe, AcceptedVariant, Baseline, BaselineSection, Conditions, Identity

MIB = 1 << 20

IDENTITY = Identity(
    python="CPython 3.11",
    platform="linux x86_64",
    libc="glibc 2.36",
    allocator="glibc 2.36",
    settings={},
    libraries={"PIL": "11.0.0", "numpy": "2.1.3"},
)
CONDITIONS = Conditions(
    kernel="6.1.0",
    cpus=2,
    transparent_hugepages="madvise",
    memory_limit_bytes=None,
    resolution_bytes=248 << 10,
)
STREAM = AcceptedVariant(
    role="technique",
    growth_bytes=13_021_184,
    retained_bytes=-40_960,
    kept_bytes=204_800,
    heap_bytes=12_992_000,
    output="sha256:2c26b46b68ffc68f",
    growth_classes={"count": "constant"},
    lines={"recipes/generators.py read: return cv2.imread(path)": 12_960_000},
)
LOAD_ALL = AcceptedVariant(role="baseline", growth_bytes=77 * MIB, retained_bytes=0)
GENERATORS = AcceptedRecipe(
    inputs="24 photos of 1200×900, jpeg, quality 90",
    headline="growth",
    libraries=dict(IDENTITY.libraries),
    conditions=CONDITIONS,
    variants={"stream": STREAM, "load_all": LOAD_ALL},
)


def changed(struct: Any, **fields: Any) -> Any:
    """The same with some of its fields set anew."""
    return msgspec.structs.replace(struct, **fields)


def section(**fields: Any) -> BaselineSection:
    """A section of `IDENTITY` with one recipe, unless said."""
    known: dict[str, Any] = {
        "python": IDENTITY.python,
        "platform": IDENTITY.platform,
        "libc": IDENTITY.libc,
        "allocator": IDENTITY.allocator,
        "settings": IDENTITY.settings,
        "recipes": {"generators": GENERATORS},
    }
    return BaselineSection(**known | fields)


BASELINE = Baseline((section(),))
