# ruff: noqa: E501, RUF005  (the constructs are lists of templates, easier to read one a line)
"""Random NumPy programs: assignments, views, loops, lists, constants that change, branches, kinds.

    python tests/support/fuzz.py --programs 50000 --seed 1

Every program is the source of a plain function ``f(x)``; its Jacobian in every mode is held against
Richardson-extrapolated differences of ``f``. Right is the right number or a `DifferentiationError`; programs
whose differences of two step sizes disagree (kinks) are skipped.

The generator runs each statement as it writes it, so it knows every shape, and drops what plain NumPy refuses.
"""

import argparse
import ast
import collections
import random
import re
import sys
import textwrap
import time
import traceback
import warnings
from dataclasses import dataclass

import numpy as np

import modes
from modes import DifferentiationError

HEADER = """\
import copy
import functools
import numbers
import numpy as np
"""


@dataclass
class Program:
    """A function of x as source, and a point."""

    name: str
    source: str
    x: np.ndarray

    def function(self):
        scope = {"__name__": "program"}
        exec(compile(self.source, f"<{self.name}>", "exec"), scope)
        return scope["f"]

    def __str__(self):
        return f"# {self.name}, x = np.array({self.x.tolist()})\n{self.source}"


# --- the generator ---


class Generator:
    """Writes one program, statement by statement, and runs it along."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        rng = self.rng
        shape = rng.choice([(2,), (3,), (3,), (4,), (3,), (2, 2), (2, 3)])
        values = [
            round(rng.uniform(0.3, 1.7) * rng.choice([1, 1, -1]), 3) for _ in range(int(np.prod(shape)))
        ]
        self.x = np.array(values).reshape(shape)
        self.before: list[str] = []  # statements outside f
        self.body: list[str] = []
        self.names = 0
        self.restart()

    # running

    def restart(self):
        self.scope = {"__name__": "program"}
        exec(HEADER, self.scope)
        for statement in self.before:
            exec(statement, self.scope)
        self.scope["x"] = self.x.copy()
        for statement in self.body:
            exec(statement, self.scope)

    def sane(self):
        for name, value in self.scope.items():
            if name.startswith("__"):
                continue
            if isinstance(value, np.ndarray | np.floating | float):
                array = np.asarray(value)
                if array.dtype == object or array.size > 64 or array.ndim > 4:
                    return False
                if array.dtype.kind == "f" and not np.all(np.abs(array) < 40):
                    return False
                if array.dtype.kind not in "fib":
                    return False
            if isinstance(value, list) and len(value) > 12:
                return False
        return True

    def add(self, statement):
        """Add a statement, if plain NumPy runs it and the values stay small."""
        try:
            with np.errstate(all="ignore"):
                exec(statement, self.scope)
            if self.sane():
                self.body.append(statement)
                return True
        except Exception:
            pass
        self.restart()
        return False

    def value(self, text):
        with np.errstate(all="ignore"):
            return eval(text, self.scope)

    # names

    def new(self):
        self.names += 1
        return "abcdeghijklmnopqrstuvwyz"[(self.names - 1) % 24] + ("" if self.names <= 24 else "2")

    def arrays(self, test=lambda v: True, writable=False):
        return [
            n
            for n, v in self.scope.items()
            if isinstance(v, np.ndarray)
            and v.dtype.kind == "f"
            and not n.startswith("__")
            and v.size
            and test(v)
            and (not writable or (v.flags.writeable and not self.is_outside(v)))
        ]

    def is_outside(self, value):
        """True for the constants outside f and their views: those take no traced values, on purpose."""
        return any(np.may_share_memory(value, self.scope[name]) for name in "CW")

    def scalars(self):
        return [n for n, v in self.scope.items() if isinstance(v, float | np.floating) and n[0] != "_"]

    def lists(self):
        return [n for n, v in self.scope.items() if isinstance(v, list) and v and n[0] != "_"]

    def number(self):
        return repr(self.rng.choice([0.5, 2.0, -1.5, 0.7, 1.3, 3, -1, 0.25, 1.0]))

    # expressions of a shape

    def scalar(self, depth=1):
        rng = self.rng
        roll = rng.random()
        if roll < 0.15:
            return self.number()
        if roll < 0.3 and self.scalars():
            return rng.choice(self.scalars())
        if roll < 0.4 and self.lists():
            name = rng.choice(self.lists())
            length = len(self.scope[name])
            if np.ndim(self.scope[name][0]) == 0:
                return rng.choice(
                    [f"{name}[{rng.randrange(length)}]"] * 3
                    + [f"sum({name})", f"max({name})", f"min({name})", f"np.max({name})", f"np.sum({name})"]
                    + [f"np.mean({name})", f"np.min({name})", f"np.prod({name})", f"sorted({name})[0]"]
                    + [f"np.std({name})", f"np.median({name})", f"np.dot({name}, {name})", f"np.ptp({name})"]
                    + [f"np.array({name})[-1]", f"np.asarray({name}).sum()", f"np.linalg.norm({name})"]
                )
        names = self.arrays()
        name = rng.choice(names)
        shape = self.scope[name].shape
        if not shape:
            return rng.choice([name, f"{name}[()]", f"{name}.item()"])
        if roll < 0.72:
            key = ", ".join(str(rng.randrange(-s, s)) for s in shape)
            if len(shape) == 2 and rng.random() < 0.3:
                key = "][".join(key.split(", "))
            if rng.random() < 0.08:
                return f"{name}.flat[{rng.randrange(int(np.prod(shape)))}]"
            if rng.random() < 0.05:
                return f"{name}.item({key if '][' not in key else 0})"
            return f"{name}[{key}]"
        if depth <= 0:
            return f"{name}.sum()"
        if roll < 0.86:
            e = self.expr(shape, depth - 1) if rng.random() < 0.4 else name
            return rng.choice(
                [
                    f"np.sum({e})",
                    f"({e}).mean()",
                    f"np.max({e})",
                    f"np.min({e})",
                    f"({e}).max()",
                    f"np.prod({e})",
                ]
                + [f"np.ptp({e})", f"np.median({e})", f"np.var({e})", f"np.std({e})", f"np.linalg.norm({e})"]
                + [
                    f"np.trace({e})",
                    f"np.linalg.det({e})",
                    f"np.vdot({e}, {name})",
                    f"np.sum({e}, where={name} > 0.3)",
                ]
                + [f"np.sort({e}, axis=None)[0]", f"np.average({e})", f"np.logaddexp.reduce({e}, axis=None)"]
                + [f"np.quantile({e}, 0.3)", f"sum(v * v for v in np.ravel({e}))", f"max(np.ravel({e}))"]
                + [f"np.nanmax({e})", f"np.add.reduce({e}, axis=None)", f"np.amax({e}, initial=0.1)"]
            )
        a, b = self.scalar(depth - 1), self.scalar(depth - 1)
        return rng.choice(
            [f"({a} * {b})", f"({a} + {b})", f"({a} - {b})", f"np.sin({a})", f"np.tanh({a} * {b})"]
            + [f"({a} / (2.0 + np.square({b})))", f"max({a}, {b})", f"np.maximum({a}, {b})", f"abs({a})"]
            + [
                f"({a} if {b} > 0.2 else {b})",
                f"np.hypot({a}, 1.5)",
                f"({a}) ** 2",
                f"np.where({a} > {b}, {a}, {b})",
            ]
            + [f"np.float64(0.5) * {a}", f"np.array({a})", f"np.asarray({a})", f"np.clip({a}, -0.5, 0.9)"]
            + [
                f"np.arctan2({a}, 1.5)",
                f"-{a}",
                f"np.sqrt(1 + {a} * {a})",
                f"np.exp(-abs({a}))",
                f"kind({a})",
            ]
        )

    def fitted(self, shape):
        """A variable (or a view of one) whose shape is or broadcasts to `shape`; None if there is none."""
        rng = self.rng
        names = self.arrays()
        rng.shuffle(names)
        size = int(np.prod(shape))
        for name in names:
            value = self.scope[name]
            if value.shape == shape and rng.random() < 0.8:
                return name
            if value.shape == shape[::-1] and len(shape) > 1:
                return f"{name}.T"
            if value.size == size and rng.random() < 0.7:
                order = rng.choice(["", "", "", ', order="F"'])
                inner = str(shape)
                if len(shape) == 1:
                    return rng.choice(
                        [
                            f"{name}.ravel()",
                            f"{name}.flatten()",
                            f"{name}.reshape(-1{order})",
                            f"np.ravel({name})",
                        ]
                    )
                return rng.choice([f"{name}.reshape({inner}{order})", f"np.reshape({name}, {inner}{order})"])
            if len(shape) == 1 and value.ndim == 1 and value.size > size:
                start = rng.randrange(value.size - size + 1)
                if value.size >= 2 * size and rng.random() < 0.3:
                    return f"{name}[::2][:{size}]"
                if rng.random() < 0.2:
                    return f"{name}[[{', '.join(str(rng.randrange(value.size)) for _ in range(size))}]]"
                return f"{name}[{start}:{start + size}]"
            if value.ndim == 2 and len(shape) == 1:
                if value.shape[1] == size:
                    return f"{name}[{rng.randrange(value.shape[0])}]"
                if value.shape[0] == size:
                    return f"{name}[:, {rng.randrange(value.shape[1])}]"
            if (
                value.ndim == 2
                and len(shape) == 2
                and all(a >= b for a, b in zip(value.shape, shape, strict=True))
            ):
                return f"{name}[:{shape[0]}, -{shape[1]}:]"
            if value.ndim and value.ndim < len(shape) and value.shape == shape[len(shape) - value.ndim :]:
                return name if rng.random() < 0.5 else f"{name}[None]"
            if value.ndim == 1 and len(shape) == 2 and value.shape[0] == shape[0] and rng.random() < 0.5:
                return f"{name}[:, None]"
        return None

    def whole(self, shape):
        """As `fitted`, but of that very shape."""
        for _ in range(4):
            text = self.fitted(shape)
            if text is not None and np.shape(self.value(text)) == shape:
                return text
        return rng_full(self.rng, shape, self.scalar(0))

    def constant(self, shape):
        rng = self.rng
        if not shape:
            return self.number()
        values = np.array(
            [rng.choice([0.5, -0.7, 1.2, 2.0, 0.0, 1.0, -1.1]) for _ in range(int(np.prod(shape)))]
        )
        return f"np.array({values.reshape(shape).tolist()})"

    def expr(self, shape, depth=2):
        """An expression that broadcasts to `shape` (mostly: has it)."""
        rng = self.rng
        if not shape:
            return self.scalar(depth)
        roll = rng.random()
        if depth <= 0 or roll < 0.25:
            text = self.fitted(shape)
            if text is None or rng.random() < 0.1:
                return self.scalar(0) if rng.random() < 0.5 else self.constant(shape)
            return text
        a = self.expr(shape, depth - 1)
        if roll < 0.4:
            return rng.choice(
                [f"np.sin({a})", f"np.tanh({a})", f"np.cos({a})", f"-({a})", f"np.square({a})", f"({a}) ** 2"]
                + [
                    f"np.sqrt(1.0 + np.square({a}))",
                    f"np.exp(-np.square({a}))",
                    f"np.abs({a})",
                    f"np.arctan({a})",
                ]
                + [f"np.log1p(np.square({a}))", f"np.clip({a}, -0.8, 0.9)", f"1.0 / (1.5 + np.square({a}))"]
                + [f"np.positive({a})", f"kind({a})", f"np.copy({a})", f"np.float64(2.0) * ({a})"]
                + [
                    f"np.nan_to_num({a})",
                    f"np.where({a} > 0.4, {a}, 0.5)",
                    f"np.asarray({a})",
                    f"np.array({a})",
                ]
            )
        if roll < 0.6:
            b = self.expr(shape, depth - 1)
            return rng.choice(
                [f"({a} + {b})", f"({a} - {b})", f"({a} * {b})", f"({a}) / (2.0 + np.square({b}))"] * 2
                + [f"np.maximum({a}, {b})", f"np.minimum({a}, {b})", f"np.hypot({a}, 1.5 + np.abs({b}))"]
                + [f"np.where({a} > {b}, {a}, {b})", f"np.where({a} > 0.3, {b}, {self.scalar(0)})"]
                + [f"np.logaddexp({a}, {b})", f"np.multiply({a}, {b})", f"({a}) * ({b} > 0.2)"]
                + [
                    f"np.power(1.5 + np.abs({a}), {b})",
                    f"np.arctan2({a}, 1.5 + np.abs({b}))",
                    f"np.fmax({a}, {b})",
                ]
            )
        whole = self.whole(shape)
        if roll < 0.72:
            axis = rng.randrange(len(shape))
            k = rng.randrange(1, 3)
            options = [
                f"np.sort({whole}, axis={axis})", f"np.cumsum({whole}, axis={axis})", f"np.roll({whole}, {k})",
                f"np.flip({whole}, axis={axis})", f"({whole})[::-1]", f"np.cumprod({whole}, axis={axis})",
                f"({whole})[np.argsort({whole}, axis=0)[:, 0]]" if len(shape) == 2 else f"({whole})[np.argsort({whole})]",
                f"({whole}) - np.mean({whole}, axis={axis}, keepdims=True)",
                f"({whole}) / (1.0 + np.sum(np.square({whole}), axis={axis}, keepdims=True))",
                f"({whole}) - np.max({whole}, axis={axis}, keepdims=True)",
                f"np.take({whole}, {[rng.randrange(shape[axis]) for _ in range(shape[axis])]}, axis={axis})",
                f"np.ones({shape}) * ({whole})", f"copy.deepcopy({whole})", f"np.gradient({whole}, axis={axis})",
                f"np.maximum.accumulate({whole}, axis={axis})", f"np.ascontiguousarray({whole})",
                f"np.full({shape}, {self.scalar(0)})", f"np.partition({whole}, 0, axis={axis})",
                f"np.zeros_like({whole}) + {self.scalar(0)}", f"np.broadcast_to({self.scalar(0)}, {shape})",
                f"np.asfortranarray({whole})", f"np.apply_along_axis(lambda v: v * v[0], {axis}, {whole})",
                f"np.vectorize(lambda v: v * 2 if v > 0.4 else v * v)({whole})",
                f"np.delete(np.insert({whole}, 0, 0.3, axis={axis}), -1, axis={axis})",
                f"np.repeat({whole}, 2, axis={axis})[{':, ' * axis}::2]",
                f"np.tile({whole}, 2)[..., :{shape[-1]}]", f"({whole}).copy(order='K')",
                f"np.take_along_axis({whole}, np.argsort({whole}, axis={axis}), axis={axis})",
            ]  # fmt: skip
            if len(shape) == 2:
                options += [f"np.tril({whole})", f"np.triu({whole}, 1)", f"({whole}).copy(order='F')"]
            return rng.choice(options)
        if roll < 0.86:
            if len(shape) == 1:
                n = shape[0]
                inner = ", ".join(self.scalar(1) for _ in range(n))
                k = rng.randrange(2, 4)
                m = self.whole((n, k)) if rng.random() < 0.6 else self.constant((n, k))
                axis_sum = rng.choice(
                    ["sum", "mean", "max", "min", "prod", "std", "var", "median", "average"]
                )
                options = [
                    f"np.array([{inner}])", f"np.array([{inner}])", f"np.stack([{inner}])",
                    f"np.asarray([{inner}], dtype=float)", f"np.array(({inner},), dtype=np.float64)",
                    f"np.concatenate([{self.whole((1,))}, {self.whole((n - 1,))}])" if n > 1 else f"np.array([{inner}])",
                    f"np.append({self.whole((n - 1,))}, {self.scalar(0)})" if n > 1 else f"np.array([{inner}])",
                    f"np.hstack([{inner}])", f"np.array([v * v for v in {whole}])",
                    f"np.array(list(map(lambda v: v * 1.5, {whole})))", f"np.array(sorted({whole}))",
                    f"np.array({whole}.tolist())" if re.fullmatch(r"\w+", whole) else f"np.array([*{whole}])",
                    f"np.{axis_sum}({m}, axis=1)", f"np.{axis_sum}({m}, axis=-1)", f"({m}) @ {self.whole((k,))}",
                    f"{self.whole((k,))} @ np.transpose({m})", f"np.einsum('ij,j->i', {m}, {self.whole((k,))})",
                    f"np.dot({m}, {self.whole((k,))})", f"np.diag({self.whole((n, n))})",
                    f"np.diagonal({self.whole((n, n))})", f"np.diff({self.whole((n + 1,))})",
                    f"np.linalg.solve(np.diag(2.0 + np.square({whole})), {whole})",
                    f"np.convolve({whole}, [0.5, 1.0], mode='same')",
                    f"np.fromiter(({whole}), float)", f"np.r_[{self.whole((n - 1,))}, {self.scalar(0)}]" if n > 1 else whole,
                    f"np.linalg.norm({m}, axis=1)", f"np.logaddexp.reduce({m}, axis=1)", f"np.sum({m}, 1)",
                    f"np.squeeze({m}[:, :1], axis=1)", f"np.array([row.sum() for row in {m}])",
                    f"np.add.reduceat({whole}, np.arange({n}))",
                    f"np.interp({whole}, [-50.0, 0.1, 50.0], [0.0, 1.0, 3.0])", f"np.pad({self.whole((n - 1,))}, (1, 0))" if n > 1 else whole,
                ]  # fmt: skip
                return rng.choice(options)
            if len(shape) == 2:
                n, m = shape
                k = rng.randrange(2, 4)
                rows = ", ".join("[" + ", ".join(self.scalar(0) for _ in range(m)) + "]" for _ in range(n))
                parts = ", ".join(self.whole((m,)) for _ in range(n))
                columns = ", ".join(self.whole((n,)) for _ in range(m))
                options = [
                    f"np.array([{rows}])", f"np.stack([{parts}])", f"np.array([{parts}])", f"np.vstack([{parts}])",
                    f"np.column_stack([{columns}])", f"np.stack([{columns}], axis=1)", f"np.outer({self.whole((n,))}, {self.whole((m,))})",
                    f"({self.whole((n, k))}) @ ({self.whole((k, m))})", f"np.concatenate([{self.whole((1, m))}, {self.whole((n - 1, m))}])" if n > 1 else f"np.array([{rows}])",
                    f"np.einsum('ik,kj->ij', {self.whole((n, k))}, {self.whole((k, m))})",
                    f"np.einsum('i,j->ij', {self.whole((n,))}, {self.whole((m,))})",
                    f"({self.whole((n,))})[:, None] * ({self.whole((m,))})", f"np.sum({self.whole((k, n, m))}, axis=0)",
                    f"np.tensordot({self.whole((n, k))}, {self.whole((k, m))}, axes=1)", f"np.max({self.whole((n, m, k))}, axis=-1)",
                    f"np.meshgrid({self.whole((m,))}, {self.whole((n,))})[{rng.randrange(2)}]",
                    f"np.add.outer({self.whole((n,))}, {self.whole((m,))})", f"np.swapaxes({self.whole((m, n))}, 0, 1)",
                    f"np.rot90({self.whole((m, n))})", f"np.atleast_2d({self.whole((m,))}) + np.zeros({shape})",
                    f"np.array([[{self.scalar(0)} * i + j for j in range({m})] for i in range({n})])",
                ]  # fmt: skip
                if n == m:
                    options += [
                        f"np.linalg.inv(3.0 * np.eye({n}) + {whole})", f"np.diag({self.whole((n,))})",
                        f"np.eye({n}) * {self.scalar(0)}", f"np.linalg.solve(3.0 * np.eye({n}) + {whole}, {whole})",
                        f"{whole} @ {whole}", f"np.kron(np.eye({n}), np.array([[{self.scalar(0)}]]))",
                        f"np.linalg.matrix_power({whole}, 2)", f"np.identity({n}) + {whole}",
                    ]  # fmt: skip
                return rng.choice(options)
            return f"np.zeros({shape}) + {a}"
        return self.scalar(depth - 1) if rng.random() < 0.2 else a

    # keys

    def key(self, shape, name):
        """Text of an index into an array of `shape`."""
        rng = self.rng
        if not shape:
            return rng.choice(["...", "()"])
        roll = rng.random()

        def one(length):
            r = rng.random()
            if r < 0.4:
                return str(rng.randrange(-length, length))
            if r < 0.5:
                return ":"
            start, stop = sorted(rng.sample(range(length + 1), 2))
            return rng.choice(
                [f"{start}:{stop}", f"{start}:", f":{stop}", "::2", "::-1", f"{start}:{stop}:1", "1:", ":-1"]
            )

        if roll < 0.35:
            return one(shape[0])
        if roll < 0.62 and len(shape) > 1:
            return ", ".join(one(s) for s in shape)
        if roll < 0.7:
            k = rng.randrange(1, shape[0] + 1)
            chosen = (
                rng.sample(range(shape[0]), k)
                if rng.random() < 0.7
                else [rng.randrange(shape[0]) for _ in range(k)]
            )
            return f"{chosen}" if rng.random() < 0.5 else f"np.array({chosen})"
        if roll < 0.78:
            return rng.choice(
                [
                    f"{name} > 0.4",
                    f"{name} < 0.5",
                    f"np.abs({name}) > 0.6",
                    f"~({name} > 1.0)",
                    f"np.isfinite({name})",
                ]
            )
        if roll < 0.82:
            return f"np.array({[rng.random() < 0.5 for _ in range(shape[0])]})"
        if roll < 0.86:
            return f"..., {one(shape[-1])}"
        if roll < 0.9:
            return rng.choice([":", "..."])
        if roll < 0.93 and len(shape) == 2:
            n = min(shape)
            return rng.choice(
                [
                    f"range({n}), range({n})",
                    f"np.arange({n}), np.arange({n})",
                    "np.ix_([1, 0], [0, 1])",
                    "[0, 1], :",
                    ":, [1, 0]",
                    "[1], 0",
                    "np.tril_indices(2)",
                ]
            )
        if roll < 0.96:
            return rng.choice(
                [
                    f"np.argmax({name})",
                    f"np.argmin({name})",
                    f"np.argsort({name})",
                    f"np.nonzero({name} > 0.3)",
                ]
                if len(shape) == 1
                else [f"np.unravel_index(np.argmax({name}), {shape})", f"np.nonzero({name} > 0.3)"]
            )
        return f"None, {one(shape[0])}"

    # statements

    def maker(self):
        rng = self.rng
        n = rng.choice([2, 3, 3, 4])
        shape = rng.choice(
            [
                (n,),
                (n,),
                (n,),
                (n, rng.choice([2, 3])),
                (2, 2),
                (2, 3),
                (3, 3),
                (2, 2, 2),
                (2, 1, 3),
                (),
                (1,),
            ]
        )
        text = str(shape[0]) if len(shape) == 1 and rng.random() < 0.5 else str(shape)
        order = rng.choice(["", "", "", ', order="F"']) if len(shape) > 1 else ""
        name = self.new()
        like = rng.choice(self.arrays())
        choice = rng.choice(
            [f"np.zeros({text}{order})"] * 4
            + [f"np.ones({text}{order})"] * 2
            + [f"np.full({text}, {self.number()}.__float__())".replace(".__float__()", " * 1.0")]
            + [f"np.empty({text}{order})"] * 2
            + [f"np.eye({n})", f"np.zeros_like({like})", f"np.ones_like({like})", f"np.empty_like({like})"]
            + [f"{like}.copy()", f"np.copy({like})", f"np.array({like})", f"np.full_like({like}, 0.5)"]
            + [f"np.linspace(0.1, 0.9, {n})", f"np.arange({n}.0)", f"np.arange({n}) * 0.5", f"np.tri({n})"]
            + [
                f"np.zeros({text}, dtype=float)",
                f"np.repeat(0.5, {n})",
                f"np.array({[0.0] * n})",
                f"[0.0] * {n}",
            ]
            + [f"np.zeros({text}, float).reshape({shape})", f"np.identity({n})", f"np.diag(np.ones({n}))"]
            + [
                f"np.zeros((2, {n}))[0]",
                f"np.zeros({n * 2})[::2]",
                f"np.zeros(({n}, 2)).T",
                f"np.tile(0.5, {n})",
            ]
            + [
                f"np.asarray({[0.5] * n})",
                f"np.random.default_rng(0).normal(size={text})",
                f"np.zeros({n}) + 1.0",
            ]
            + [f"np.float64(0.5) * np.ones({text})", f"np.zeros({text}, np.float32).astype(float)"]
        )
        statement = f"{name} = {choice}"
        if "empty" in choice:
            target = np.shape(self.value(choice))
            statement += f"\n{name}[...] = {self.expr(target)}"
        return statement

    def assign(self, name=None):
        rng = self.rng
        names = self.arrays(writable=True)
        if not names:
            return self.maker()
        recent = names[-3:]
        name = name or rng.choice(recent if rng.random() < 0.6 else names)
        value = self.scope[name]
        roll = rng.random()
        if roll < 0.12:
            op = rng.choice(["+=", "*=", "-=", "/="])
            e = self.expr(value.shape)
            return f"{name} {op} {e}" if op != "/=" else f"{name} /= 1.5 + np.abs({e})"
        key = self.key(value.shape, name)
        try:
            target = np.shape(value[self.value(f"np.index_exp[{key}]")])
        except Exception:
            return None
        e = self.expr(target)
        if target and rng.random() < 0.1 and len(target) == 1 and target[0]:
            e = "[" + ", ".join(self.scalar(0) for _ in range(target[0])) + "]"
        if any(sign in key for sign in (">", "<", "True", "False", "isfinite")):
            e = f"({e}) * 1.0"  # NumPy takes no copy of an overlapping operand under a boolean key; we do
        op = rng.choice(["=", "=", "=", "=", "+=", "*=", "-="])
        return f"{name}[{key}] {op} {e}"

    def view(self):
        rng = self.rng
        names = self.arrays()
        name = rng.choice(names[-3:] if rng.random() < 0.6 else names)
        value = self.scope[name]
        new = self.new()
        options = [
            f"{name}.ravel()",
            f"{name}.reshape(-1)",
            f"{name}.T",
            f"{name}[None]",
            f"{name}[...]",
            f"{name}.view()",
        ]
        options += [
            f"np.ravel({name})",
            f"np.asarray({name})",
            f"{name}[..., None]",
            f"np.reshape({name}, -1)",
            name,
        ]
        options += [
            f"np.atleast_2d({name})",
            f"np.atleast_1d({name})",
            f"np.squeeze({name})",
            f"np.expand_dims({name}, 0)",
        ]
        options += [
            f"np.transpose({name})",
            f"np.ravel({name}, order='K')",
            f"np.ravel({name}, order='F')",
            f"np.array({name}, copy=False)",
        ]
        options += [
            f"{name}.reshape(-1, order='F')",
            f"np.array({name}, copy=None)",
            f"np.real({name})",
            f"np.ascontiguousarray({name})",
        ]
        options += [
            f"np.broadcast_to({name}, {(2, *value.shape)})",
            f"np.asanyarray({name})",
            f"{name}.ravel('A')",
            f"np.astype({name}, float, copy=False)",
        ]
        options += [
            f"{name}.astype(float)",
            f"{name}.squeeze()",
            f"np.require({name}, requirements='C')",
            f"np.asfortranarray({name})",
        ]
        if value.ndim:
            options += [f"{name}[{self.key(value.shape, name)}]" for _ in range(6)]
            options += [
                f"{name}[::-1]",
                f"np.flip({name})",
                f"np.split({name}, [1])[1]",
                f"np.array_split({name}, 2)[0]",
            ]
            options += [
                f"np.moveaxis({name}, 0, -1)",
                f"np.roll({name}, 1)",
                f"np.take({name}, [0], axis=0)",
                f"np.delete({name}, 0, axis=0)",
            ]
            options += [
                f"next(iter({name}))",
                f"list({name})[-1]",
                f"[*{name}][0]",
                f"np.lib.stride_tricks.sliding_window_view({name}, 2, axis=0)",
            ]
        if value.ndim == 2:
            options += [
                f"{name}.diagonal()",
                f"np.diag({name})",
                f"np.rot90({name})",
                f"{name}.swapaxes(0, 1)",
                f"{name}.transpose(1, 0)",
            ]
            options += [
                f"np.fliplr({name})",
                f"{name}[:, 0]",
                f"{name}[0]",
                f"{name}.T.ravel()",
                f"{name}.T.reshape(-1)",
                f"{name}.T[0]",
            ]
            options += [
                f"np.hsplit({name}, [1])[0]",
                f"np.einsum('ii->i', {name})",
                f"np.einsum('ij->ji', {name})",
                f"np.linalg.matrix_transpose({name})",
            ]
        if value.ndim == 3:
            options += [
                f"{name}.transpose(2, 0, 1)",
                f"{name}[0].T",
                f"{name}[:, 0, :]",
                f"{name}.swapaxes(0, 2)",
            ]
        if value.size == 4:
            options += [
                f"{name}.reshape(2, 2)",
                f"{name}.reshape(2, 2, order='F')",
                f"{name}.reshape((2, -1)).T",
            ]
        if value.size == 6:
            options += [f"{name}.reshape(2, 3)", f"{name}.reshape(3, 2).T", f"{name}.reshape(6, 1)"]
        return f"{new} = {rng.choice(options)}"

    def compute(self):
        rng = self.rng
        shape = rng.choice([(), (2,), (3,), (3,), (4,), (2, 2), (2, 3), (3, 3), self.x.shape])
        return f"{self.new()} = {self.expr(shape)}"

    def loop(self):
        rng = self.rng
        names = self.arrays(lambda v: v.ndim >= 1, writable=True)
        if not names:
            return None
        name = rng.choice(names[-4:])
        shape = self.scope[name].shape
        n, rest = shape[0], shape[1:]
        e = self.expr(rest, 1)
        other = self.fitted(shape) or name
        s = self.scalar(1)
        options = [
            f"for i in range({n}):\n    {name}[i] = {e} * (i + 1)",
            f"for i in range(1, {n}):\n    {name}[i] = {name}[i - 1] * 0.7 + {e}",
            f"for i in range({n}):\n    {name}[i] += {e} * 0.5",
            f"for i in range({n}):\n    if np.sum({name}[i]) > 0.4:\n        {name}[i] *= {s}\n    else:\n        {name}[i] = {e}",
            f"for i, v in enumerate({other}):\n    {name}[i] = v * {s}",
            f"for i in reversed(range({n})):\n    {name}[i] = np.sin({name}[i - 1]) + {e}",
            f"i = 0\nwhile i < {n}:\n    {name}[i] = {name}[i] * {s}\n    i += 1\ndel i",
            f"for i in range({n} - 1):\n    {name}[i], {name}[i + 1] = {name}[i + 1] * 1.0, {name}[i] * 0.5",
            f"for i in range({n}):\n    {name}[i] = np.sum({name}[: i + 1]) * 0.3",
            f"for v in {name}:\n    v *= {s}",
            f"for _ in range(3):\n    {name} = {name} * 0.5 + {e}",
            f"for k in range(2):\n    {name}[:] = {name}[::-1] * {s}",
            f"for v, w in zip({name}, {other}):\n    v += w * 0.5",
            f"for i in np.argsort({name}.reshape({n}, -1)[:, 0]):\n    {name}[i] = {name}[i] * {s}",
        ]
        if rest:
            options += [
                f"for row in {name}:\n    row[0] = {s} * row[-1]",
                f"for row in {name}:\n    row += {e}",
                f"for row in {name}.T:\n    row[-1] = {s}",
                f"for i in range({n}):\n    for j in range({rest[0]}):\n        {name}[i, j] = {self.scalar(0)} * i + {self.scalar(0)} * j",
                f"for j in range({rest[0]}):\n    {name}[:, j] *= {self.scalar(0)}",
                f"for (i, j), v in np.ndenumerate(np.ones({shape})):\n    {name}[i, j] += {s} * v * i",
            ]
        return rng.choice(options)

    def branch(self):
        rng = self.rng
        first = self.assign()
        second = self.assign()
        if not first or not second or "\n" in first + second:
            return None
        s = self.scalar(1)
        test = rng.choice(
            [
                f"{s} > 0.3",
                f"{s} < {self.scalar(0)}",
                f"isinstance({s}, float)",
                f"np.isscalar({s})",
                f"np.all({rng.choice(self.arrays())} > 0.1)",
            ]
            + [
                f"np.ndim({s}) == 0",
                f"isinstance({s}, np.ndarray)",
                f"hasattr({s}, '__len__')",
                f"{s}",
                f"np.any(np.isnan({s}))",
            ]
            + [
                f"isinstance({rng.choice(self.arrays())}, np.ndarray)",
                f"isinstance({s}, numbers.Number)",
                f"np.isclose({s}, 0.3)",
            ]
            + [
                f"np.array_equal({rng.choice(self.arrays())}, {rng.choice(self.arrays())})",
                f"not {s} > 0.5 and True",
            ]
        )
        return f"if {test}:\n    {first}\nelse:\n    {second}"

    def out(self):
        rng = self.rng
        names = self.arrays(writable=True)
        if not names:
            return None
        name = rng.choice(names[-4:])
        shape = self.scope[name].shape
        a, b = self.expr(shape, 1), self.expr(shape, 1)
        target = (
            name if rng.random() < 0.7 or not shape else f"{name}[{rng.choice(['1:', ':2', '::-1', '...'])}]"
        )
        if target != name:
            try:
                inner = np.shape(self.value(target))
            except Exception:
                return None
            a, b = self.expr(inner, 1), self.expr(inner, 1)
        where = rng.choice(["", "", "", f", where={name} > 0.3" if target == name else ""])
        options = [
            f"np.sin({a}, out={target}{where})", f"np.add({a}, {b}, out={target}{where})", f"np.multiply({a}, {b}, out={target}{where})",
            f"np.maximum({a}, {b}, out={target})", f"np.exp(-np.abs({a}), out={target})", f"np.subtract({a}, {b}, {target})",
            f"np.clip({a}, -0.5, 0.7, out={target})", f"np.negative({target}, out={target})", f"np.square({target}, out={target}{where})",
            f"np.copyto({target}, {a})", f"np.copyto({target}, {a}, where=np.asarray({target}) > 0.2)", f"np.tanh({target}, {target})",
        ]  # fmt: skip
        if shape:
            n = shape[0]
            options += [
                f"{name}.sort()", f"{name}.fill({self.scalar(0)})", f"np.put({name}, [0, -1], {self.scalar(0)})",
                f"np.place({name}, {name} > 0.5, [{self.scalar(0)}])", f"np.putmask({name}, {name} > 0.5, {a})",
                f"np.cumsum({name}, axis=0, out={name})", f"np.add.at({name}, [0, 0, {n - 1}], {self.scalar(0)})",
                f"np.sum({self.whole((2, *shape))}, axis=0, out={name})", f"{name}.flat[0] = {self.scalar(0)}",
                f"{name}[:] = {a}", f"{name}[0:1], {name}[-1:] = {name}[-1:] * 1.0, {name}[0:1] * 2.0",
                f"{name}.put([0], {self.scalar(0)})", f"{name}.itemset(0, {self.scalar(0)})" if False else f"{name}[()] = {a}",
                f"np.random.default_rng(1).shuffle({name})", f"{name}.sort(axis=0)", f"{name}.partition(0)",
                f"{name}.flat = {self.scalar(0)}", f"{name}.resize({shape})" if False else f"{name}.shape = {shape}",
                f"np.multiply.at({name}, [0], {self.scalar(0)})", f"np.mean({self.whole((2, *shape))}, axis=0, out={name})",
            ]  # fmt: skip
            if len(shape) == 2:
                options += [
                    f"np.fill_diagonal({name}, {self.scalar(0)})", f"np.matmul({self.whole((n, 2))}, {self.whole((2, shape[1]))}, out={name})",
                    f"np.put_along_axis({name}, np.argmax({name}, axis=0)[None], {self.scalar(0)}, axis=0)",
                    f"np.outer({self.whole((n,))}, {self.whole((shape[1],))}, out={name})", f"np.einsum('i,j->ij', {self.whole((n,))}, {self.whole((shape[1],))}, out={name})",
                    f"{name}[np.diag_indices({min(shape)})] += {self.scalar(0)}", f"{name}[np.triu_indices(2, 1)] = {self.scalar(0)}",
                    f"np.concatenate([{self.whole((1, shape[1]))} * 1.0, {self.whole((n - 1, shape[1]))} * 1.0], out={name})" if n > 1 else f"{name}[0, 0] = {self.scalar(0)}",
                ]  # fmt: skip
        return rng.choice(options)

    def listing(self):
        rng = self.rng
        name = self.new()
        s, t = self.scalar(1), self.scalar(1)
        vector = rng.choice(self.arrays(lambda v: v.ndim == 1) or ["np.ravel(x)"])
        options = [
            f"{name} = [{s}, {t}, {self.scalar(0)}]",
            f"{name} = []\nfor i in range(3):\n    {name}.append({s} * (i + 0.5))",
            f"{name} = [v * {s} for v in {vector}]",
            f"{name} = list({vector})",
            f"{name} = [{s}]\nfor i in range(3):\n    {name}.append(np.sin({name}[-1]) + {t} * 0.5)",
            f"{name} = [v for v in {vector} if v > 0.2] + [0.5]",
            f"{name} = {vector}.tolist()",
            f"{name} = [row * 1.0 for row in {self.whole((2, 2))}]",
            f"{name} = sorted([{s}, {t}, 0.3])",
            f"{name} = [0.0] * 3\n{name}[1] = {s}\n{name}[2] += {t}",
        ]
        lists = self.lists()
        if lists:
            other = rng.choice(lists)
            options += [
                f"{name} = np.array({other})", f"{name} = np.stack({other})", f"{name} = np.sort({other})", f"{name} = np.cumsum({other})",
                f"{name} = np.sin({other})", f"{name} = np.asarray({other}, dtype=float)", f"{name} = np.hstack({other})",
                f"{other}[0] = {s}", f"{other}[-1] *= {s}", f"{name} = np.clip({other}, -0.5, 0.8)", f"{name} = np.diff({other})",
                f"{name} = np.exp(np.negative({other}))", f"{name} = np.multiply({other}, {self.scalar(0)})", f"{name} = np.concatenate([{other}, {vector}])",
                f"{name} = np.array([{other}, {other}])", f"{name} = np.array({other}) * np.array({other})[::-1]", f"{name} = np.maximum({other}, 0.4)",
                f"{name} = np.where(np.array({other}) > 0.3, {other}, 0.0)", f"{name} = np.outer({other}, {vector})", f"{name} = np.append({other}, {s})",
                f"{name} = functools.reduce(lambda p, q: p * 0.5 + q, {other})", f"{name} = np.array({other})[np.argsort({other})]",
                f"{name} = np.array(tuple({other}))", f"{name} = np.insert({other}, 1, {s})", f"{name} = np.roll({other}, 1)", f"{name} = np.flip({other})",
                f"{name} = np.linalg.norm({other}) * np.ones(2)", f"{name} = np.interp(0.3, [-1.0, 0.0, 1.0], [{s}, {t}, 0.5])", f"{name} = np.convolve({other}, [1.0, 0.5])",
                f"{name} = np.polyval({other}, {self.scalar(0)})", f"{name} = np.quantile({other}, [0.2, 0.6])", f"{name} = np.array({other}).reshape(-1, 1) @ np.array([{other}])",
                f"{name} = np.dot({other}, {other}) * np.ones(2)", f"{name} = np.max({other}, axis=0)", f"{name} = np.diag({other})",
                f"{name} = np.array({other})\n{name}[0] = {s}", f"{name} = np.array({other})\n{name} *= {s}", f"{name} = np.repeat({other}, 2)",
                f"{name} = np.mean({other}, axis=0)", f"{name} = np.add({other}, {other})", f"{name} = np.vstack({other})", f"{name} = np.asarray({other}).T * 1.0",
            ]  # fmt: skip
        return rng.choice(options)

    def misc(self):
        rng = self.rng
        name = self.new()
        s = self.scalar(1)
        vector = rng.choice(self.arrays(lambda v: v.ndim >= 1))
        shape = self.scope[vector].shape
        h = f"h{self.names}"
        e = self.expr(shape, 1)
        options = [
            f"def {h}(u, k=2):\n    return u * k if np.sum(u) > 0.2 else u - k\n{name} = {h}({e})",
            f"def {h}(u):\n    u[0] = {s}\n    return u\n{name} = {h}({vector}.copy())",
            f"def {h}(u):\n    u += {s}\n{h}({vector})" if not self.is_outside(self.scope[vector]) else f"{name} = {s} * 1.0",
            f"def {h}(u):\n    w = np.zeros(3)\n    w[1:] = u\n    return w * u\n{name} = {h}({s})",
            f"def {h}(u, depth):\n    return u if depth == 0 else {h}(np.sin(u) * {self.scalar(0)}, depth - 1)\n{name} = {h}({e}, 2)",
            f"{name} = kind({s}) * np.ones(2)", f"{name} = kind({e})", f"{name} = mean({e}) * np.ones(2)",
            f"{name} = dict(p={s}, q={e})\n{name} = {name}['p'] * {name}['q']",
            f"{name} = {vector}\n{name} = {name} + {s}", f"{name} = copy.copy({vector})\n{name}[0] = {s}",
            f"{name}, *_ = {vector}", f"{name} = (lambda u: u * {s})({e})", f"{name} = {vector}[{vector} > 0.2].sum()",
            f"{name} = np.zeros(3)\n{name} += {s}", f"{name} = np.zeros(2)\n{name}[0] = {s}\n{name}[1] = {name}[0] ** 2",
            f"{name} = 0.0\nfor v in np.ravel({vector}):\n    {name} += v * {self.scalar(0)}",
            f"{name} = np.zeros(3)\nnp.add({name}, {s}, out={name})", f"{name} = fill(np.zeros(3), {s})", f"{name} = fill({vector}.copy(), {s})",
            f"{name} = np.zeros((3, 2))\n{name}[:, 0] = {s}\n{name}.T[1] = [{s}, 0.5, {self.scalar(0)}]",
            f"{name} = C * {s}\nC[:] = 5.0", f"{name} = C.copy()\n{name}[0] = {s}", f"{name} = W @ {self.whole((2,))}\nW[0] = 0.0",
            f"{name} = {self.whole((2, 2))} @ W\nW[:] *= 2.0", f"{name} = C[:2] * {self.whole((2,))}\nC[:] += 1.0", f"{name} = np.where(C > 0.5, {s}, C)\nC[0] = 0.0",
            f"{name} = W\n{name} = {name} + {s}", f"{name} = {self.whole((2,))} / (1.5 + np.abs(C[1:]))\nC[1] = 3.0", f"{name} = np.dot(W, {self.whole((2,))})\nW.fill(1.0)",
            f"{name} = 0.0\nfor k in range(3):\n    C[...] = k + 0.5\n    {name} = {name} + {self.whole((3,))} * C", f"{name} = np.array([C, C]) * {s}\nC[2] = -1.0",
            f"{name} = np.maximum(C, {s})\nC[:] = 0.1", f"{name} = C[::-1]\n{name} = {name} * {self.whole((3,))}\nC[0] = 9.0", f"{name} = np.einsum('ij,j', W, {self.whole((2,))})\nW[:] = 1.0",
            f"{name} = np.zeros(3)\n{name}[:2] = {self.whole((2,))}\n{name}[2] = {name}[0] * {name}[1]\n{name}[0] = 0.3",
            f"{name} = ({s}, {e})\n{name} = {name}[0] * {name}[1]", f"{name} = np.array([[{s}, 1.0], [0.5, {self.scalar(0)}]])\n{name}[0, 0] *= 2.0",
            f"{name} = [np.zeros(2), np.ones(2)]\n{name}[0][:] = {s}\n{name}[1][0] = {name}[0][1]\n{name} = np.concatenate({name})",
            f"{name} = {s}\n{name} += {self.scalar(0)}\n{name} *= 2", f"{name} = np.float64({self.number()})\n{name} += {s}",
            f"{name} = np.zeros(2)\n{name}[[0, 1]] = {s}, {self.scalar(0)}", f"{name} = np.empty((2, 2))\n{name}[0] = {name}[1] = {s}",
            f"class K:\n    def __init__(self, v):\n        self.v = v\n    def step(self):\n        self.v = self.v * 0.5 + {s}\n        return self\n{name} = K({e}).step().step().v\ndel K",
        ]  # fmt: skip
        return rng.choice(options)

    def statement(self):
        kind = self.rng.choices(
            [
                self.maker,
                self.assign,
                self.view,
                self.compute,
                self.loop,
                self.branch,
                self.out,
                self.listing,
                self.misc,
            ],
            [12, 24, 14, 8, 8, 6, 10, 7, 11],
        )[0]
        return kind()

    def write(self, name):
        rng = self.rng
        self.before = [
            "C = np.zeros(3)\nW = np.zeros((2, 2))",
            "def kind(v):\n    if np.isscalar(v):\n        return v * 0.5\n    if isinstance(v, np.ndarray) and v.ndim > 1:\n"
            "        return v[::-1] + 0.5\n    return v + 1.0",
            "def mean(v):\n    if isinstance(v, numbers.Number):\n        return v\n    if hasattr(v, '__len__'):\n"
            "        return sum(mean(w) for w in v) / len(v)\n    return v * 3.0",
            "def fill(v, s):\n    for i in range(len(v)):\n        v[i] = s * (i + 1)\n    return v",
        ]
        self.restart()
        self.body = ["C[:] = [0.4, 0.8, -0.6]\nW[:] = [[0.5, 1.0], [-0.3, 0.7]]"]
        self.restart()
        target = rng.choice([3, 4, 5, 6, 8, 10])
        tries = 0
        while len(self.body) < target and tries < 40:
            tries += 1
            try:
                text = self.statement()
            except (
                IndexError,
                ValueError,
                TypeError,
                SyntaxError,
                AttributeError,
                np.linalg.LinAlgError,
                NameError,
            ):
                continue
            if text:
                self.add(text)
        self.add_return()
        used = "\n".join(self.body)
        before = [
            b
            for b in self.before
            if re.search(rf"\b{b.split('(')[0].split()[-1]}\(", used) or b.startswith("C")
        ]
        text = HEADER + "\n" + "\n".join(before) + "\n\n\ndef f(x):\n" + textwrap.indent(used, "    ") + "\n"
        return Program(name, text, self.x)

    def add_return(self):
        rng = self.rng
        names = [n for n in [*self.arrays(), *self.scalars()] if n not in ("C", "W")]
        roll = rng.random()
        if roll < 0.1 and len(names) > 1:
            text = rng.choice(names[-3:])
        elif roll < 0.2:
            text = " + ".join(f"np.sum(np.sin({n}))" for n in names)
        else:
            parts = [f"np.ravel({n})" for n in names]
            lists = [f"np.ravel({n})" for n in self.lists()]
            text = f"np.concatenate([{', '.join(parts + lists)}])"
        self.body.append(f"return {text}")


def rng_full(rng, shape, scalar):
    return rng.choice(
        [f"np.full({shape}, {scalar})", f"({scalar} + np.zeros({shape}))", f"({scalar} * np.ones({shape}))"]
    )


def generate(seed, index):
    """Program number `index` of a seed."""
    with np.errstate(all="ignore"):
        return Generator(f"{seed}/{index}").write(f"program {seed}/{index}")


# --- the reference and the check ---


def differences(f, x, h=4e-3):
    """The Jacobian by extrapolated central differences; None where two step sizes disagree."""

    def central(step):
        columns = []
        for place in np.ndindex(x.shape):
            up, down = x.copy(), x.copy()
            up[place] += step
            down[place] -= step
            width = up[place] - down[place]  # f may write to its argument
            columns.append((np.array(f(up), float) - np.array(f(down), float)) / width)
        return np.stack(columns, axis=-1)

    first, second, third = central(h), central(h / 2), central(h / 4)
    coarse, fine = (4 * second - first) / 3, (4 * third - second) / 3
    if not np.all(np.isfinite(fine)):
        return None
    scale = 1 + np.max(np.abs(fine), initial=0.0)
    if np.max(np.abs(fine - coarse), initial=0.0) > 1e-6 * scale:
        return None
    return fine.reshape(*fine.shape[:-1], *x.shape)


@dataclass
class Outcome:
    """What became of a program: right, refused, skipped or wrong, and why."""

    kind: str
    detail: str = ""


class Disagrees(Exception):
    """A number that differs from the reference."""


def _same(what, found, known, rtol):
    found = np.asarray(found)
    if found.shape != np.shape(known):
        raise Disagrees(f"{what}: shape {found.shape}, not {np.shape(known)}")
    if found.dtype == object:
        raise Disagrees(f"{what}: an array of objects")
    scale = max(1.0, np.max(np.abs(known), initial=0.0))
    if not np.allclose(found, known, rtol=rtol, atol=0.1 * rtol * scale):
        raise Disagrees(f"{what}:\nfound    {found.tolist()}\nexpected {np.asarray(known).tolist()}")


def check(program, second_order=False):
    """Hold every mode against the differences of the plain function."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return _check(program, second_order)


