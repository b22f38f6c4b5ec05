"""What ``python -m bench`` does: its options, the measurement, what is printed."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from threading import Timer

from ffnn import ACTIVATIONS
from modes.loading import load_function
from reports.schema import Failed, Measured, Outcome, Skipped

from . import _peers
from ._advice import folded
from ._cell import Cell
from ._inputs import integers, joined, read_arguments
from ._modes import STANDARD
from ._sweep import read_sweep, sweep_cells
from .networks import network_cell
from .own import own_cell
from .run import Run

PATIENCE = 1.0  # seconds of silence
MARGIN = 1.25  # over what is predicted, in the --cell-seconds that are said to suffice


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return 0, 1 for a wrong Jacobian or nothing measured, 2 for a mistake."""
    network = list(arguments[:1]) == ["network"]
    options = _network_options(arguments[1:]) if network else _options(joined(arguments))
    peers = _peers.installed() if options.peers else ()
    told = {name: value for name, value in vars(options).items() if name not in ("cells", "directory")}
    try:
        cells = options.cells(options)
        family = "own" if cells[0].family == "own" else "sweep"
        run = Run(options.directory, family, options.cell_seconds, options.threads, peers, told, _tell)
    except (ValueError, TypeError, ImportError, OSError) as error:
        print(f"python -m bench: {error}", file=sys.stderr)
        return 2
    status, outcomes = "interrupted", list[Outcome]()
    try:
        for cell in cells:
            if len(cells) > 1:
                _tell(cell.key)
            outcomes += run.measure(cell).values()
        status = "complete"
    except KeyboardInterrupt:
        if outcomes:
            _complain([f"what was measured is in {run.path}"])
        raise
    finally:
        run.close(status)
    measured = any(isinstance(outcome, Measured) for outcome in outcomes)
    print("\n".join(run.closing_lines()))
    _complain(outcome.reason for outcome in outcomes if isinstance(outcome, Failed))
    if not measured:
        _complain(_nothing(outcomes))
    return 0 if measured and not any(isinstance(outcome, Failed) for outcome in outcomes) else 1


def _tell(text: str) -> None:
    print(*folded(text), sep="\n", file=sys.stderr, flush=True)


def _complain(reasons: Iterable[str]) -> None:
    for reason in dict.fromkeys(reasons):
        _tell(f"python -m bench: {reason}")


def _nothing(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield why no mode was measured, and what would help."""
    skipped = [outcome for outcome in outcomes if isinstance(outcome, Skipped)]
    for outcome in skipped:
        mode, chunk = outcome.subject.mode, outcome.subject.chunk
        yield f"{mode if chunk is None else f'{mode}[{chunk}]'} was not measured: {outcome.reason}"
    if enough := [outcome.predicted_seconds for outcome in skipped if outcome.predicted_seconds]:
        seconds = float(f"{MARGIN * min(enough):.2g}")
        yield f"nothing was measured; --cell-seconds {seconds:g} would suffice for one mode"


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the Jacobian of a NumPy function under every accumulation mode, check the modes "
        "against each other, and say which one to use. The whole benchmark: pytest bench --benchmark-only.",
        epilog="python -m bench network --layers 64,128,10 measures the ways to a network's gradient.",
    )
    parser.add_argument(
        "function", metavar="MODULE:FUNCTION", help="function of plain NumPy; or FILE.py:FUNCTION"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--inputs",
        action="append",
        help="numbers separated by commas, or a .npy file; once for each argument. A .npz file holds "
        "arguments by their names",
    )
    where.add_argument("--shape", help="random inputs of this shape in [-1, 1), such as 64 or 3,4")
    where.add_argument(
        "--args",
        metavar="MODULE:FUNCTION",
        help="function that returns the arguments as a tuple, or a pair of a tuple and a dict of keywords; "
        "those of the tuple that hold floats are the inputs",
    )
    where.add_argument(
        "--sweep",
        metavar="n=1..1024",
        help="the function at growing sizes, drawn by the report; with a parameter "
        "of that name (n, m or depth) it returns the function to measure and its point, (f, x)",
    )
    parser.add_argument("--peers", action="store_true", help="measure every installed peer library as well")
    parser.set_defaults(cells=_own_cells)
    return _parsed(parser, arguments, cell_seconds=2.0)


def _network_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench network",
        description="Measure every way to the gradient of a network's cost over all its parameters.",
    )
    parser.add_argument("--layers", default="64,128,10", help="n[0],n[1],…,n[L] (default: 64,128,10)")
    parser.add_argument(
        "--hidden", choices=ACTIVATIONS, default="tanh", help="activation of hidden layers (default: tanh)"
    )
    parser.add_argument("--batch", type=int, default=32, help="examples (default: 32)")
    parser.add_argument(
        "--chunk-size", type=int, default=64, help="tangents in a forward sweep (default: 64)"
    )
    parser.set_defaults(cells=_network_cells, peers=False)
    return _parsed(parser, arguments, cell_seconds=120.0, positive=("batch", "chunk_size"))


def _parsed(
    parser: argparse.ArgumentParser,
    arguments: Sequence[str],
    cell_seconds: float,
    positive: Sequence[str] = (),
) -> argparse.Namespace:
    parser.add_argument(
        "--cell-seconds",
        type=float,
        default=cell_seconds,
        help=f"time for the rounds; slower modes are skipped (default: {cell_seconds:g})",
    )
    parser.add_argument("--threads", type=int, default=1, help="threads for BLAS (default: 1)")
    parser.add_argument("--directory", type=Path, default=Path(".benchmarks"), help="where results are saved")
    options = parser.parse_args(arguments)
    for name in ("cell_seconds", "threads", *positive):
        if not 0 < getattr(options, name) < math.inf:
            parser.error(f"--{name.replace('_', '-')} is {getattr(options, name)}; it must be positive")
    return options


def _own_cells(options: argparse.Namespace) -> list[Cell]:
    modes = [*STANDARD, *(_peers.modes(options.threads) if options.peers else ())]
    f = load_function(options.function)
    if options.sweep is not None:
        return sweep_cells(f, options.function.rpartition(":")[2], *read_sweep(options.sweep), modes)
    args, kwargs = read_arguments(f, options.inputs, options.shape, options.args)
    slow = Timer(PATIENCE, _tell, ["f is slow; before it is timed it is evaluated twice"])
    slow.start()
    try:
        return [own_cell(f, *args, modes=modes, **kwargs)]
    finally:
        slow.cancel()


def _network_cells(options: argparse.Namespace) -> list[Cell]:
    layers = integers("--layers", options.layers, "64,128,10")
    return [network_cell(layers, options.hidden, options.batch, options.chunk_size)]
