"""The pytest side: options, the run's life, and the `jacobian_benchmark` fixture.

``pytest bench`` loads this by itself. For tests elsewhere, put ``pytest_plugins = ["bench.plugin"]`` into
the topmost ``conftest.py``, or run pytest with ``-p bench.plugin``; then these lines measure any function ::

    def test_mine(jacobian_benchmark):
        x = np.linspace(0, 1, 50)
        jacobian_benchmark(f, x)

Whatever is heavy is imported where it is used: a test run that measures nothing does not wait for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from ._replay import replay_clock
from .sizes import GRIDS

if TYPE_CHECKING:
    from ._cell import Cell
    from ._modes import MeasuredMode
    from .run import Checks, Run

RUN: pytest.StashKey[Run] = pytest.StashKey()
CHECKS: pytest.StashKey[Checks] = pytest.StashKey()
SELECTED = pytest.StashKey[dict[Hashable, set[str]]]()  # by subject, the modes whose tests are to run
CELLS = pytest.StashKey[dict[Hashable, Any]]()  # by subject and number of the call, the user's cells
CHECKED = "jacobian checked, not timed"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the benchmark."""
    group = parser.getgroup("bench", "forward against reverse accumulation")
    group.addoption("--grid", choices=GRIDS, default="default", help="sizes to measure (default: default)")
    group.addoption(
        "--cell-seconds",
        type=_positive(float),
        help="time for the rounds of one cell; slower modes are skipped and reported (default: "
        "by the grid, three times as much with --peers)",
    )
    group.addoption("--peers", action="store_true", help="measure every installed peer library as well")
    group.addoption("--threads", type=_positive(int), default=1, help="threads for BLAS (default: 1)")


def pytest_configure(config: pytest.Config) -> None:
    """Let a test that measured nothing (skipped, failed, interrupted) end without a second complaint."""
    config.addinivalue_line(
        "filterwarnings",
        "ignore:Benchmark fixture was not used:pytest_benchmark.logger.PytestBenchmarkWarning",
    )


def _positive(number: type) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = number(text)
        if not value > 0:
            raise ValueError
        return value

    parse.__name__ = f"positive {number.__name__}"
    return parse


