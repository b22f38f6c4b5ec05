"""``python -m bench mymodule:f --inputs 0.5,2,1``: measure one function under every mode and advise."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import _peers
from ._modes import STANDARD
from ._results import Failed
from ._summary import summary
from .own import own_cell
from .run import Run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 if a mode gave a wrong Jacobian, 2 for a mistake in the call."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the Jacobian of a NumPy function under every accumulation mode, check the modes "
        "against each other, and say which one to use. The whole benchmark: pytest bench --benchmark-only.",
    )
    parser.add_argument("function", metavar="MODULE:FUNCTION", help="function of one array, in plain NumPy")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--inputs", help="numbers separated by commas, or a .npy file")
    where.add_argument("--shape", help="random inputs of this shape in [-1, 1), such as 64 or 3,4")
    parser.add_argument("--cell-seconds", type=float, default=2.0, help="time for the rounds (default: 2)")
    parser.add_argument("--threads", type=int, default=1, help="threads for BLAS (default: 1)")
    parser.add_argument("--peers", action="store_true", help="measure every installed peer library as well")
    parser.add_argument("--directory", type=Path, default=Path(".benchmarks"), help="where results are saved")
    options = parser.parse_args(arguments)
    for name in ("cell_seconds", "threads"):
        if getattr(options, name) <= 0:
            parser.error(f"--{name.replace('_', '-')} is {getattr(options, name)}; it must be positive")
    try:
        cell = own_cell(
            load(options.function),
            read_inputs(options.inputs, options.shape),
            [*STANDARD, *(_peers.modes(options.threads) if options.peers else ())],
        )
        run = Run(
            options.directory,
            "own",
            options.cell_seconds,
            options.threads,
            _peers.installed() if options.peers else (),
            {"function": options.function, "inputs": options.inputs, "shape": options.shape},
        )
    except (ValueError, TypeError, ImportError, OSError) as error:
        print(f"python -m bench: {error}", file=sys.stderr)
        return 2
    status = "interrupted"
    try:
        outcomes = run.measure(cell)
        status = "complete"
    finally:
        run.close(status)
    print("\n".join(summary(run)))
    wrong = [outcome.reason for outcome in outcomes.values() if isinstance(outcome, Failed)]
    for reason in wrong:
        print(f"python -m bench: {reason}", file=sys.stderr)
    return 1 if wrong else 0


def load(name: str) -> Callable[[Any], Any]:
    """Return the function that ``module:function`` names; modules in the working directory are found.

    Raises
    ------
    ValueError
        If `name` has no colon or the module no such function.
    ImportError
        If there is no such module.
    """
    module_name, colon, function_name = name.partition(":")
    if not (module_name and colon and function_name):
        raise ValueError(f"function is {name!r}; write it as MODULE:FUNCTION, such as mymodule:f")
    if "" not in sys.path:
        sys.path.insert(0, "")
    module = importlib.import_module(module_name)
    if not callable(getattr(module, function_name, None)):
        raise ValueError(f"module {module_name!r} has no function {function_name!r}")
    return getattr(module, function_name)


def read_inputs(inputs: str | None, shape: str | None) -> np.ndarray:
    """Return the point: numbers in a string, a ``.npy`` file, or random numbers of a shape.

    Raises
    ------
    ValueError, OSError
        If they cannot be read.
    """
    if shape is not None:
        try:
            sizes = [int(part) for part in shape.split(",")]
            return np.random.default_rng(0).uniform(-1, 1, sizes)
        except ValueError:
            raise ValueError(f"--shape is {shape!r}; write sizes as 64 or 3,4") from None
    assert inputs is not None
    if inputs.endswith(".npy"):
        return np.load(inputs)
    try:
        return np.array([float(part) for part in inputs.split(",")])
    except ValueError:
        raise ValueError(f"--inputs is {inputs!r}; write numbers as 0.5,2,1 or name a .npy file") from None


if __name__ == "__main__":
    sys.exit(main())
