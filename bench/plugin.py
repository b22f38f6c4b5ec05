"""The pytest side: options, the run's life, and the `jacobian_benchmark` fixture.

``pytest bench`` loads this by itself. For tests elsewhere, put ``pytest_plugins = ["bench.plugin"]`` into
the topmost ``conftest.py``, or run pytest with ``-p bench.plugin``; then these lines measure any function ::

    def test_mine(jacobian_benchmark):
        x = np.linspace(0, 1, 50)
        jacobian_benchmark(f, x)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import pytest
from numpy.typing import ArrayLike
from pytest_benchmark.fixture import BenchmarkFixture

from . import _peers
from ._check import WrongJacobian
from ._modes import STANDARD, Mode
from ._replay import replay_clock
from ._results import Failed, Skipped, as_record
from ._summary import summary
from .cells import Cell
from .grids import GRIDS
from .own import own_cell
from .run import Run

RUN = pytest.StashKey[Run]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the benchmark."""
    group = parser.getgroup("bench", "forward against reverse accumulation")
    group.addoption("--grid", choices=GRIDS, default="default", help="sizes to measure (default: default)")
    group.addoption(
        "--cell-seconds",
        type=_positive(float),
        help="time for the rounds of one cell; slower modes are skipped and reported (default: by the grid)",
    )
    group.addoption("--peers", action="store_true", help="measure every installed peer library as well")
    group.addoption("--threads", type=_positive(int), default=1, help="threads for BLAS (default: 1)")


def _positive(number: type) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = number(text)
        if not value > 0:
            raise ValueError
        return value

    parse.__name__ = f"positive {number.__name__}"
    return parse


def measured_modes(config: pytest.Config, modes: Sequence[Mode] = STANDARD) -> list[Mode]:
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
    names = ("grid", "cell_seconds", "peers", "threads")
    options = {name: getattr(config.option, name) for name in names}
    directory = config.rootpath / config.getoption("benchmark_storage").removeprefix("file://")
    try:
        config.stash[RUN] = Run(
            directory,
            config.option.grid,
            config.option.cell_seconds or GRIDS[config.option.grid].cell_seconds,
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
        outcome = request.config.stash[RUN].measure(cell)[label]
        benchmark.group = cell.id
        if isinstance(outcome, Skipped):
            pytest.skip(outcome.reason)
        if isinstance(outcome, Failed):
            _fail(benchmark, outcome.reason)
        benchmark.extra_info.update(as_record(outcome))
        replay_clock.feed(benchmark, outcome.seconds)

    return record


def _fail(benchmark: BenchmarkFixture, reason: str) -> NoReturn:
    """Fail the test in a way that pytest-benchmark knows of, without its traceback."""

    def refuse() -> None:
        raise WrongJacobian(reason)

    with suppress(WrongJacobian):
        benchmark.pedantic(refuse)
    pytest.fail(reason, pytrace=False)


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
        record(own_cell(f, x, measured_modes(request.config), key=test), request.param)

    return measure


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Finish the results file, whatever ended the run."""
    if run := session.config.stash.get(RUN, None):
        whole = exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        run.close("complete" if whole else "interrupted")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what the run found."""
    if run := config.stash.get(RUN, None):
        terminalreporter.section("forward against reverse accumulation")
        for line in summary(run):
            terminalreporter.write_line(line)


def _measures(item: pytest.Item) -> bool:
    return "record" in getattr(item, "fixturenames", ())
