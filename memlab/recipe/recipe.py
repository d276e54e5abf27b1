"""`Recipe`: one idea, with the plain way to do it, the better ways, and the ways that only look better."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from memlab.recipe.agreement import Agreement, exact
from memlab.recipe.inputs import InputDescription

_Function = TypeVar("_Function", bound=Callable[..., Any])

HEADLINES = ("growth", "retained", "kept")
ROLES = ("baseline", "technique", "pitfall")
SHOWS = ("no_saving", "costs", "retains", "wrong_output")
_LIKE = {"sweep": '{"count": (8, 16, 32)}', "quick": '{"count": 8}'}
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


class RecipeDefinitionError(Exception):
    """A recipe says something that can't be meant; the sentence says what, and of which variant."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One implementation of a recipe's idea.

    Attributes:
        name: the function's name.
        role: `baseline`, `technique` or `pitfall`.
        function: the function itself.
        against: the variant a pitfall is held against; None means the baseline.
        shows: what a pitfall is expected to show, of `SHOWS`.
        because: why, in words.
        promises: the expected ratio and its tolerance, at the default inputs.
        needs: modules this variant can't do without.
    """

    name: str
    role: str
    function: Callable[..., Any]
    against: str | None = None
    shows: tuple[str, ...] = ()
    because: str | None = None
    promises: tuple[float, float] | None = None
    needs: tuple[str, ...] = ()


class Recipe:
    """One idea: a baseline, its techniques and its pitfalls.

    Args:
        inputs: what the variants are given: `photos(...)`, `files(...)`; None gives them an empty list.
        sweep: for each setting of the inputs the sizes at which growth classes are judged, such as
            `{"count": (8, 16, 32)}`.
        quick: settings of the inputs for a short run, such as `{"count": 8}`.
        agree: how outputs are held against the baseline's.
        needs: modules that the whole recipe can't do without, such as `("cv2",)`.
        headline: the figure the recipe is about: `growth`, `retained`, or `kept` (by the allocator).
        budgets: what its variants may need, such as `("stream<64MiB", "stream<0.1×load_all", "stream is constant")`;
            held against what `memlab check` measures.

    Raises:
        RecipeDefinitionError: an argument can't be meant.
    """

    def __init__(
        self,
        *,
        inputs: InputDescription | None = None,
        sweep: Mapping[str, Sequence[int]] | None = None,
        quick: Mapping[str, object] | None = None,
        agree: Agreement = exact,
        needs: Sequence[str] = (),
        headline: str = "growth",
        budgets: Sequence[str] = (),
    ) -> None:
        if inputs is not None and not isinstance(inputs, InputDescription):
            raise RecipeDefinitionError(f"inputs={inputs!r} is not photos(...) or files(...)")
        if headline not in HEADLINES:
            raise RecipeDefinitionError(f"headline={headline!r} is unknown; there are {', '.join(HEADLINES)}")
        if not isinstance(agree, Agreement):
            raise RecipeDefinitionError(f"agree={agree!r} is not a rule of agreement, like memlab.exact")
        self.inputs = inputs
        self.agree = agree
        self.headline = headline
        self.needs = _modules("Recipe", needs)
        self.budgets = _budgets(budgets)
        self.sweep = {name: _sizes(name, sizes) for name, sizes in _mapping("sweep", sweep).items()}
        self.quick = dict(_mapping("quick", quick))
        swept: list[dict[str, object]] = [{name: size} for name, sizes in self.sweep.items() for size in sizes]
        for what, settings in [("sweep", one) for one in swept] + [("quick", self.quick)]:
            if settings and inputs is None:
                raise RecipeDefinitionError(f"{what}= sets inputs, and this recipe has none")
            if inputs is not None:
                try:
                    inputs.with_settings(settings)
                except ValueError as error:
                    raise RecipeDefinitionError(f"{what}=: {error}") from None
        self.variants: dict[str, Variant] = {}
        self.prepare_function: Callable[..., Any] | None = None
        self.warm_up_function: Callable[..., Any] | None = None
        self.output_function: Callable[..., Any] | None = None

    @overload
    def baseline(self, function: _Function) -> _Function: ...
    @overload
    def baseline(self, *, needs: Sequence[str] = ()) -> Callable[[_Function], _Function]: ...
    def baseline(self, function: Any = None, *, needs: Sequence[str] = ()) -> Any:
        """Declare the plain way of doing it. Every recipe has exactly one."""
        return self._declare(function, "baseline", needs=needs)

    @overload
    def technique(self, function: _Function) -> _Function: ...
    @overload
    def technique(
        self, *, promises: tuple[float, float] | None = None, needs: Sequence[str] = ()
    ) -> Callable[[_Function], _Function]: ...
    def technique(
        self,
        function: Any = None,
        *,
        promises: tuple[float, float] | None = None,
        needs: Sequence[str] = (),
    ) -> Any:
        """Declare a better way.

        Args:
            promises: the expected ratio (baseline's figure ÷ this one's) and its tolerance, such as
                `(12.0, 0.6)`; judged at the recipe's default inputs only.
            needs: modules without which this variant is passed over.
        """
        return self._declare(function, "technique", promises=promises, needs=needs)

    @overload
    def pitfall(self, function: _Function) -> _Function: ...
    @overload
    def pitfall(
        self,
        *,
        against: str | None = None,
        shows: str | Sequence[str] = ("no_saving",),
        because: str | None = None,
        needs: Sequence[str] = (),
    ) -> Callable[[_Function], _Function]: ...
    def pitfall(
        self,
        function: Any = None,
        *,
        against: str | None = None,
        shows: str | Sequence[str] = ("no_saving",),
        because: str | None = None,
        needs: Sequence[str] = (),
    ) -> Any:
        """Declare a way that only looks better.

        Args:
            against: the variant it is held against, by name; the baseline unless said.
            shows: one or more of `no_saving` (the ratio stays below 1.1), `costs` (below 0.95), `retains`
                (it keeps what the reference keeps), `wrong_output` (the output must differ).
            because: why, in words that complete "it saves nothing, because …".
            needs: modules without which this variant is passed over.
        """
        return self._declare(function, "pitfall", against=against, shows=shows, because=because, needs=needs)

    def prepare(self, function: _Function) -> _Function:
        """Declare what makes the variants' argument out of the input paths, in the trial but unmeasured."""
        return self._only_one("prepare", function)

    def warm_up(self, function: _Function) -> _Function:
        """Declare what is run instead of the variant on tiny inputs, so that first uses aren't measured."""
        return self._only_one("warm_up", function)

    def output(self, function: _Function) -> _Function:
        """Declare what turns a variant's value into something comparable: arrays, images, numbers, lists."""
        return self._only_one("output", function)

    def check(self) -> None:
        """Say whether the recipe is whole.

        Raises:
            RecipeDefinitionError: there is no baseline, or a pitfall is held against a variant that isn't there.
        """
        if not any(variant.role == "baseline" for variant in self.variants.values()):
            raise RecipeDefinitionError("the recipe has no baseline; mark one function with @recipe.baseline")
        for variant in self.variants.values():
            if variant.against is not None and variant.against not in self.variants:
                raise RecipeDefinitionError(
                    f"{variant.name} is held against {variant.against!r}, and the recipe has no such variant"
                )
            if variant.against == variant.name:
                raise RecipeDefinitionError(f"{variant.name} is held against itself")

    def _declare(self, function: Any, role: str, **said: Any) -> Any:
        if function is None:
            return lambda decorated: self._declare(decorated, role, **said)
        name = getattr(function, "__name__", None)
        if not callable(function) or not isinstance(name, str) or not name:
            raise RecipeDefinitionError(f"@recipe.{role} stands before something that is not a function")
        if not _can_be_saved(name):
            raise RecipeDefinitionError(f"the name {name!r} of a variant is not a text that can be saved")
        if name in self.variants:
            raise RecipeDefinitionError(f"there are two variants called {name!r}")
        if role == "baseline":
            for other in self.variants.values():
                if other.role == "baseline":
                    raise RecipeDefinitionError(f"there are two baselines, {other.name!r} and {name!r}")
        said["needs"] = _modules(name, said.get("needs", ()))
        if role == "pitfall":
            said["shows"] = _shown(name, said["shows"])
        for text in ("against", "because"):
            if not isinstance(said.get(text), str | None):
                raise RecipeDefinitionError(f"{name}: {text}= is a text, not of type {type(said[text]).__name__}")
        if "promises" in said:
            said["promises"] = _promise(name, said["promises"])
        self.variants[name] = Variant(name=name, role=role, function=function, **said)
        return function

    def _only_one(self, what: str, function: _Function) -> _Function:
        if not callable(function):
            raise RecipeDefinitionError(f"@recipe.{what} stands before something that is not a function")
        if getattr(self, f"{what}_function") is not None:
            raise RecipeDefinitionError(f"there are two functions marked @recipe.{what}")
        setattr(self, f"{what}_function", function)
        return function