def measured_modes(config: pytest.Config, modes: Sequence[MeasuredMode] | None = None) -> list[MeasuredMode]:
    """Return `modes` (None: the standard ones) and, with ``--peers``, those of every installed peer."""
    from . import _modes, _peers

    peers = _peers.modes(config.option.threads) if config.option.peers else ()
    return [*(_modes.STANDARD if modes is None else modes), *peers]


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses `jacobian_benchmark` once for every mode."""
    if "jacobian_benchmark" in metafunc.fixturenames:
        labels = [mode.label for mode in measured_modes(metafunc.config)]
        metafunc.parametrize("jacobian_benchmark", labels, indirect=True)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let pytest-benchmark read recorded samples in the tests that measure in turns."""
    if _measures(item):
        item.add_marker(pytest.mark.benchmark(timer=replay_clock))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Open the results file before anything runs, so that a directory that cannot be written is told now."""
    config = session.config
    measuring = [item for item in session.items if _measures(item)]
    if config.option.collectonly or not measuring:
        return
    from . import _peers
    from .run import Checks, Run

    selected: dict[Hashable, set[str]] = defaultdict(set)
    for item in measuring:
        selected[_subject(item)].add(_label(item))
    config.stash[SELECTED], config.stash[CELLS] = selected, {}
    seconds, threads = config.option.cell_seconds or _cell_seconds(config), config.option.threads
    if config._benchmarksession.disabled:  # type: ignore[attr-defined]  # by an option or by xdist
        config.stash[CHECKS] = Checks(seconds)
        return
    names = ("grid", "cell_seconds", "peers", "threads")
    options = {name: getattr(config.option, name) for name in names}
    directory = Path(config.getoption("benchmark_storage").removeprefix("file://"))
    grid = "own" if all(map(_is_own, measuring)) else config.option.grid
    peers = _peers.installed() if config.option.peers else ()
    try:
        config.stash[RUN] = Run(directory, grid, seconds, threads, peers, options)
    except OSError as error:
        raise pytest.UsageError(
            f"cannot write results into {directory} ({error.strerror}); choose another directory with "
            "--benchmark-storage=file://DIRECTORY"
        ) from error


@pytest.fixture
def record(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> Callable[[Cell, str], None]:
    """Return a function that measures a mode of a cell and hands its samples to pytest-benchmark.

    Of several cells in one test it hands over the first one's. Where benchmarks are disabled, the mode is
    run once and checked.
    """
    from reports.schema import Failed, Measured, Skipped, as_record

    stash, node = request.config.stash, request.node
    wanted = stash[SELECTED][_subject(node)]
    calls = count()

    def record(cell: Cell, label: str) -> None:
        chosen = replace(cell, modes=[mode for mode in cell.modes if mode.label in wanted])
        outcome = stash[CHECKS].of(chosen)[label] if benchmark.disabled else stash[RUN].measure(chosen)[label]
        if isinstance(outcome, Skipped):
            pytest.skip(outcome.reason)
        if isinstance(outcome, Failed):
            pytest.fail(outcome.reason, pytrace=False)
        if not isinstance(outcome, Measured):
            node.user_properties.append((CHECKED, label))
        elif next(calls) == 0:
            benchmark.group = cell.id
            benchmark.extra_info.update(as_record(outcome))
            replay_clock.feed(benchmark, outcome.seconds)

    return record


@pytest.fixture
def jacobian_benchmark(
    request: pytest.FixtureRequest, record: Callable[[Cell, str], None]
) -> Callable[..., None]:
    """Return ``jacobian_benchmark(f, *args)``, which checks and measures f at a point under every mode.

    The test runs once for each mode; all of them are sampled in turns when the first one runs. The end of
    the run says which mode to use. A test may measure several functions; pytest-benchmark is given the
    first one's samples.
    """
    calls = count()

    def measure(
        f: Callable[..., Any],
        *args: Any,
        modes: Collection[str] | None = None,
        tolerance: float | None = None,
        rounds: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Measure f at a point.

        Parameters
        ----------
        f, *args, **kwargs
            The function and what it is called with; for what is differentiated and the errors raised see
            `bench.own.own_workload`.
        modes : collection of str, optional
            The modes to measure, by their names (``"forward"``) or labels (``"forward[1]"``).
        tolerance : float, optional
            The largest relative error that passes, in place of the one each mode promises.
        rounds : int, optional
            How many rounds are taken; by default as many as ``--cell-seconds`` has time for.
        """
        from .own import chosen_modes, own_cell

        cells, subject = request.config.stash[CELLS], (_subject(request.node), next(calls))
        try:
            chosen = chosen_modes(measured_modes(request.config), modes, tolerance)
            if subject not in cells:
                name = _name(request.node)
                cells[subject] = own_cell(f, *args, modes=chosen, key=name, rounds=rounds, **kwargs)
        except (TypeError, ValueError) as error:
            pytest.fail(str(error), pytrace=False)
        if request.param not in [mode.label for mode in chosen]:
            pytest.skip(f"{request.param} is not among the modes of this test")
        record(cells[subject], request.param)

    return measure


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Finish the results file, whatever ended the run."""
    if run := session.config.stash.get(RUN, None):
        whole = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        run.close("complete" if whole else "interrupted")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the run found."""
    run = config.stash.get(RUN, None)
    lines = run.closing_lines() if run else []
    passed = terminalreporter.stats.get("passed", ())
    if any(name == CHECKED for report in passed for name, _ in report.user_properties):
        lines = ["benchmarks are disabled, so every mode was run once and checked, none timed"]
    if lines:
        terminalreporter.section("forward against reverse accumulation")
    for line in lines:
        terminalreporter.write_line(line)


def _cell_seconds(config: pytest.Config) -> float:
    """Return the grid's time for a cell; peers are about as many modes again, and slower ones."""
    return GRIDS[config.option.grid].cell_seconds * (3 if config.option.peers else 1)


def _parameters(item: pytest.Item) -> dict[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}


def _is_own(item: pytest.Item) -> bool:
    """Whether a test measures a function of the user's."""
    return "jacobian_benchmark" in _parameters(item)


def _measures(item: Any) -> bool:
    return _is_own(item) or ({"cell", "label"} <= _parameters(item).keys() and "record" in item.fixturenames)


def _subject(item: Any) -> Hashable:
    """Return what is the same for the tests of all modes: the grid's cell, or the test and its parameters."""
    if not _is_own(item):
        return _parameters(item)["cell"]
    others = [id(value) for name, value in _parameters(item).items() if name != "jacobian_benchmark"]
    return item.parent.nodeid, item.originalname, *others


def _label(item: pytest.Item) -> str:
    """Return the label of the mode that a test measures."""
    label: str = _parameters(item)["jacobian_benchmark" if _is_own(item) else "label"]
    return label


def _name(item: Any) -> str:
    """Return the id of a test without its last parameter, the mode."""
    others = item.callspec.id.removesuffix(_label(item)).removesuffix("-")
    return f"{item.parent.nodeid}::{item.originalname}" + (f"[{others}]" if others else "")
