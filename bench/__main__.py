"""``python -m bench mymodule:f --inputs 0.5,2,1``: measure one function under every mode and advise.

``python -m bench network --layers 64,128,10`` does so for the ways to the gradient of a network.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ffnn import ACTIVATIONS
from modes.loading import load_function
from reports.schema import Failed

from . import _peers
from ._modes import STANDARD
from .cells import Cell
from .networks import network_cell
from .own import own_cell
from .run import Run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 if a mode gave a wrong Jacobian, 2 for a mistake in the call."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    options = _network_options(arguments[1:]) if arguments[:1] == ["network"] else _options(arguments)
    peers = _peers.installed() if options.peers else ()
    told = {name: value for name, value in vars(options).items() if name not in ("cell", "directory")}
    try:
        cell = options.cell(options)
        run = Run(options.directory, "own", options.cell_seconds, options.threads, peers, told)
    except (ValueError, TypeError, ImportError, OSError) as error:
        print(f"python -m bench: {error}", file=sys.stderr)
        return 2
    status = "interrupted"
    try:
        outcomes = run.measure(cell)
        status = "complete"
    finally:
        run.close(status)
    print("\n".join(run.closing_lines()))
    wrong = [outcome.reason for outcome in outcomes.values() if isinstance(outcome, Failed)]
    for reason in wrong:
        print(f"python -m bench: {reason}", file=sys.stderr)
    return 1 if wrong else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the Jacobian of a NumPy function under every accumulation mode, check the modes "
        "against each other, and say which one to use. The whole benchmark: pytest bench --benchmark-only.",
        epilog="python -m bench network --layers 64,128,10 measures the ways to a network's gradient.",
    )
    parser.add_argument(
        "function",
        metavar="MODULE:FUNCTION",
        help="function of one array, in plain NumPy; or FILE.py:FUNCTION",
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--inputs", help="numbers separated by commas, or a .npy file")
    where.add_argument("--shape", help="random inputs of this shape in [-1, 1), such as 64 or 3,4")
    parser.add_argument("--peers", action="store_true", help="measure every installed peer library as well")
    parser.set_defaults(cell=_own_cell)
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
    parser.set_defaults(cell=_network_cell, peers=False)
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


def _own_cell(options: argparse.Namespace) -> Cell:
    modes = [*STANDARD, *(_peers.modes(options.threads) if options.peers else ())]
    return own_cell(load_function(options.function), read_inputs(options.inputs, options.shape), modes)


def _network_cell(options: argparse.Namespace) -> Cell:
    layers = _integers("--layers", options.layers, "64,128,10")
    return network_cell(layers, options.hidden, options.batch, options.chunk_size)


def read_inputs(inputs: str | None, shape: str | None) -> np.ndarray:
    """Return the point: numbers in a string, a ``.npy`` file, or random numbers of a shape.

    Raises
    ------
    ValueError, OSError
        If they cannot be read.
    """
    if shape is not None:
        try:
            return np.random.default_rng(0).uniform(-1, 1, _integers("--shape", shape, "64 or 3,4"))
        except MemoryError as error:
            raise ValueError(f"--shape is {shape}: {error}") from None
    assert inputs is not None
    if inputs.endswith(".npy"):
        try:
            return np.load(inputs)
        except (ValueError, EOFError):
            raise ValueError(
                f"--inputs is {inputs!r}; it holds no array of numbers that np.save wrote"
            ) from None
    try:
        return np.array([float(part) for part in inputs.split(",")])
    except ValueError:
        raise ValueError(f"--inputs is {inputs!r}; write numbers as 0.5,2,1 or name a .npy file") from None


def _integers(option: str, text: str, example: str) -> list[int]:
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        sizes = [0]
    if min(sizes) < 1:
        raise ValueError(f"{option} is {text!r}; write sizes as {example}")
    return sizes


if __name__ == "__main__":
    sys.exit(main())
