"""Exact counts of operations, from the shapes of arrays: what each sweep costs, free of noise."""

import gc
import math
import sys
from collections.abc import Callable, Sequence
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from modes.core.traced import Traced, primal
from modes.graph.placed import CONSTANT
from modes.graph.tally import Counted, Sweep, Tally
from modes.jacobians.arguments import Point
from modes.jacobians.choice import choose
from modes.jacobians.linearization import Linearization
from modes.jacobians.seeds import check_chunk_size

# Griewank & Walther, "Evaluating Derivatives" (2008), chapters 3 and 4: the work of an operation,
# of the operation with its tangent, and of the operation with its adjoint, in memory accesses + additions +
# multiplications + 2 · nonlinear functions: their weights at the point where the bounds 5/2 and 4 are taken.
_WORK = {"additions": (4, 8, 12), "multiplications": (4, 10, 16), "functions": (4, 9, 13)}
TANGENT_BOUNDS = (2.0, 2.5)
GRADIENT_BOUNDS = (3.0, 4.0)


class Counts(NamedTuple):
    """What f and its derivatives cost at a point; see the notes of `modes.counts`.

    Attributes
    ----------
    n, m : int
        Inputs and outputs.
    additions, multiplications, functions : int
        The elementary operations of f by kind; additions include subtractions and sign changes, a quotient
        is a multiplication and a function (the reciprocal), functions are all others.
    quotients : int
        How many quotients there are, each counted as a multiplication and as a function, but one operation.
    edges : int
        Edges of the linearised computational graph.
    forward_sweep, reverse_sweep : Sweep
        One tangent pushed forward, one cotangent pulled back.
    tape_length, tape_bytes : int
        Operations on the recorded tape of reverse mode (one an array operation), and the bytes it keeps
        alive: entries, maps and arrays, large operands of the caller that it only refers to excluded.
    opaque : tuple of str
        Functions without a scalar formula (`linalg.solve`, …), each entry of whose results was counted as
        one function of all entries of the operands; empty where every figure is exact.
    """

    n: int
    m: int
    additions: int
    multiplications: int
    functions: int
    quotients: int
    edges: int
    forward_sweep: Sweep
    reverse_sweep: Sweep
    tape_length: int
    tape_bytes: int
    opaque: tuple[str, ...]

    @property
    def operations(self) -> int:
        """Elementary operations of f: the vertices of its graph, inputs left out."""
        return self.additions + self.multiplications + self.functions - self.quotients

    @property
    def forward_jacobian(self) -> Sweep:
        """The whole Jacobian by n forward sweeps."""
        return self.forward_sweep.times(self.n)

    @property
    def reverse_jacobian(self) -> Sweep:
        """The whole Jacobian by m reverse sweeps."""
        return self.reverse_sweep.times(self.m)

    @property
    def tangent_ratio(self) -> float:
        """Work of f with one tangent over that of f: in `TANGENT_BOUNDS`, 2 to 5/2."""
        return self._ratio(1)

    @property
    def gradient_ratio(self) -> float:
        """Work of f with one reverse sweep over that of f: in `GRADIENT_BOUNDS`, 3 to 4."""
        return self._ratio(2)

    def _ratio(self, column):
        kinds = [(getattr(self, kind), work) for kind, work in _WORK.items()]
        total = sum(count * work[0] for count, work in kinds)
        return sum(count * work[column] for count, work in kinds) / total if total else math.nan

    def of_mode(self, mode: str, chunk_size: int | None = None) -> int | None:
        """Scalar operations of one whole Jacobian by a mode, f included, or None where they are not counted.

        Parameters
        ----------
        mode : str
            A mode of `modes.jacobian`. Forward mode evaluates f once a chunk, difference modes 2n, n + 1
            or n times, reverse mode once.
        chunk_size : int, optional
            Tangents one forward sweep carries; None for all.
        """
        check_chunk_size(chunk_size)
        if mode == "auto":
            mode = choose(self.n, self.m).mode
        chunks = math.ceil(self.n / (chunk_size or self.n or 1))
        f, m, n = self.operations, self.m, self.n
        return {
            "forward": chunks * f + self.forward_jacobian.operations,
            "reverse": f + self.reverse_jacobian.operations,
            "forward-difference": (n + 1) * f + 2 * n * m,
            "central-difference": 2 * n * f + 2 * n * m,
            "complex-step": n * f + n * m,
        }.get(mode)

    def __str__(self) -> str:
        lines = [
            f"f: R^{self.n} → R^{self.m}, {self.operations:,} operations: {self.additions:,} additions, "
            f"{self.multiplications:,} multiplications, {self.functions:,} functions"
            + (f" (each of {self.quotients:,} quotients is two)" if self.quotients else ""),
            f"linearised graph: {self.edges:,} edges",
        ]
        for name, sweep, count, whole in (
            ("forward", self.forward_sweep, self.n, self.forward_jacobian),
            ("reverse", self.reverse_sweep, self.m, self.reverse_jacobian),
        ):
            lines.append(
                f"{name} sweep: {sweep.multiplications:,} multiplications, {sweep.additions:,} additions; "
                f"Jacobian in {count:,}: {whole.multiplications:,} and {whole.additions:,}"
            )
        lines.append(f"tape: {self.tape_length:,} operations, {self.tape_bytes:,} bytes")
        lines.append(
            f"work with one tangent / work of f: {self.tangent_ratio:.3f} (theory: 2 to 2.5); "
            f"with one reverse sweep: {self.gradient_ratio:.3f} (theory: 3 to 4)"
        )
        if self.opaque:
            lines.append(f"counted as one function an entry: {', '.join(self.opaque)}")
        return "\n".join(lines)