def _check(program, second_order):
    f, x = program.function(), program.x
    try:
        value = np.array(f(x.copy()), float)
        if not np.array_equal(value, f(x.copy()), equal_nan=True):
            return Outcome("skipped", "plain f: another value at its second call")
        known = differences(f, x)
    except Exception as error:  # a step takes f where plain NumPy refuses
        return Outcome("skipped", f"plain f: {type(error).__name__}: {error}")
    if known is None:
        return Outcome("skipped", "step sizes disagree")
    auto, at, calls = modes.jacobian(f), x.copy(), {}
    calls["jvp value"] = (lambda: modes.jvp(f, (at,), (np.ones_like(at),))[0], value, 1e-12)
    calls["vjp value"] = (lambda: modes.vjp(f, at)[0], value, 1e-12)
    calls["forward"] = (lambda: modes.jacfwd(f)(at), known, 1e-5)
    calls["reverse"] = (lambda: modes.jacrev(f)(at), known, 1e-5)
    calls["auto, first call"] = (lambda: auto(at), known, 1e-5)
    calls["auto, second call"] = (lambda: auto(at), known, 1e-5)
    refused, wrong = {}, []
    zeros = np.zeros

    def attempt(name, call, expected, rtol):
        try:
            _same(name, call(), expected, rtol)
        except DifferentiationError as error:
            refused[name] = f"{type(error).__name__}: {error}"
            if not str(error):
                wrong.append(f"{name}: a refusal without a message")
        except Disagrees as error:
            wrong.append(f"VALUE {error}")
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{last.filename.split('/modes/')[-1]}:{last.lineno}"
            wrong.append(f"RAW {name}: {type(error).__name__}: {error} ({place})")
        if not np.array_equal(at, x):
            wrong.append(f"{name}: the argument was changed")
            at[...] = x
        if np.zeros is not zeros:
            wrong.append(f"{name}: NumPy was left changed")

    for name, call in calls.items():
        attempt(name, *call)
    if second_order and not wrong and not refused:

        def g(u):
            return np.sum(np.sin(f(u)))

        try:
            second = differences(modes.jacrev(g), x, 2e-3)
        except Exception as error:
            return Outcome("wrong", f"VALUE gradient of sum(sin(f)): {type(error).__name__}: {error}")
        if second is not None:
            attempt("forward over reverse", lambda: modes.jacfwd(modes.jacrev(g))(at), second, 2e-5)
            attempt("hessian", lambda: modes.hessian(g)(at), second, 2e-5)
            attempt("reverse over forward", lambda: modes.jacrev(modes.jacfwd(g))(at), second, 2e-5)
    if wrong:
        return Outcome("wrong", "\n".join(wrong))
    if refused:
        return Outcome("refused", "; ".join(f"{k}: {v}" for k, v in refused.items()))
    return Outcome("right")


