"""The end of the run says what was put in: exponents, crossovers, noise, what was left out."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bench._modes import forward, reverse, twin
from bench._results import Failed, Place, Row, Skipped
from bench._summary import WIDTH, on_one_scale, summary
from bench.cells import Cell
from bench.run import Noise
from bench.workloads import WORKLOADS

SIZES = [2**k for k in range(11)]
MODES = [forward(1), reverse(1), twin(reverse())]


def row(mode, n, seconds, speed=1.0, rounds=9):
    rng = np.random.default_rng(n)
    samples = (seconds * speed * rng.lognormal(0, 0.02, rounds)).tolist()
    none = dict.fromkeys(
        """operations multiplications tape_length tape_bytes peak_bytes yardstick_operations tangent_ratio
        gradient_ratio chose""".split()
    )
    return Row(
        Place("n", f"w,n={n}", "w", mode.name, mode.chunk, n, 1, {}),
        library="modes",
        sweeps=1,
        **none,
        yardstick_seconds=1e-6,
        median_seconds=float(np.median(samples)),
        min_seconds=min(samples),
        ratio=1.0,
        ratio_low=1.0,
        ratio_high=1.0,
        error=0.0,
        threads=1,
        dtype="float64",
        compile_seconds=None,
        quiet=1.0,
        seconds=samples,
        yardstick=[1e-6 * speed] * rounds,
        reference=[2e-5 * speed] * rounds,
    )


def run_of(cells, noise=None):
    outcomes = [o for by_label in cells.values() for o in by_label.values()]
    kinds = {kind: [o for o in outcomes if isinstance(o, kind)] for kind in (Row, Skipped, Failed)}
    return SimpleNamespace(
        cells=cells,
        rows=kinds[Row],
        skipped=kinds[Skipped],
        failed=kinds[Failed],
        peers=(),
        path=Path("somewhere.jsonl").absolute(),
        noise=lambda: noise or Noise(1.0, 0.98, 1.02, 0.01),
    )


def cells(speed=lambda n: 1.0):
    return {
        Cell("n", f"w,n={n}", WORKLOADS["sources"], MODES, {"n": "m=1"}): {
            "forward[1]": row(MODES[0], n, (20 + 10 * n) * 1e-6, speed(n)),
            "reverse[1]": row(MODES[1], n, 340e-6, speed(n)),
        }
        for n in SIZES
    }


def test_growth_and_crossover_are_recovered():
    lines = summary(run_of(cells()))
    growth = next(line for line in lines if line.startswith("w in n, m=1"))
    exponent = float(growth.split()[4].split("±")[0])
    assert exponent == pytest.approx(1, abs=0.05)
    assert growth.split()[5] == "flat"
    crossing = [line for line in lines if line.startswith("w in n, m=1")][1]
    assert float(crossing.split()[4]) == pytest.approx(32, rel=0.1)


def test_a_machine_that_slows_down_does_not_change_the_growth():
    lines = summary(run_of(cells(speed=lambda n: 2.0 if n > 30 else 1.0)))
    growth = next(line for line in lines if line.startswith("w in n, m=1"))
    assert float(growth.split()[4].split("±")[0]) == pytest.approx(1, abs=0.05)


def test_one_scale_divides_the_speed_out():
    rows = [row(forward(), 1, 1e-3, speed) for speed in (1.0, 1.0, 1.8)]
    scaled = list(on_one_scale(rows).values())
    np.testing.assert_allclose(scaled, 1e-3, rtol=0.03)


def test_drift_beyond_the_resolution_is_warned_of():
    calm = "\n".join(summary(run_of(cells())))
    assert "resolution  ±2.0%: A/A ratio 1.000 in the median, 0.980 to 1.020" in calm
    assert "WARNING" not in calm
    assert "WARNING" in "\n".join(summary(run_of(cells(), Noise(1.0, 0.98, 1.02, 0.3))))


def test_what_was_left_out_is_counted_and_every_line_fits():
    measured = cells()
    place = Place("n", "w,n=9", "w", "forward", 1, 9, 1, {})
    gone = {"forward[1]": Skipped(place, "too long", 9.0), "reverse[1]": Failed(place, "wrong")}
    measured[Cell("n", "w,n=9", WORKLOADS["sources"], MODES, {"n": "m=1"})] = gone
    lines = summary(run_of(measured))
    assert "skipped     1 (reasons in the results file): forward 1" in lines
    assert "FAILED      1 (reasons in the results file): forward 1" in lines
    assert max(map(len, lines)) <= WIDTH
    assert lines[-1] == "report      python -m reports somewhere.jsonl"


def test_nothing_measured_is_summed_up_all_the_same():
    lines = summary(run_of({}, Noise()))
    assert "measured    0 rows in 0 cells" in lines
