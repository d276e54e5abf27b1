"""From the name a user types to a recipe's description, which a process of its own gives."""

from __future__ import annotations

import signal

from memlab import catalogue, libraries
from memlab.errors import RecipeError
from memlab.model.description import RecipeDescription, RecipeReference
from memlab.model.run import SkippedVariant
from memlab.model.trial import Outcome
from memlab.runner.executor import Executor, ProcessExecutor
from memlab.units import format_seconds

_TIMEOUT_SECONDS = 60.0
_MOST_OUTPUT = 2000


def describe(name: str) -> RecipeDescription:
    """Describe a recipe by its name or path.

    Raises:
        UsageError: there is no such recipe.
        RecipeError: it can't be described, or a library it needs is missing.
    """
    reference = catalogue.resolve(name)
    require_libraries(reference)
    with ProcessExecutor() as executor:
        return describe_with(executor, reference)


def require_libraries(reference: RecipeReference) -> tuple[SkippedVariant, ...]:
    """Look, before anything runs, whether what the recipe needs is there; the source says what that is.

    Returns:
        the variants that can't be measured because a module of their own is missing.

    Raises:
        RecipeError: what the whole recipe, or its baseline, needs is missing; the sentence says what to install.
    """
    needs, of_variants = catalogue.needs_from_source(reference)
    for module in libraries.missing(needs):
        raise RecipeError(f"{reference.name} can't run: {libraries.install_sentence(module)}")
    return tuple(
        SkippedVariant(variant, module, f"{variant} is passed over: {libraries.install_sentence(module)}")
        for variant, modules in of_variants.items()
        for module in libraries.missing(modules)[:1]
    )


def describe_with(
    executor: Executor, reference: RecipeReference, timeout_seconds: float = _TIMEOUT_SECONDS
) -> RecipeDescription:
    """Have the recipe imported and described in a process of its own.

    Raises:
        RecipeError: it raised, ended, crashed or did not end while it was imported.
    """
    spec = catalogue.describe_spec(reference, folder="")
    timeout_seconds = min(timeout_seconds, _TIMEOUT_SECONDS)
    outcome, reply = executor.describe(spec, timeout_seconds=timeout_seconds)
    if reply is None:
        raise RecipeError(
            f"{reference.name} can't be described: {how_it_ended('importing it', outcome, timeout_seconds)}",
            hint="a recipe's module only defines functions; what takes long or ends the process belongs into them",
            detail=outcome.output_tail[-_MOST_OUTPUT:].strip() or None,
        )
    return catalogue.read_description(reply, reference)


def how_it_ended(doing: str, outcome: Outcome, timeout_seconds: float) -> str:
    """Why a process gave no reply, in words.

    Args:
        doing: what it was there for, like `importing it`.
    """
    if outcome.ending == "timed_out":
        return f"{doing} had not ended after {format_seconds(timeout_seconds)}"
    if outcome.ending == "signalled":
        try:
            name = signal.Signals(outcome.signal or 0).name
        except ValueError:
            name = f"signal {outcome.signal}"
        return f"{doing} crashed with {name}"
    if outcome.ending in ("not_started", "lost"):
        return outcome.message or "its process could not be started"
    return f"{doing} ended the process with exit code {outcome.exit_code}"
