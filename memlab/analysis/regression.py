"""Figures against accepted ones: what moved, and what that means.

Each figure by itself is `up` when even the lower end of where its median lies (`median_interval`) is above the
accepted one by more than the tolerance, `down` when the upper end is below it by more, `unclear` while the upper limit
lies inside, else `no`. So one trial in two that needs twice as much is not passed over. But of growth that scattered
when it was accepted, as with threads, and of what is retained beside another headline, as it hangs on where an
allocator's arenas happen to end, only the median counts: while it keeps within the limit they are `no`.

Growth has two meters: the kernel's mark, which says what the machine had to give, and memray's heap peak, which says
what the process asked for. `beyond` means: by more than the rule's floor for growth.

| growth  | heap              | verdict                                                                             |
|---------|-------------------|-------------------------------------------------------------------------------------|
| up      | up                | regressed, for certain; of trials that scatter more than the counters, once six say |
|         |                   | so                                                                                  |
| up      | no, down, unknown | regressed, once six trials say so: it lies outside the heap (other processes, pages |
|         |                   | of files, mappings, memory that is freed and kept, a library's threads)             |
| up      | no, down          | inconclusive under other conditions: the machine may do that, the code asks for no  |
|         |                   | more. Not where other processes have a part, which memray doesn't see               |
| up      | unknown           | inconclusive where growth is read by another meter than it was                      |
| unclear | up, beyond        | regressed where the trials scatter no more than the counters: what was asked for    |
|         |                   | decides                                                                             |
| unclear | else              | more trials; when there are enough, inconclusive                                    |
| no      | up, beyond        | regressed where growth is coarser than the rule and can have missed so much (and    |
|         |                   | the trials scatter no more than the counters); else ok, with the remark that more   |
|         |                   | is asked for and not touched, or not at the time of the peak                        |
| no      | else              | ok; improved where the heap is down, beyond                                         |
| down    | up, beyond        | as for `no` where growth can have missed so much; else ok, with the remark          |
| down    | no                | improved; under other conditions ok, as the machine may do that                     |
| down    | else              | improved                                                                            |

Why so: whoever checks memory wants to know what the machine must have, so the mark comes first; pages of files and
kept memory count. But the mark is approximate and belongs to the machine, and a check that cries when a machine has
changed is soon removed; so the exact meter decides where the mark can't, and where both the machine and the mark
changed while the exact meter didn't, nobody can tell. What is asked for and never touched costs nothing: no failure.
A variant whose threads meet in two ways has two levels, of the heap too; so what one meter alone says is confirmed
by six trials, and by a second one of memray's.

What is retained is judged as well, of every recipe (a leak is a regression), and what the allocator keeps where the
recipe is about that; both are confirmed in the same way. Where the rule names a figure itself, that alone judges it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from memlab.analysis.observed import Observed
from memlab.analysis.tolerance import (
    Rules,
    Tolerance,
    accepted_figure,
    another_meter,
    enumeration,
    heap_noise_bytes,
    tolerance_of,
)
from memlab.limits import Clause
from memlab.model.baseline import AcceptedVariant
from memlab.model.check import FigureCheck
from memlab.units import format_bytes

CONFIRMING_TRIALS = 6
"""Where a variant has two levels, as likely as each other, as many trials all show the upper one in 1 of 64 checks."""
_CONFIRMING_HEAPS = 2
_ORDER = ("regressed", "unclear", "inconclusive", "ok")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the figures of a variant say.

    Attributes:
        verdict: `regressed`, `inconclusive`, `improved` or `ok`.
        causes: the figures that the verdict rests on; none of `ok`.
        why: in words, what more there is to say of them; may be empty.
        wants_trials: more trials may settle it.
    """

    verdict: str
    figures: tuple[FigureCheck, ...]
    causes: tuple[str, ...] = ()
    why: str = ""
    wants_trials: bool = False


@dataclass(frozen=True, slots=True)
class _State:
    """What a figure, or a clause of the rule, comes to: one of `_ORDER`, by which figures, and why."""

    verdict: str
    causes: tuple[str, ...] = ()
    why: str = ""


_OK = _State("ok")


def judge(observed: Observed, accepted: AcceptedVariant, rules: Rules) -> Judgement:
    """Hold a variant's figures against the accepted ones; see the module's docstring for the rules."""
    figures = tuple(_figure_checks(observed, accepted, rules))
    states = [_clause_state(clause, observed, accepted, rules) for clause in rules.fail_on.clauses]
    # Of what the rule doesn't name, and the recipe isn't about, what the allocator keeps has no tolerance.
    beside = [figure for figure in ("retained", "kept") if figure not in rules.fail_on.figures]
    states += [_plain_state(figure, observed, accepted, rules) for figure in beside]
    verdict = min((state.verdict for state in states), key=_ORDER.index, default="ok")
    found = [state for state in states if state.verdict == verdict]
    causes = tuple(dict.fromkeys(cause for state in found for cause in state.causes))
    why = "; ".join(dict.fromkeys(state.why for state in found if state.why))
    if verdict == "unclear":
        return Judgement("inconclusive", figures, causes, why, wants_trials=rules.trials_left)
    if verdict == "ok":
        better = _improvements(figures, observed, accepted, rules)
        if better:
            return Judgement("improved", figures, better)
    return Judgement(verdict, figures, causes, why)