# --- smaller programs ---


def signature(outcome):
    """What tells one failure from another: the kind of error and its words, or that a number is wrong."""
    first = outcome.detail.split("\n")[0]
    if outcome.kind != "wrong":
        return outcome.kind
    if first.startswith("RAW"):
        return re.sub(r" \([^()]*\)$|[\d\[\]().,]+", "", first.split(": ", 1)[1])[:70]
    return "VALUE"


def _smaller(tree):
    """Changes of a syntax tree that make it smaller, each as a function that applies it."""
    for node in ast.walk(tree):
        for field, old in ast.iter_fields(node):
            if isinstance(old, list) and field in ("body", "orelse", "elts", "args", "keywords", "values"):
                for place in range(len(old)):
                    if isinstance(old[place], ast.Return) or (field == "body" and len(old) == 1):
                        continue
                    yield node, field, old[:place] + old[place + 1 :]
                if field == "body":
                    for place, statement in enumerate(old):
                        if isinstance(statement, ast.For | ast.While | ast.If):
                            yield node, field, old[:place] + statement.body + old[place + 1 :]
                            yield node, field, old[:place] + statement.orelse + old[place + 1 :]
                if field in ("elts", "args"):
                    for place, part in enumerate(old):
                        for child in _inside(part):
                            yield node, field, [*old[:place], child, *old[place + 1 :]]
            elif isinstance(old, ast.expr) and isinstance(getattr(old, "ctx", ast.Load()), ast.Load):
                for child in _inside(old):
                    yield node, field, child
                if not isinstance(old, ast.Constant | ast.Name | ast.Attribute) and field != "func":
                    yield node, field, ast.Constant(1.0)