def _can_be_saved(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _modules(whose: str, needs: object) -> tuple[str, ...]:
    if isinstance(needs, str) or not isinstance(needs, Sequence):
        raise RecipeDefinitionError(f"{whose}: needs={needs!r} is not a list of modules, like needs=('cv2',)")
    for module in needs:
        if not isinstance(module, str) or not _MODULE.fullmatch(module):
            raise RecipeDefinitionError(f"{whose}: needs={module!r} is not the name of a module")
    return tuple(needs)


def _budgets(budgets: object) -> tuple[str, ...]:
    """The texts as they are: reading them is not for a measured process."""
    wrong = RecipeDefinitionError(f"budgets={budgets!r} is not a list of budgets, like budgets=('stream<64MiB',)")
    if isinstance(budgets, str) or not isinstance(budgets, Sequence):
        raise wrong
    if not all(isinstance(budget, str) and _can_be_saved(budget) for budget in budgets):
        raise wrong
    return tuple(budgets)


def _sizes(name: str, sizes: object) -> tuple[int, ...]:
    if not isinstance(sizes, Sequence) or isinstance(sizes, str) or len(sizes) < 2:
        raise RecipeDefinitionError(f"sweep={{{name!r}: {sizes!r}}} needs at least two sizes")
    if any(isinstance(size, bool) or not isinstance(size, int) or size < 1 for size in sizes):
        raise RecipeDefinitionError(f"sweep={{{name!r}: {sizes!r}}} are not whole numbers above 0")
    return tuple(sizes)


def _mapping(what: str, settings: object) -> Mapping[str, Any]:
    if settings is None:
        return {}
    if not isinstance(settings, Mapping):
        raise RecipeDefinitionError(f"{what}={settings!r} does not map names to values, like {what}={_LIKE[what]}")
    return settings


def _shown(name: str, shows: object) -> tuple[str, ...]:
    expected = (shows,) if isinstance(shows, str) else shows
    if not isinstance(expected, Sequence) or not expected:
        raise RecipeDefinitionError(f"{name}: a pitfall shows at least one of {', '.join(SHOWS)}")
    for shown in expected:
        if shown not in SHOWS:
            raise RecipeDefinitionError(f"{name}: shows={shown!r} is unknown; there are {', '.join(SHOWS)}")
    return tuple(expected)


def _promise(name: str, promise: object) -> tuple[float, float] | None:
    if promise is None:
        return None
    wrong = RecipeDefinitionError(
        f"{name}: promises={promise!r} is not an expected ratio and its tolerance, like (12.0, 0.6)"
    )
    if not isinstance(promise, Sequence) or isinstance(promise, str) or len(promise) != 2:
        raise wrong
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in promise):
        raise wrong
    ratio, tolerance = (float(value) for value in promise)
    if not (math.isfinite(ratio) and math.isfinite(tolerance) and ratio > 0 and tolerance >= 0):
        raise wrong
    return ratio, tolerance