def moved(interval: tuple[int, int], accepted_bytes: int, tolerance_bytes: int) -> str:
    """`up`, `down`, `no` or `unclear`, by where the median lies.

    Whether a figure is down or not fails nothing: where only that is unclear, it is `no`.
    """
    low, high = interval
    if low > accepted_bytes + tolerance_bytes:
        return "up"
    if high > accepted_bytes + tolerance_bytes:
        return "unclear"
    return "down" if high < accepted_bytes - tolerance_bytes else "no"


def _figure_checks(observed: Observed, accepted: AcceptedVariant, rules: Rules) -> Iterator[FigureCheck]:
    """The figures that both sides know, the headline's first."""
    for name in sorted(("growth", "heap", "retained", "kept"), key=lambda figure: figure != rules.headline):
        interval, known = observed.interval(name), accepted_figure(accepted, name)
        tolerance, measured = tolerance_of(name, accepted, rules, observed), observed.figure(name)
        if interval is None or known is None or tolerance is None or measured is None:
            continue
        values = observed.values.get(name, (measured,))
        yield FigureCheck(
            figure=name,
            accepted_bytes=known,
            measured_bytes=measured,
            low_bytes=min(values),
            high_bytes=max(values),
            tolerance_bytes=tolerance.size_bytes,
            tolerance_reason=tolerance.reason,
            moved=_move(name, observed, accepted, rules, tolerance),
        )


def _clause_state(clause: Clause, observed: Observed, accepted: AcceptedVariant, rules: Rules) -> _State:
    """A clause fails when all of its figures do: the one that is furthest from it decides."""
    states = [
        _growth_state(observed, accepted, rules, clause)
        if figure == "growth" and "heap" not in clause.figures
        else _plain_state(figure, observed, accepted, rules, clause)
        for figure in clause.figures
    ]
    verdict = max((state.verdict for state in states), key=_ORDER.index)
    if verdict == "regressed":
        causes = tuple(dict.fromkeys(cause for state in states for cause in state.causes))
        return _State(verdict, causes, "; ".join(state.why for state in states if state.why))
    return next(state for state in states if state.verdict == verdict)


def _plain_state(
    figure: str, observed: Observed, accepted: AcceptedVariant, rules: Rules, clause: Clause | None = None
) -> _State:
    """One figure by its own tolerance alone."""
    known, tolerance = accepted_figure(accepted, figure), tolerance_of(figure, accepted, rules, observed, clause)
    if observed.figure(figure) is None or known is None or tolerance is None:
        return _OK
    move = _move(figure, observed, accepted, rules, tolerance)
    if move == "up":
        return _State("regressed", (figure,)) if figure == "heap" else _confirmed(figure, observed, rules, "")
    if move == "unclear":
        return _State("unclear", (figure,), _between(figure, observed, known, tolerance))
    return _OK


def _growth_state(observed: Observed, accepted: AcceptedVariant, rules: Rules, clause: Clause) -> _State:
    """Growth and heap together: the table of the module's docstring."""
    measured, tolerance = observed.figure("growth"), tolerance_of("growth", accepted, rules, observed, clause)
    if measured is None or tolerance is None:
        return _OK
    move = _move("growth", observed, accepted, rules, tolerance)
    heap = _heap_move(observed, accepted)
    increase = (observed.interval("heap") or (0, 0))[0] - (accepted.heap_bytes or 0)
    if move == "up" and heap == "up":
        why = f"its heap peak says the same: {format_bytes(increase)} more"
        # What scatters now may have scattered then, and have met a low level of both.
        return _State("regressed", ("growth",), why) if observed.steady else _confirmed("growth", observed, rules, why)
    if move == "up":
        return _growth_alone(observed, rules, heap)
    beyond = heap == "up" and increase > tolerance.floor_bytes
    if move == "unclear":
        if beyond and observed.steady:
            return _confirmed("growth", observed, rules, f"its heap peak decides: {format_bytes(increase)} more")
        return _State("unclear", ("growth",), _between("growth", observed, accepted.growth_bytes, tolerance))
    if not beyond:
        return _OK
    if tolerance.coarse and observed.steady and increase <= measured - accepted.growth_bytes + tolerance.size_bytes:
        size = format_bytes(tolerance.size_bytes)
        why = f"the heap decides, as growth is told only to {size} here ({tolerance.reason})"
        return _confirmed("heap", observed, rules, why)
    why = (
        f"it asks for {format_bytes(increase)} more heap, which the machine did not have to give: not touched, or "
        "not at the time of the peak"
    )
    return _State("ok", why=why)


