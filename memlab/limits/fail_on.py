"""When a figure has regressed: `growth>5% and >2MiB or heap>1MiB`.

    rule      = clause, { "or", clause }
    clause    = condition, { "and", condition }
    condition = [ figure ], ">", amount          a figure that is left out is the one before
    figure    = "growth" | "heap" | "retained" | "kept"
    amount    = number, ( "%" | unit )           a percentage is one of the accepted figure

White space may stand anywhere between these, and words may be of any case.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from memlab.limits.amounts import Percent, Size, scan_amount
from memlab.limits.scanner import Scanner

FIGURES = ("growth", "heap", "retained", "kept")
_HINT = "such a rule is growth>5% and >2MiB, or several of them joined by or"


@dataclass(frozen=True, slots=True)
class Condition:
    """A figure is larger than the accepted one by more than an amount."""

    figure: str
    amount: Size | Percent

    def threshold_bytes(self, accepted_bytes: int) -> int:
        """An increase above this meets the condition."""
        return self.amount.threshold_bytes(accepted_bytes)

    def __str__(self) -> str:
        return f"{self.figure}>{self.amount}"


@dataclass(frozen=True, slots=True)
class Clause:
    """Conditions that are met together."""

    conditions: tuple[Condition, ...]

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures it names, each once, in their order."""
        return tuple(dict.fromkeys(condition.figure for condition in self.conditions))

    def threshold_bytes(self, figure: str, accepted_bytes: int) -> int | None:
        """An increase of the figure above this meets all of the clause's conditions on it; None without any."""
        return max(
            (one.threshold_bytes(accepted_bytes) for one in self.conditions if one.figure == figure), default=None
        )

    def __str__(self) -> str:
        words = [str(self.conditions[0])]
        for before, one in pairwise(self.conditions):
            words.append(f">{one.amount}" if one.figure == before.figure else str(one))
        return " and ".join(words)


@dataclass(frozen=True, slots=True)
class FailOn:
    """Clauses of which one is enough.

    Attributes:
        text: as it was written.
    """

    clauses: tuple[Clause, ...]
    text: str = field(compare=False)

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures it names, each once, in their order."""
        return tuple(dict.fromkeys(figure for clause in self.clauses for figure in clause.figures))

    def threshold_bytes(self, figure: str, accepted_bytes: int) -> int | None:
        """The least increase of the figure that can matter; None where no clause names it.

        Where a clause names other figures too, an increase above this is not yet enough: the clause's own thresholds
        say more.
        """
        thresholds = (clause.threshold_bytes(figure, accepted_bytes) for clause in self.clauses)
        return min((one for one in thresholds if one is not None), default=None)

    def __str__(self) -> str:
        return " or ".join(str(clause) for clause in self.clauses)


def parse_fail_on(text: str, *, name: str = "--fail-on") -> FailOn:
    """Read the rule by which a figure has regressed.

    Args:
        name: what errors call it, such as `tool.memlab.fail-on in pyproject.toml`.

    Raises:
        UsageError: with what was expected, and in its detail where.
    """
    scanner = Scanner(text, name=name, hint=_HINT)
    clauses: list[Clause] = []
    conditions: list[Condition] = []
    figure: str | None = None
    while True:
        figure = _figure(scanner, figure)
        conditions.append(Condition(figure, scan_amount(scanner)))
        if scanner.at_end():
            return FailOn((*clauses, Clause(tuple(conditions))), text)
        word = scanner.take(r"[^\W\d]\w*") or ""
        if word.lower() == "or":
            clauses.append(Clause(tuple(conditions)))
            conditions = []
        elif word.lower() != "and":
            raise scanner.expected("and, or, or the end", scanner.position - len(word))


def _figure(scanner: Scanner, before: str | None) -> str:
    """The figure of a condition, up to and with its sign."""
    figures = f"{', '.join(FIGURES[:-1])} or {FIGURES[-1]}"
    word = scanner.take(r"[^\W\d]\w*")
    if word is not None and word.lower() not in FIGURES:
        raise scanner.expected(f"a figure ({figures})", scanner.position - len(word))
    figure = before if word is None else word.lower()
    if figure is None:
        raise scanner.expected(f"a figure ({figures})")
    if scanner.take(">") is None:
        raise scanner.expected("a figure or the sign >" if word is None else "the sign >")
    return figure


DEFAULT_FAIL_ON = parse_fail_on("growth>5% and >2MiB")
