"""The pytest side: options, the run's life, and the `jacobian_benchmark` fixture.

``pytest bench`` loads this by itself. For tests elsewhere, put ``pytest_plugins = ["bench.plugin"]`` into
the topmost ``conftest.py``, or run pytest with ``-p bench.plugin``; then these lines measure any function ::

    def test_mine(jacobian_benchmark):
        x = np.linspace(0, 1, 50)
        jacobian_benchmark(f, x)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import ArrayLike
from pytest_benchmark.fixture import BenchmarkFixture

from reports.schema import Failed, Skipped, as_record

from . import _peers
from ._modes import STANDARD, MeasuredMode
from ._replay import replay_clock
from .cells import Cell
from .grids import GRIDS
from .own import own_cell
from .run import Run

RUN = pytest.StashKey[Run]()
SELECTED = pytest.StashKey[dict[Any, set[Any]]]()  # by cell, the labels of the modes whose tests are to run


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


def measured_modes(config: pytest.Config, modes: Sequence[MeasuredMode] = STANDARD) -> list[MeasuredMode]:
    """Return `modes` and, with ``--peers``, those of every installed peer."""
    return [*modes, *(_peers.modes(config.option.threads) if config.option.peers else ())]


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
    if config.option.collectonly or not any(_measures(item) for item in session.items):
        return
    selected: dict[Any, set[Any]] = defaultdict(set)
    config.stash[SELECTED] = selected
    for item in session.items:
        parameters = (
            item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        )
        if "cell" in parameters:
            selected[parameters["cell"]].add(parameters["label"])
    names = ("grid", "cell_seconds", "peers", "threads")
    options = {name: getattr(config.option, name) for name in names}
    directory = Path(config.getoption("benchmark_storage").removeprefix("file://"))
    try:
        config.stash[RUN] = Run(
            directory,
            config.option.grid if selected else "own",
            config.option.cell_seconds or _cell_seconds(config),
            config.option.threads,
            _peers.installed() if config.option.peers else (),
            options,
        )
    except OSError as error:
        raise pytest.UsageError(
            f"cannot write results into {directory} ({error.strerror}); choose another directory with "
            "--benchmark-storage=file://DIRECTORY"
        ) from error


@pytest.fixture
def record(benchmark: BenchmarkFixture, request: pytest.FixtureRequest) -> Callable[[Cell, str], None]:
    """Return a function that measures a mode of a cell and hands its samples to pytest-benchmark."""

    def record(cell: Cell, label: str) -> None:
        if benchmark.disabled:
            pytest.skip("these tests only measure, and --benchmark-disable is given")
        wanted = request.config.stash[SELECTED].get(cell)
        modes = [mode for mode in cell.modes if wanted is None or mode.label in wanted]
        outcome = request.config.stash[RUN].measure(replace(cell, modes=modes))[label]
        benchmark.group = cell.id
        if isinstance(outcome, Skipped):
            pytest.skip(outcome.reason)
        if isinstance(outcome, Failed):
            pytest.fail(outcome.reason, pytrace=False)
        benchmark.extra_info.update(as_record(outcome))
        replay_clock.feed(benchmark, outcome.seconds)

    return record


@pytest.fixture
def jacobian_benchmark(
    request: pytest.FixtureRequest, record: Callable[[Cell, str], None]
) -> Callable[[Callable[[Any], Any], ArrayLike], None]:
    """Return ``jacobian_benchmark(f, x)``, which checks and measures f at x under every mode.

    The test runs once for each mode; all of them are sampled in turns when the first one runs. The end of
    the run says which mode to use. `f` takes an array of the shape of `x`; for the errors raised see
    `bench.own.own_workload`.
    """

    def measure(f: Callable[[Any], Any], x: ArrayLike) -> None:
        test = request.node.nodeid.split("[")[0]
        try:
            cell = own_cell(f, x, measured_modes(request.config), key=test)
        except (TypeError, ValueError) as error:
            pytest.fail(str(error), pytrace=False)
        record(cell, request.param)

    return measure


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Finish the results file, whatever ended the run."""
    if run := session.config.stash.get(RUN, None):
        whole = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        run.close("complete" if whole else "interrupted")


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the run found."""
    if run := config.stash.get(RUN, None):
        terminalreporter.section("forward against reverse accumulation")
        for line in run.closing_lines():
            terminalreporter.write_line(line)


def _cell_seconds(config: pytest.Config) -> float:
    """Return the grid's time for a cell; peers are about as many modes again, and slower ones."""
    return GRIDS[config.option.grid].cell_seconds * (3 if config.option.peers else 1)


def _measures(item: pytest.Item) -> bool:
    return "record" in getattr(item, "fixturenames", ())