def _move(figure: str, observed: Observed, accepted: AcceptedVariant, rules: Rules, tolerance: Tolerance) -> str:
    """How a figure moved; where trials lie on both sides of the limit, the median may decide that it didn't."""
    known, median, interval = accepted_figure(accepted, figure), observed.figure(figure), observed.interval(figure)
    assert known is not None
    assert median is not None
    assert interval is not None
    move = moved(interval, known, tolerance.size_bytes)
    if move != "unclear" or median > known + tolerance.size_bytes:
        return move
    if figure == "growth":
        return move if accepted.growth_high_bytes is None else "no"
    beside = figure == "retained" != rules.headline and figure not in rules.fail_on.figures
    return "no" if beside and _enough(observed, rules) else move


def _growth_alone(observed: Observed, rules: Rules, heap: str | None) -> _State:
    """Growth is up, and the heap is not or isn't known."""
    other_meter = another_meter(rules.accepted, observed.from_mark)
    if heap is None:
        if other_meter:
            why = "growth was read by another meter when it was accepted"
            return _State("inconclusive", ("growth",), why)
        return _confirmed("growth", observed, rules, "")
    if heap == "unclear":
        return _confirmed("growth", observed, rules, "its heap differs from trial to trial")
    itself = "is less than accepted" if heap == "down" else "is as accepted"
    if observed.descendants:
        why = f"its own heap {itself}: it lies in the processes it starts, which memray doesn't see"
        return _confirmed("growth", observed, rules, why)
    if rules.differences or other_meter:
        changed = enumeration(rules.differences) or "growth was read by another meter then"
        why = f"its heap {itself} and the conditions are others ({changed}), so it may be the machine's doing"
        return _State("inconclusive", ("growth",), why)
    return _confirmed("growth", observed, rules, f"its heap {itself}, so it lies outside: {_outside(observed)}")


def _outside(observed: Observed) -> str:
    """Where resident memory can be that memray doesn't count."""
    files, growth = observed.file_bytes, observed.figure("growth") or 0
    if files is not None and files * 10 > growth:
        return f"{format_bytes(files)} of the peak are pages of files"
    return "in mapped memory, in what was freed and the allocator keeps, or in the threads of a library"


def _confirmed(figure: str, observed: Observed, rules: Rules, why: str) -> _State:
    """What one meter alone says needs six trials and two of memray's, as long as more can be made."""
    second = figure != "heap" or len(observed.values.get("heap", ())) >= _CONFIRMING_HEAPS or not rules.trials_left
    if not second or not _enough(observed, rules):
        return _State("unclear", (figure,), "more trials have to confirm it")
    return _State("regressed", (figure,), why)


def _enough(observed: Observed, rules: Rules) -> bool:
    return observed.trials >= CONFIRMING_TRIALS or not rules.trials_left


def _between(figure: str, observed: Observed, accepted_bytes: int, tolerance: Tolerance) -> str:
    values, limit = observed.values[figure], accepted_bytes + tolerance.size_bytes
    above = sum(value > limit for value in values)
    trials = f"{above} of {len(values)} trials {'is' if above == 1 else 'are'} above {format_bytes(limit)}"
    return f"{trials}, they lie between {format_bytes(min(values))} and {format_bytes(max(values))}"


def _heap_move(observed: Observed, accepted: AcceptedVariant) -> str | None:
    """How the heap moved, by what two runs of the same code can differ; None where one side doesn't know it."""
    interval = observed.interval("heap")
    if interval is None or accepted.heap_bytes is None:
        return None
    return moved(interval, accepted.heap_bytes, heap_noise_bytes(accepted.heap_bytes))


def _improvements(
    figures: tuple[FigureCheck, ...], observed: Observed, accepted: AcceptedVariant, rules: Rules
) -> tuple[str, ...]:
    """The figures that are down while none is up; none where only the machine may have changed."""
    moves = {figure.figure: figure.moved for figure in figures}
    if "up" in moves.values():
        return ()
    heap = _heap_move(observed, accepted)
    growth = tolerance_of("growth", accepted, rules, observed)
    better = [figure for figure, move in moves.items() if move == "down" and figure != "heap"]
    if "growth" in better and rules.differences and heap == "no" and not observed.descendants:
        better.remove("growth")
    decrease = (accepted.heap_bytes or 0) - (observed.figure("heap") or 0)
    steady = observed.steady and accepted.growth_high_bytes is None
    if heap == "down" and steady and (growth is None or decrease > growth.floor_bytes):
        better.append("heap")
    return tuple(better)
