"""What a recipe says of itself, as `python -m memlab.child` describes it: nothing of it is code any more."""

from __future__ import annotations

from typing import Any

import msgspec


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a variant stands: file, first line (from 1) and text."""

    file: str
    line: int
    text: str


class VariantDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One variant; see `memlab.recipe.Variant` for the words."""

    name: str
    role: str
    doc: str
    source: Source | None
    against: str | None = None
    shows: tuple[str, ...] = ()
    because: str | None = None
    promises: tuple[float, float] | None = None
    needs: tuple[str, ...] = ()


class RecipeReference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a recipe comes from.

    Attributes:
        module: a module's dotted name, or
        path: the absolute path of a file, or
        functions: the absolute path of a folder that holds functions and their arguments on their way to the trials, as
            cloudpickle writes them; it is gone when the run has ended.
    """

    name: str
    module: str | None = None
    path: str | None = None
    functions: str | None = None


class RecipeDescription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One recipe, whole.

    Attributes:
        doc: the module's docstring.
        budgets: what its variants may need, each a text that `memlab.limits` can read.
        inputs: the description of the inputs (`memlab.recipe.inputs.from_dict` reads it), or None.
        variants: in the order of their declaration; exactly one is the baseline.
    """

    reference: RecipeReference
    doc: str
    file: str
    headline: str
    agree: dict[str, Any]
    needs: tuple[str, ...]
    inputs: dict[str, Any] | None
    sweep: dict[str, tuple[int, ...]]
    quick: dict[str, Any]
    variants: tuple[VariantDescription, ...]
    budgets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if sum(variant.role == "baseline" for variant in self.variants) != 1:
            raise ValueError("a recipe has exactly one baseline")

    @property
    def name(self) -> str:
        """The recipe's name: its module's stem."""
        return self.reference.name

    @property
    def baseline(self) -> VariantDescription:
        """The variant all others are compared with."""
        return next(variant for variant in self.variants if variant.role == "baseline")

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return self.doc.strip().partition("\n")[0].strip()