def counts(f: Callable[..., Any], *args: Any, argnums: int | Sequence[int] = 0) -> Counts:
    """Exact operation counts of f at a point, of each sweep, and of the whole Jacobian by each mode.

    Counted from the shapes of arrays in about the time of a few evaluations of f, not by writing out
    scalars.

    Parameters
    ----------
    f : callable
        Of plain NumPy; returns an array, a number, or a pytree of them.
    *args
        The arguments of f.
    argnums : int or tuple of ints
        The arguments whose entries are the inputs; the others are constants.

    Returns
    -------
    Counts

    Raises
    ------
    DifferentiationError
        Where f cannot be traced.

    Notes
    -----
    f is counted as the scalar graph that `modes.trace` writes out: a vertex is one elementary
    operation that depends on the inputs (sums and products of arrays from the left), constants and entries
    that only move cost nothing. On that graph one forward sweep pushes one tangent through every edge, one
    reverse sweep pulls one cotangent (all outputs seeded) through every edge that leads to an output:

    - a multiplication for each edge whose partial is not 1 or -1 by nature (sums, differences, sign changes);
    - an addition wherever a contribution meets another one.

    Zeros of a seed are multiplied like other numbers: a Jacobian costs n forward or m reverse sweeps.
    Evaluating the local partials is not in these figures; it is in `Counts.tangent_ratio` and
    `Counts.gradient_ratio`, which use the complete cost tables of Griewank & Walther.
    """
    point = Point(args, argnums, {})
    tally = Tally()
    inputs = [Counted.input(tally, np.asarray(primal(leaf))[()]) for leaf in point.leaves]
    n = tally.vertices
    results = tally.results(f, point, inputs)
    places = [
        leaf.places if isinstance(leaf, Counted) else np.full(np.shape(leaf), CONSTANT) for leaf in results
    ]
    seeds = np.concatenate([np.ravel(p) for p in places]) if places else np.zeros(0, int)
    forward, reverse = tally.sweeps(seeds[seeds != CONSTANT])
    linearization = Linearization(f, Point([_plain(a) for a in args], argnums, {}))
    try:
        tape_length = sum(bool(links) for links in linearization.tape)
        tape_bytes = _bytes_kept(list(linearization.tape), (linearization.tape.held or {}).values())
    finally:
        linearization.release()
    kinds = tally.kinds
    return Counts(
        n, seeds.size, kinds["additions"], kinds["multiplications"], kinds["functions"], kinds["quotients"],
        tally.edges, forward, reverse, tape_length, tape_bytes, tuple(dict.fromkeys(tally.opaque)),
    )  # fmt: skip


def _plain(tree):
    import optree

    return optree.tree_map(
        lambda leaf: primal(leaf) if isinstance(leaf, Traced) else leaf, tree, namespace="modes"
    )


def _bytes_kept(tape, shared):
    """Bytes of all that is reached from a tape: objects and arrays, each once; not the arrays in `shared`."""
    seen = {id(array) for array in shared}
    total, waiting = 0, [tape]
    while waiting:
        item = waiting.pop()
        if id(item) in seen or isinstance(item, type | ModuleType):
            continue
        seen.add(id(item))
        total += sys.getsizeof(item)
        if issubclass(type(item), np.ndarray):  # and no traced value that stands for one
            waiting.extend([] if item.base is None else [item.base])
        elif isinstance(item, FunctionType):
            waiting.extend(cell.cell_contents for cell in item.__closure__ or ())
        else:
            waiting.extend(gc.get_referents(item))
    return total
