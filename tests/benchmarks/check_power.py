"""How often `memlab check` cries over nothing, and how often it misses something.

    python tests/benchmarks/check_power.py [--quick] [--only simulated|real] [--json FILE]

Trials of four variants of `programs/planted.py` (307, 45 and 11 MiB, and one whose threads make it scatter between 34
and 41 MiB) are held against accepted figures by memlab's own check, with more trials where it wants them.

Simulated: from a pool of real trials, the headline's and memray's, each comparison draws those that were accepted and,
without replacement, those that are measured. A/A: as they are. A/B: each with 6 % or 3 MiB more growth and heap,
whichever is larger.

Real: `memlab compare` of the program, accepted once, then checked again and again. A/A: with one core kept busy by
another process. A/B: the program allocates as much more, touches it and holds it.

Goals: of 200 simulated and 20 real checks of unchanged code none says `regressed`, of any variant; a planted growth is
found in at least 19 of 20, in each variant that doesn't scatter by more than is planted. What is inconclusive is no
regression; it is counted beside. The whole takes about twelve minutes on two idle cores, the
simulated part four.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from figure import Figure, Verdict
from trials import PROGRAMS, BenchmarkError

from memlab.analysis.accepted import accepted_recipe, wants_trials
from memlab.analysis.check import CheckedRecipe, CheckOptions, check_recipe
from memlab.analysis.more_trials import MOST_TRIALS, trials_to_add
from memlab.analysis.report import make_report
from memlab.limits import DEFAULT_FAIL_ON
from memlab.model.baseline import AcceptedRecipe
from memlab.model.run import Run, decode_run, encode_run
from memlab.model.trial import Trial
from memlab.units import MIB

VARIANTS = ("load_all", "stream", "in_floats", "in_threads")
SCATTERED = "in_threads"
_PROGRAM = PROGRAMS / "planted.py"
_TRIALS = 3
_PLANTED_SHARE, _PLANTED_BYTES = 0.06, 3 * MIB
_FOUND_SHARE = 0.95
_OPTIONS = CheckOptions(DEFAULT_FAIL_ON, str(PROGRAMS), "memlab accept planted")
_BUSY = "import time\nend = time.monotonic() + 3600\nwhile time.monotonic() < end: pass"

Measure = Callable[[Mapping[str, int]], Run]
"""Gives a run with so many headline trials of each variant."""


def main() -> int:
    """Print the table; 0 also where a goal is missed, 3 where something can't be measured."""
    parser = argparse.ArgumentParser(description="How often memlab check is wrong.")
    parser.add_argument("--quick", action="store_true", help="fewer trials and comparisons, for a first look")
    parser.add_argument("--only", choices=("simulated", "real"), help="only this part")
    parser.add_argument("--seed", type=int, default=1, help="of the simulation")
    parser.add_argument("--pool", type=Path, metavar="FILE", help="the pool: read where it is there, else written")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures with all raw numbers as JSON too")
    options = parser.parse_args()
    pool, heaps, comparisons, checks = (2 * MOST_TRIALS, 4, 40, 3) if options.quick else (40, 10, 200, 20)
    figures: list[Figure] = []
    try:
        if options.only != "real":
            figures += simulated(_pool(options.pool, pool, heaps), comparisons, options.seed)
        if options.only != "simulated":
            figures += real(checks)
    except BenchmarkError as error:
        print(f"check_power: {error}", file=sys.stderr)
        return 3
    print("| figure | goal | measured | met? |", "|---|---|---|---|", *(one.row() for one in figures), sep="\n")
    if options.json is not None:
        options.json.write_text(json.dumps([one.to_dict() for one in figures], indent=1) + "\n", encoding="utf-8")
    return 0


def _pool(file: Path | None, trials: int, heaps: int) -> Run:
    """A run with so many headline trials of each variant, and so many of memray's."""
    if file is not None and file.exists():
        return decode_run(file.read_bytes(), str(file))
    _say(f"a pool of {trials} trials of each variant, and {heaps} of memray's")
    run = _measure(trials)
    for _ in range(heaps - 1):
        added = [trial for trial in _measure(1).trials if trial.kind == "meter"]
        run = msgspec.structs.replace(run, trials=(*run.trials, *added))
    if file is not None:
        file.write_bytes(encode_run(run))
    return run


