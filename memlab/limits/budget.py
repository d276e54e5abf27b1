"""Budgets: what a variant may need, whatever was accepted.

    budget   = [ recipe, "/" ], variant, ( quantity | class )
    quantity = [ ".", figure | "[", phase, "]" ], ( "<" | "<=" ), limit
    figure   = "growth" | "heap" | "retained" | "kept"        growth unless said
    phase    = any text without "]", or any text in quotes     the phase's own peak, as growth
    limit    = number, unit | number, ( "×" | "*" | "x" ), variant
    class    = "is", ( "constant" | "linear" ), [ "in", setting ]

White space may stand anywhere between these. Of names `-` and `_` are equal.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from memlab.limits.amounts import LARGEST_BYTES, NUMBER, Size, number_text, scan_size
from memlab.limits.fail_on import FIGURES
from memlab.limits.names import normal_name
from memlab.limits.scanner import Scanner

GROWTH_CLASSES = ("constant", "linear")
"""The growth classes that can be asked for; what grows faster is `superlinear`, and always too fast."""
_HINT = (
    "budgets are stream<64MiB, stream.retained<1MiB, stream[decode]<10MiB, stream<0.1×load_all and stream is constant"
)
_WORD = r"[^\W\d]\w*"
_PLAIN_PHASE = re.compile(r"\w(?:[\w .-]*\w)?")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
_DIGITS = {"x": 2, "u": 4, "U": 8}


@dataclass(frozen=True, slots=True)
class Share:
    """So many times what another variant needs of the same figure; of a phase, in its phase of the same name."""

    factor: float
    variant: str

    def limit_bytes(self, other_bytes: int) -> int:
        """The limit, given the other variant's figure; rounded down."""
        return min(math.floor(self.factor * other_bytes), LARGEST_BYTES)

    def __str__(self) -> str:
        return f"{number_text(self.factor)}×{self.variant}"


@dataclass(frozen=True, slots=True)
class GrowthClass:
    """How the figure may grow with the size of the inputs: at most so fast.

    Attributes:
        name: `constant` or `linear`.
        setting: of the recipe's sweep, such as `count`; None means every one of them.
    """

    name: str
    setting: str | None = None

    def __str__(self) -> str:
        return self.name if self.setting is None else f"{self.name} in {self.setting}"


@dataclass(frozen=True, slots=True)
class Budget:
    """One budget.

    Attributes:
        recipe: None where none was named: the budget is one of every recipe that has such a variant.
        variant: its name.
        figure: `growth`, `heap`, `retained` or `kept`; `growth` of a phase, and of a growth class.
        phase: the phase whose own peak is meant; None for the whole run.
        limit: a size, a share of another variant's figure, or a growth class.
        inclusive: `<=`: the limit itself may be reached.
        text: as it was written.
    """

    recipe: str | None
    variant: str
    figure: str
    phase: str | None
    limit: Size | Share | GrowthClass
    inclusive: bool
    text: str = field(compare=False)

    @property
    def variants(self) -> tuple[str, ...]:
        """The variants it names: whose figure it is, and whose share of it, where it is one."""
        return (self.variant, self.limit.variant) if isinstance(self.limit, Share) else (self.variant,)

    def is_of(self, recipe: str) -> bool:
        """Whether the budget can be one of this recipe."""
        return self.recipe is None or self.recipe == normal_name(recipe)

    def allows(self, measured_bytes: int, limit_bytes: int) -> bool:
        """Whether a figure keeps within the limit in bytes."""
        return measured_bytes < limit_bytes or (self.inclusive and measured_bytes == limit_bytes)

    def __str__(self) -> str:
        whose = self.variant if self.recipe is None else f"{self.recipe}/{self.variant}"
        if isinstance(self.limit, GrowthClass):
            return f"{whose} is {self.limit}"
        part = "" if self.figure == "growth" else f".{self.figure}"
        if self.phase is not None:
            part = f"[{self.phase if _PLAIN_PHASE.fullmatch(self.phase) else _quoted(self.phase)}]"
        return f"{whose}{part}{'<=' if self.inclusive else '<'}{self.limit}"


