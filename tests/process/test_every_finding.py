"""Every finding with a real process that provokes it, and one beside it that doesn't.

Those of processes left behind, killed or unmeasured, of interrupted runs and of inputs passed over are tested where the
phenomenon is.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import SCRIPTS, Compared, Place, RunMemlab, RunScript

pytestmark = pytest.mark.slow

MIB = 1 << 20
ALL_METERS = ("os", "tracemalloc", "memray", "memory_profiler")


@pytest.fixture
def judged(run_once: RunScript) -> Compared:
    return run_once("judged", trials=3)


@pytest.fixture
def seen(run_once: RunScript) -> Compared:
    return run_once("seen_differently", meters=ALL_METERS)


@pytest.fixture
def stayed(run_once: RunScript) -> Compared:
    return run_once("end_states")


def about(ran: Compared, code: str) -> set[str]:
    """The variants that findings of this code speak of: one each, or several merged with the list as evidence."""
    names: set[str] = set()
    for finding in ran.findings:
        if finding.code == code:
            names |= {finding.variant} if finding.variant is not None else set(finding.evidence.get("variants", ()))
    return names


@pytest.mark.parametrize(
    ("code", "variant", "words"),
    [
        ("promise_missed", "promises_too_much", "8.0"),
        ("technique_without_effect", "without_effect", "as much memory as takes"),
        ("technique_costs", "costs", "1.5"),
        ("time_cost", "slower", "the time of takes"),
        ("below_resolution", "tiny", "can't be told from nothing"),
        ("outputs_differ", "gives_another_result", "another result"),
        ("output_varies", "gives_always_another", "different results"),
        ("pitfall_confirmed", "falls", "because it takes four times as much"),
        ("pitfall_not_confirmed", "does_not_fall", "not shown here"),
    ],
)
def test_verdicts(judged: Compared, code: str, variant: str, words: str) -> None:
    """Said of the variant that shows it; not of one that keeps what it promises."""
    assert variant in about(judged, code), judged.findings
    assert any(words in finding.message for finding in judged.findings if finding.code == code)
    assert "keeps_its_promise" not in about(judged, code)


def test_what_keeps_its_promise_is_passed_over_in_silence(judged: Compared) -> None:
    assert judged.codes("keeps_its_promise") == []
    assert judged.exit_code == 3


def test_too_little_data(judged: Compared, run_script: RunScript) -> None:
    assert "too_little_data" not in judged.codes()
    assert "too_little_data" in run_script("tiny", "takes_little", trials=1).codes()


@pytest.mark.parametrize(
    ("code", "variants"),
    [
        ("meter_blind", {"picture"}),
        ("untouched_memory", {"untouched"}),
        ("outside_the_heap", {"fragmented"}),
        ("file_backed", {"file_mapped"}),
        ("meter_failed", {"dies_under_memray"}),
    ],
)
def test_meters_that_disagree(seen: Compared, code: str, variants: set[str]) -> None:
    """Said of these, and never of the array, which all meters see alike."""
    found = about(seen, code)
    assert variants <= found, seen.findings
    assert "array" not in found


def test_samples_miss_what_is_short(seen: Compared) -> None:
    """A sample every 0.1 s may happen upon one spike of three, hardly on all of them."""
    found = about(seen, "sampling_missed_peak")
    assert found & {"spike", "earlier_spike", "later_spike"}, seen.findings
    assert "array" not in found


def test_meters_agree_on_an_array(seen: Compared) -> None:
    array = seen.variant("array")
    for figure in (array.traced_peak_bytes, array.heap_peak_bytes, array.memory_profiler_peak_bytes):
        assert figure is not None
        assert abs(figure - 40 * MIB) < 2 * MIB
    assert abs(seen.growth("array") - 40 * MIB) < MIB


def test_both_numbers_are_named(seen: Compared) -> None:
    """The figure of the meter that is blind, and the one of the meter that isn't."""
    finding = next(one for one in seen.findings if one.code == "meter_blind")
    assert re.match(r"tracemalloc saw [0-9.]+ of (39|40)\.\d MiB in picture", finding.message)
    assert "Pillow" in finding.message
    picture = seen.variant("picture")
    assert (picture.traced_peak_bytes or 0) < MIB
    assert abs((picture.heap_peak_bytes or 0) - 40 * MIB) < 0.03 * 40 * MIB


