"""Peer libraries on the same function and data; an extra that nothing else needs."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from types import CellType, CodeType, FunctionType
from typing import Any

import numpy as np

from ._check import quiet_peer
from ._modes import MeasuredMode
from ._point import entries
from ._sampling import Call
from .workloads import Workload
from .workloads.sources import sources

NAMES = ("autograd", "jax", "torch", "casadi", "scipy")


def installed() -> tuple[str, ...]:
    """Return the names of the peers that can be imported here."""
    return tuple(name for name in NAMES if find_spec(name))


@cache
def modes(threads: int) -> tuple[MeasuredMode, ...]:
    """Return the modes of every installed peer, limited to `threads` threads; imports them."""
    makers = {"autograd": _autograd, "jax": _jax, "torch": _torch, "casadi": _casadi, "scipy": _scipy}
    found = [mode for name in installed() for mode in makers[name](threads)]
    first = sources()
    for mode in found:
        with (
            suppress(Exception),
            quiet_peer(mode),
        ):  # what a library does once in a process belongs to no cell
            mode.prepare(first)()
    return tuple(found)


def with_library(f: Callable[..., Any], library: Any, convert: Callable[[Any], Any]) -> Callable[..., Any]:
    """Return `f` with `library` in NumPy's place and every array that it captured converted.

    Works on functions written in Python that reach NumPy through a global or captured name (``np``), also
    through further such functions; `f` itself is left alone.
    """
    moved: dict[int, Any] = {}

    def move(value: Any) -> Any:
        if value is np:
            return library
        if isinstance(value, np.ndarray):
            return convert(value)
        if isinstance(value, (list, tuple)) and any(isinstance(item, np.ndarray) for item in value):
            return type(value)(move(item) for item in value)
        if isinstance(value, FunctionType) and value.__module__.split(".")[0] not in ("numpy", "scipy"):
            return move_function(value)
        return value

    def move_function(function: FunctionType) -> FunctionType:
        if id(function) not in moved:
            names = _global_names(function.__code__)
            scope: dict[str, Any] = {"__builtins__": function.__globals__["__builtins__"]}
            closure = tuple(CellType() for _ in function.__closure__ or ())
            copy = FunctionType(function.__code__, scope, function.__name__, function.__defaults__, closure)
            copy.__kwdefaults__ = function.__kwdefaults__
            moved[id(function)] = copy  # before its contents, which may refer back to it
            scope.update(
                {name: move(function.__globals__[name]) for name in names if name in function.__globals__}
            )
            for cell, original in zip(closure, function.__closure__ or (), strict=True):
                cell.cell_contents = move(original.cell_contents)
        return moved[id(function)]

    return move(f)


def _global_names(code: CodeType) -> set[str]:
    """Return the names that a function, or one nested in it, may look up globally."""
    nested = (_global_names(constant) for constant in code.co_consts if isinstance(constant, CodeType))
    return set(code.co_names).union(*nested)


def _of_one_array(w: Workload) -> tuple[Callable[..., Any], Any]:
    """Return f and its point as the user has them, if that is one array; else `_of_one_vector`."""
    return _of_one_vector(w) if w.point.array is None else (w.f, w.point.array)


def _of_one_vector(w: Workload) -> tuple[Callable[..., Any], Any]:
    """Return f and its point for those who know vectors only, f itself where it is a function of one."""
    array = w.point.array
    if array is not None and array.ndim == 1 and np.ndim(w.evaluate()) <= 1:
        return w.f, array
    return w.point.of_vector(w.f), entries(w.point.inputs)


def _autograd(threads: int) -> list[MeasuredMode]:
    import autograd
    import autograd.numpy as anp

    def prepare(w: Workload) -> Call:
        f, x = _of_one_array(w)
        differentiated = autograd.jacobian(with_library(f, anp, lambda array: array))
        return lambda: differentiated(x)

    return [MeasuredMode("autograd-reverse", "autograd", prepare, lambda n, m: m)]


def _jax(threads: int) -> list[MeasuredMode]:
    # XLA reads its flags when JAX is first imported
    flag = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    if threads == 1 and flag not in os.environ.get("XLA_FLAGS", ""):
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {flag}".strip()
    import jax

    jax.config.update("jax_enable_x64", True)

    def preparing(transform: Callable[..., Any]) -> Callable[[Workload], Call]:
        def prepare(w: Workload) -> Call:
            f, x = _of_one_array(w)
            x = jax.numpy.asarray(x)
            compiled = jax.jit(transform(with_library(f, jax.numpy, jax.numpy.asarray))).lower(x).compile()
            return lambda: compiled(x).block_until_ready()

        return prepare

    return [
        MeasuredMode(name, "jax", preparing(transform), passes, compiles=True, foreign_memory=True)
        for name, transform, passes in (
            ("jax-forward", jax.jacfwd, lambda n, m: n),
            ("jax-reverse", jax.jacrev, lambda n, m: m),
        )
    ]


def _torch(threads: int) -> list[MeasuredMode]:
    import torch
    from torch import func

    torch.set_num_threads(threads)

    def preparing(transform: Callable[..., Any]) -> Callable[[Workload], Call]:
        def prepare(w: Workload) -> Call:
            f, x = _of_one_array(w)
            differentiated = transform(with_library(f, torch, torch.as_tensor))
            x = torch.as_tensor(x)
            return lambda: differentiated(x)

        return prepare

    return [
        MeasuredMode(name, "torch", preparing(transform), passes, foreign_memory=True)
        for name, transform, passes in (
            ("torch-forward", func.jacfwd, lambda n, m: n),
            ("torch-reverse", func.jacrev, lambda n, m: m),
        )
    ]


def _casadi(threads: int) -> list[MeasuredMode]:
    import casadi

    def prepare(w: Workload) -> Call:
        x = casadi.SX.sym("x", w.n)
        f, at = _of_one_vector(w)
        y = with_library(f, casadi, casadi.DM)(x)
        compiled = casadi.Function("J", [x], [casadi.densify(casadi.jacobian(y, x))])
        return lambda: compiled(at).full()

    return [
        MeasuredMode("casadi", "casadi", prepare, lambda n, m: min(n, m), compiles=True, foreign_memory=True)
    ]


def _scipy(threads: int) -> list[MeasuredMode]:
    from scipy.optimize import approx_fprime

    def prepare(w: Workload) -> Call:
        f, x = _of_one_vector(w)
        return lambda: approx_fprime(x, f)

    return [MeasuredMode("scipy-forward-difference", "scipy", prepare, lambda n, m: n + 1, order=1)]