def parse_budget(text: str, *, name: str = "--budget") -> Budget:
    """Read a budget.

    Args:
        name: what errors call it, such as `tool.memlab.budgets.generators in pyproject.toml`.

    Raises:
        UsageError: with what was expected, and in its detail where.
    """
    scanner = Scanner(text, name=name, hint=_HINT)
    recipe, variant = None, _name(scanner, "the name of a variant")
    if scanner.take("/") is not None:
        recipe, variant = variant, _name(scanner, "the name of a variant")
    figure, phase = "growth", None
    named = False
    if scanner.take(r"\.") is not None:
        figure, named = _figure(scanner), True
    elif scanner.take(r"\[") is not None:
        phase, named = _phase(scanner), True
    sign = scanner.take("<=?")
    limit: Size | Share | GrowthClass
    if sign is not None:
        limit = _limit(scanner)
    elif not named and scanner.take(r"is\b") is not None:
        limit = _growth_class(scanner)
    else:
        raise scanner.expected("the sign < or <=" if named else "<, <=, is, a figure like .retained, or a [phase]")
    if not scanner.at_end():
        raise scanner.expected(_end_after(scanner, limit))
    return Budget(recipe, variant, figure, phase, limit, sign == "<=", text)


def _end_after(scanner: Scanner, limit: Size | Share | GrowthClass) -> str:
    if isinstance(limit, GrowthClass) and limit.setting is None:
        return "in and a setting like count, or the end"
    if isinstance(limit, Share) and scanner.text[scanner.position] in ".[":
        return "the end (both sides are of the figure on the left)"
    return "the end"


def _name(scanner: Scanner, what: str) -> str:
    scanner.skip_spaces()
    start = end = scanner.position
    while end < len(scanner.text) and (scanner.text[end] == "-" or f"a{scanner.text[end]}".isidentifier()):
        end += 1
    name = normal_name(scanner.text[start:end])
    if not name.isidentifier():
        raise scanner.expected(what, start)
    scanner.position = end
    return name


def _figure(scanner: Scanner) -> str:
    word = scanner.take(_WORD)
    if word not in FIGURES:
        position = None if word is None else scanner.position - len(word)
        raise scanner.expected(f"a figure ({', '.join(FIGURES[:-1])} or {FIGURES[-1]})", position)
    return word


def _limit(scanner: Scanner) -> Size | Share:
    scanner.skip_spaces()
    start = scanner.position
    number = scanner.take(NUMBER)
    if number is None:
        raise scanner.expected("a size like 64MiB, or a share like 0.1×load_all")
    if scanner.take("[×*xX]") is None:
        return scan_size(scanner, number, start, units="KiB, MiB, GiB, kB, MB, GB or B, or × and a variant")
    if float(number) > 1e100:
        raise scanner.expected("a smaller share", start)
    return Share(float(number), _name(scanner, "the name of a variant"))


def _growth_class(scanner: Scanner) -> GrowthClass:
    word = scanner.take(_WORD)
    if word not in GROWTH_CLASSES:
        raise scanner.expected("constant or linear", None if word is None else scanner.position - len(word))
    if scanner.take(r"in\b") is None:
        return GrowthClass(word)
    return GrowthClass(word, _name(scanner, "a setting like count"))


def _phase(scanner: Scanner) -> str:
    """The phase, up to and with the bracket behind it."""
    scanner.skip_spaces()
    start = scanner.position
    quote = scanner.take("[\"']")
    if quote is None:
        phase = (scanner.take(r"[^\]]*") or "").strip()
    else:
        phase = _in_quotes(scanner, quote)
    if not phase.strip():
        raise scanner.expected("the name of a phase", start)
    if scanner.take(r"\]") is None:
        raise scanner.expected("the bracket ]")
    return phase


def _in_quotes(scanner: Scanner, quote: str) -> str:
    text, place = scanner.text, scanner.position
    found: list[str] = []
    while place < len(text) and text[place] != quote:
        if text[place] != "\\":
            found.append(text[place])
            place += 1
            continue
        letter = text[place + 1 : place + 2]
        if letter in _DIGITS:
            digits = text[place + 2 : place + 2 + _DIGITS[letter]]
            found.append(_character(scanner, digits, _DIGITS[letter], place))
            place += 2 + _DIGITS[letter]
        elif letter in _ESCAPES:
            found.append(_ESCAPES[letter])
            place += 2
        else:
            raise scanner.expected('an escape like \\" or \\\\', place)
    if place == len(text):
        raise scanner.expected(f"the quote {quote}", place)
    scanner.position = place + 1
    return "".join(found)


def _character(scanner: Scanner, digits: str, many: int, place: int) -> str:
    if re.fullmatch(rf"[0-9A-Fa-f]{{{many}}}", digits):
        code = int(digits, 16)
        if code < 0x110000 and not 0xD800 <= code < 0xE000:
            return chr(code)
    raise scanner.expected(f"a character's code in {many} hexadecimal digits", place)


def _quoted(phase: str) -> str:
    known = {value: f"\\{letter}" for letter, value in _ESCAPES.items() if value != "'"}
    characters = []
    for character in phase:
        if character in known:
            characters.append(known[character])
        elif character.isprintable():
            characters.append(character)
        else:
            code = ord(character)
            characters.append(f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return f'"{"".join(characters)}"'