def simulated(run: Run, comparisons: int, seed: int) -> list[Figure]:
    """A/A and A/B, drawn from a pool of real trials."""
    chance = random.Random(seed)
    unchanged, planted = [], []
    _say(f"{comparisons} simulated checks of each kind")
    for _ in range(comparisons):
        drawn = _Drawn(run, chance)
        accepted = _accept(drawn.first)
        unchanged.append(_settle(accepted, drawn))
        planted.append(_settle(accepted, _with_more(drawn, _planted(accepted))))
    return [_false_alarms("simulated A/A", unchanged), *_found("simulated A/B", planted)]


def real(checks: int) -> list[Figure]:
    """A/A beside a busy core, and A/B."""
    _say("the figures to accept")
    accepted = _accept(_Growing({}))
    unchanged, planted = [], []
    with _busy_core():
        for number in range(checks):
            _say(f"check {number + 1} of {checks}, unchanged, one core busy")
            unchanged.append(_settle(accepted, _Growing({})))
    for number in range(checks):
        _say(f"check {number + 1} of {checks}, planted")
        planted.append(_settle(accepted, _Growing(_planted(accepted))))
    return [_false_alarms("real A/A, one core busy", unchanged), *_found("real A/B", planted)]


class _Drawn:
    """Trials drawn from the pool for one comparison: those that were accepted, and as many as are wanted of now."""

    def __init__(self, run: Run, chance: random.Random) -> None:
        self._run = run
        pool: dict[tuple[str, str], list[Trial]] = {}
        for trial in run.trials:
            pool.setdefault((trial.kind, trial.variant), []).append(trial)
        self._drawn = {key: chance.sample(trials, len(trials)) for key, trials in pool.items()}

    def first(self, counts: Mapping[str, int]) -> Run:
        """As many of each variant to be accepted."""
        return self._of(counts, last=True)

    def __call__(self, counts: Mapping[str, int]) -> Run:
        return self._of(counts, last=False)

    def _of(self, counts: Mapping[str, int], *, last: bool) -> Run:
        trials: list[Trial] = []
        for (kind, variant), drawn in self._drawn.items():
            # With each round of headline trials comes one of memray's.
            count = {"headline": counts[variant], "meter": counts[variant] // _TRIALS}.get(kind, 1)
            trials += drawn[-count:] if last else drawn[:count]
        return msgspec.structs.replace(self._run, trials=tuple(trials))


class _Growing:
    """Real runs of one check: the first of all variants, later ones of those that want more trials."""

    def __init__(self, planted: Mapping[str, int]) -> None:
        self._planted = planted
        self._run: Run | None = None

    def __call__(self, counts: Mapping[str, int]) -> Run:
        if self._run is None:
            self._run = _measure(_TRIALS, planted=self._planted)
            return self._run
        have = Counter(trial.variant for trial in self._run.trials if trial.kind == "headline")
        wanted = {name: count - have[name] for name, count in counts.items() if count > have[name]}
        added = _measure(max(wanted.values()), wanted, self._planted)
        trials = [trial for trial in added.trials if trial.variant in wanted and trial.kind != "timeline"]
        self._run = msgspec.structs.replace(self._run, trials=(*self._run.trials, *trials))
        return self._run


def _settle(accepted: AcceptedRecipe, measure: Measure) -> CheckedRecipe:
    """A check, with more trials for the variants that want them, as long as there may be more."""
    counts = dict.fromkeys(accepted.variants, _TRIALS)
    while True:
        run = measure(counts)
        report = make_report(run)
        checked = check_recipe(run, report, accepted, _OPTIONS, trials_left=True)
        more = trials_to_add(checked.wants_trials, counts)
        if not checked.wants_trials:
            return checked
        if not more:
            return check_recipe(run, report, accepted, _OPTIONS)
        for name, count in more.items():
            counts[name] += count


def _accept(measure: Measure) -> AcceptedRecipe:
    """The figures to hold, with more trials for the variants whose growth scatters."""
    counts = dict.fromkeys(VARIANTS, _TRIALS)
    while True:
        run = measure(counts)
        report = make_report(run)
        more = trials_to_add(wants_trials(run, report), counts)
        if not more:
            return accepted_recipe(run, report, _OPTIONS.root)
        for name, count in more.items():
            counts[name] += count


def _planted(accepted: AcceptedRecipe) -> dict[str, int]:
    """How much more each variant gets, in bytes."""
    return {
        name: max(_PLANTED_BYTES, round(_PLANTED_SHARE * one.growth_bytes)) for name, one in accepted.variants.items()
    }


def _with_more(measure: Measure, planted: Mapping[str, int]) -> Measure:
    """The same trials, with so much more growth and heap."""

    def with_more(counts: Mapping[str, int]) -> Run:
        run = measure(counts)
        return msgspec.structs.replace(run, trials=tuple(_raised(one, planted[one.variant]) for one in run.trials))

    return with_more


def _raised(trial: Trial, size_bytes: int) -> Trial:
    def raised(known: int | None) -> int | None:
        return None if known is None else known + size_bytes

    reply, outcome = trial.reply, trial.outcome
    if reply is None:
        return trial
    figures = reply.figures
    if figures is not None:
        figures = msgspec.structs.replace(figures, peak_bytes=raised(figures.peak_bytes))
    return msgspec.structs.replace(
        trial,
        reply=msgspec.structs.replace(reply, peak_bytes=raised(reply.peak_bytes), figures=figures),
        outcome=msgspec.structs.replace(outcome, peak_bytes=raised(outcome.peak_bytes)),
    )


def _false_alarms(name: str, checks: Sequence[CheckedRecipe]) -> Figure:
    verdicts = _verdicts(checks)
    alarms = sum(any(one.verdict == "regressed" for one in check.check.variants) for check in checks)
    unsettled = sum(any(one.verdict == "inconclusive" for one in check.check.variants) for check in checks)
    failed = [one.message for check in checks for one in check.check.variants if one.verdict == "failed"]
    if failed:
        raise BenchmarkError(f"{name}: {failed[0]}")
    trials = sum(one.trials for check in checks for one in check.check.variants) / (len(checks) * len(verdicts))
    return Figure(
        name=f"{name}: checks of unchanged code that say regressed",
        goal=f"0 of {len(checks)}",
        measured=f"{alarms} of {len(checks)}; {unsettled} inconclusive; {trials:.1f} trials a variant",
        verdict=Verdict.of(alarms == 0),
        values={"verdicts": verdicts},
    )


def _found(name: str, checks: Sequence[CheckedRecipe]) -> list[Figure]:
    figures = []
    for variant, verdicts in _verdicts(checks).items():
        found, goal = verdicts.get("regressed", 0), -int(-_FOUND_SHARE * len(checks) // 1)
        scattered = variant == SCATTERED
        figures.append(
            Figure(
                name=f"{name}: planted growth found in {variant}",
                goal="" if scattered else f"≥ {goal} of {len(checks)}",
                measured=f"{found} of {len(checks)}; {verdicts.get('inconclusive', 0)} inconclusive",
                verdict=Verdict.NONE if scattered else Verdict.of(found >= goal),
                values={"verdicts": verdicts},
            )
        )
    return figures


def _verdicts(checks: Sequence[CheckedRecipe]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for check in checks:
        for one in check.check.variants:
            found.setdefault(one.variant, Counter())[one.verdict] += 1
    return {name: dict(counts) for name, counts in found.items()}


def _measure(trials: int, variants: Mapping[str, int] | None = None, planted: Mapping[str, int] | None = None) -> Run:
    """`memlab compare` of the program, in a process of its own, as a user would start it."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-P", "-m", "memlab", "compare", str(_PROGRAM)]
        command += ["--trials", str(trials), "--meters", "os,memray", "--reports", folder, "--json"]
        for name in variants or ():
            command += ["--variant", name]
        sizes = " ".join(f"{name}={size}" for name, size in (planted or {}).items())
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=os.environ | {"PLANTED": sizes}
        )
        files = list(Path(folder).rglob("run.json"))
        if done.returncode or len(files) != 1:
            raise BenchmarkError(f"`{' '.join(command)}` ended with {done.returncode}: {done.stderr.strip()}")
        return decode_run(files[0].read_bytes())


@contextmanager
def _busy_core() -> Iterator[None]:
    """A process that does nothing but turn round; it ends by itself after an hour at the latest."""
    loop = subprocess.Popen([sys.executable, "-I", "-S", "-c", _BUSY])
    try:
        yield
    finally:
        loop.kill()
        loop.wait()


def _say(text: str) -> None:
    print(f"check_power: {text} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