def test_a_meter_that_gives_no_figure_says_none(seen: Compared) -> None:
    dies = seen.variant("dies_under_memray")
    assert dies.heap_peak_bytes is None
    assert dies.traced_peak_bytes is not None
    assert dies.peak_growth_bytes is not None
    assert seen.exit_code == 0


def test_where_the_memory_was(seen: Compared) -> None:
    """memray's top line is the line of the recipe, also where Pillow made the allocation."""
    lines = (SCRIPTS / "seen_differently.py").read_text().splitlines()
    for variant, text in (("array", "block = np.ones(40 * MIB, np.uint8)"), ("picture", "image = Image.new(")):
        top = next(line for line in seen.variant(variant).top_lines if line.meter == "memray")
        assert top.text.startswith(text)
        assert lines[top.line - 1].strip() == top.text
        assert abs(top.bytes - 40 * MIB) < MIB
    assert "PIL/Image.py" in next(line for line in seen.variant("picture").top_lines if line.meter == "memray").through


@pytest.mark.parametrize(
    ("code", "variants"),
    [
        ("garbage_in_cycles", {"makes_a_cycle"}),
        ("kept_by_allocator", {"fragments_the_heap", "fragments_the_arenas"}),
    ],
)
def test_what_stays(stayed: Compared, code: str, variants: set[str]) -> None:
    found = about(stayed, code)
    assert variants <= found, stayed.findings
    assert not found & {"drops", "keeps"}


def test_memory_that_was_free_already(run_script: RunScript, judged: Compared) -> None:
    ran = run_script("reused_arenas")
    assert about(ran, "reusable_memory") == {"reuses"}
    assert about(judged, "reusable_memory") == set()


def test_a_meter_that_is_missing(memlab: RunMemlab, place: Place) -> None:
    hidden = place.work / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text("import sys\nsys.modules['memray'] = None\n")
    words = ("compare", SCRIPTS / "tiny.py", "--variant", "takes_little", "--trials", "1", "--reports", place.reports)
    words = (*words, "--meters", "os,memray")
    without = memlab(*words, env={"PYTHONPATH": str(hidden)})
    assert without.code == 0, without.err
    assert "memray is missing; install it with: pip install memray" in " ".join(without.out.split())
    with_it = memlab(*words)
    assert with_it.code == 0, with_it.err
    assert "is missing" not in with_it.out


@pytest.fixture
def swap(tmp_path: Path) -> Iterator[None]:
    """The machine's swap, or for the length of the test a small file of one's own."""
    with open("/proc/swaps", encoding="ascii") as file:
        if len(file.readlines()) > 1:
            yield
            return
    if os.geteuid() != 0:
        pytest.skip("no swap, and only root can add some")
    swapped = tmp_path / "swap"
    swapped.touch(mode=0o600)
    try:
        swapped.write_bytes(bytes(96 * MIB))
        subprocess.run(["mkswap", swapped], check=True, capture_output=True)
        subprocess.run(["swapon", swapped], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        swapped.unlink()
        pytest.skip("no swap can be added here")
    try:
        yield
    finally:
        subprocess.run(["swapoff", swapped], check=True, capture_output=True)
        swapped.unlink()


@pytest.mark.usefixtures("swap")
def test_swapped_out(run_script: RunScript) -> None:
    """The figure is a lower bound, and the measurement invalid."""
    ran = run_script("swapped_out")
    assert about(ran, "swap") == {"leaves"}
    assert ran.finding("swap").evidence["swap_bytes"] > 30 * MIB
    peak, stays = ran.variant("leaves").peak_growth_bytes, ran.variant("stays").peak_growth_bytes
    assert peak is not None
    assert stays is not None
    assert (peak.at_least, stays.at_least) == (True, False)
    assert ran.exit_code == 3