def _inside(expression):
    for child in ast.walk(expression):
        if (
            child is not expression
            and isinstance(child, ast.expr)
            and not isinstance(child, ast.Slice | ast.Attribute)
        ):
            yield child


def minimised(program, seconds=20.0):
    """The smallest program found that fails in the same way."""
    wanted = signature(check(program))
    end = time.monotonic() + seconds
    best, progress = program, True
    while progress and time.monotonic() < end:
        progress = False
        tree = ast.parse(best.source)
        for node, field, new in _smaller(tree):
            if time.monotonic() > end:
                break
            old = getattr(node, field)
            setattr(node, field, new)
            try:
                text = ast.unparse(ast.fix_missing_locations(tree))
                if len(text) < len(best.source):
                    small = Program(program.name, text, program.x)
                    if signature(check(small)) == wanted:
                        best, progress = small, True
                        break
            except Exception:
                pass
            setattr(node, field, old)
    return best


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=int, default=50_000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument(
        "--minimise", action="store_true", help="make failing programs small, one of each kind"
    )
    parser.add_argument("--skips", action="store_true", help="print why programs are skipped")
    parser.add_argument("--refusals", action="store_true", help="print the commonest refusals")
    options = parser.parse_args(argv)
    seen = set()
    counts, refusals, begin = collections.Counter(), collections.Counter(), time.monotonic()
    examples = {}
    for index in range(options.start, options.start + options.programs):
        if time.monotonic() - begin > options.seconds:
            break
        program = generate(options.seed, index)
        outcome = check(program, second_order=index % 10 == 0)
        counts[outcome.kind] += 1
        if outcome.kind == "wrong":
            if options.minimise and signature(outcome) in seen:
                continue
            if options.minimise:
                if signature(outcome) != "VALUE":
                    seen.add(signature(outcome))
                program = minimised(program)
                outcome = check(program)
            print(f"{program}\n# WRONG {outcome.detail}\n{'-' * 80}", flush=True)
        if outcome.kind == "skipped" and options.skips:
            print(f"{program}\n# SKIPPED {outcome.detail}")
        if outcome.kind == "refused":
            reason = outcome.detail.split(": ", 2)[-1][:110]
            modes_ = len(outcome.detail.split("; "))
            refusals[reason] += 1
            examples.setdefault(reason, (program, modes_, outcome.detail))
    total = sum(counts.values())
    print(
        f"{total} programs in {time.monotonic() - begin:.0f} s: "
        + ", ".join(f"{k} {v}" for k, v in counts.items())
    )
    if options.refusals:
        for reason, count in refusals.most_common():
            print(count, reason, "| e.g.", examples[reason][0].name)
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
