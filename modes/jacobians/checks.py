"""Checking derivatives: every mode against the others, and against differences, to any order."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import optree

from modes.core.errors import DifferentiationError
from modes.core.traced import primal
from modes.jacobians.arguments import Point
from modes.jacobians.forward import jvp
from modes.jacobians.linearization import Linearization
from modes.jacobians.registry import jacobian
from modes.jacobians.reverse import vjp
from modes.jacobians.trees import as_point, flatten, result_leaves, unflatten

# How far each mode may be from another, relative to the largest entry: rounding for the exact ones.
_TOLERANCE = {"forward-difference": 1e-5, "central-difference": 1e-6}
_EXACT = 1e-9


class ModeCheck(NamedTuple):
    """One mode held against the reference: the largest difference, where it is, and both entries there."""

    mode: str
    difference: float  # relative to the largest entry of the reference
    entry: str
    value: float
    reference: float
    note: str  # why the mode does not apply, or ""


class JacobianCheck(tuple[ModeCheck, ...]):
    """The rows of `check_jacobian`, a `ModeCheck` for each mode but the reference; printable."""

    reference: str

    def __str__(self) -> str:
        lines = [f"{'mode':<20} {'difference':>10}  worst entry, against {self.reference}"]
        for row in self:
            if row.note:
                lines.append(f"{row.mode:<20} {'-':>10}  does not apply: {row.note}")
            else:
                where = (
                    f"{row.entry}: {row.value:.10g} against {row.reference:.10g}"
                    if row.entry
                    else "no entries"
                )
                lines.append(f"{row.mode:<20} {row.difference:>10.1e}  {where}")
        return "\n".join(lines)


def check_jacobian(
    f: Callable[..., Any],
    *args: Any,
    argnums: int | Sequence[int] = 0,
    modes: Sequence[str] = ("forward", "reverse", "complex-step", "central-difference"),
    rtol: float | None = None,
) -> JacobianCheck:
    """Compare the Jacobians of f in several modes; say which entry differs, by how much, in which mode.

    Parameters
    ----------
    f : callable
        Of plain NumPy.
    *args
        The point: the arguments of f.
    argnums : int or tuple of ints
        The arguments to differentiate with respect to.
    modes : sequence of str
        Names in `modes.MODES`. The first that applies is the reference. A mode that raises
        DifferentiationError (complex step where f takes no complex numbers) is reported as not applying.
    rtol : float, optional
        Largest difference allowed, relative to the largest entry; None: 1e-9 for exact modes, 1e-6 for
        central and 1e-5 for forward differences.

    Returns
    -------
    JacobianCheck
        A tuple of `ModeCheck`; ``print`` it for a table.

    Raises
    ------
    AssertionError
        Where a mode differs by more; the message is the table. Where f's value is another one for traced
        arguments, which a branch on ``type(x) is np.ndarray`` makes it.
    DifferentiationError
        Where no mode applies.
    """
    _check_value(f, args, argnums)
    reference: Any = None
    name, rows = "", []
    for mode in modes:
        try:
            computed = jacobian(f, argnums, mode)(*args)
        except DifferentiationError as error:
            failure = error
            rows.append(ModeCheck(mode, 0.0, "", 0.0, 0.0, str(error)))
            continue
        if reference is None:
            reference, name = computed, mode
        else:
            rows.append(_compare(mode, computed, reference))
    if reference is None:
        raise DifferentiationError(f"check_jacobian: none of the modes {tuple(modes)} applies") from failure
    check = JacobianCheck(rows)
    check.reference = name
    if any(not row.difference <= _allowed(row.mode, name, rtol) for row in rows):
        raise AssertionError(f"the modes disagree\n{check}")
    return check


def _check_value(f, args, argnums):
    """f must return for traced arguments what it returns for plain ones."""
    point = Point(args, argnums, {})
    try:
        traced = Linearization(f, point)
    except DifferentiationError:
        return  # the modes say why
    traced.release()
    plain = result_leaves(point.call(f, [np.array(leaf)[()] for leaf in point.leaves]), False)[0]
    for number, (mine, theirs) in enumerate(zip(traced.values, plain, strict=True)):
        mine, theirs = np.asarray(primal(mine)), np.asarray(primal(theirs))
        if mine.shape != theirs.shape or not np.allclose(mine, theirs, 1e-6, 1e-9, equal_nan=True):
            raise AssertionError(
                f"leaf {number} of f's result is {np.ravel(mine)[:3]} … where its argument is traced and "
                f"{np.ravel(theirs)[:3]} … where it is plain: f takes another branch, as by `type(x) is "
                "np.ndarray` (isinstance(x, np.ndarray) sees both alike), or is random"
            )


def _allowed(mode, reference, rtol):
    return max(_TOLERANCE.get(mode, _EXACT), _TOLERANCE.get(reference, _EXACT)) if rtol is None else rtol


def _compare(mode, computed, reference):
    paths = optree.tree_paths(reference, namespace="modes")
    mine = [np.asarray(leaf) for leaf in flatten(computed)[0]]
    theirs = [np.asarray(leaf) for leaf in flatten(reference)[0]]
    if [a.shape for a in mine] != [a.shape for a in theirs]:
        return ModeCheck(mode, np.inf, "shapes", np.nan, np.nan, "")
    scale = max((np.abs(leaf[np.isfinite(leaf)]).max(initial=0.0) for leaf in theirs), default=0.0) or 1.0
    worst = ModeCheck(mode, 0.0, "", 0.0, 0.0, "")
    for path, a, b in zip(paths, mine, theirs, strict=True):
        if not a.size:
            continue
        with np.errstate(invalid="ignore"):
            same = (a == b) | (np.isnan(a) & np.isnan(b))
            gap = np.where(same, 0.0, np.nan_to_num(np.abs(a - b), nan=np.inf))
        at = np.unravel_index(np.argmax(gap), gap.shape)
        if gap[at] / scale > worst.difference or not worst.entry:
            entry = "".join(f"[{part!r}]" for part in path) + f"[{', '.join(map(str, at))}]"
            worst = ModeCheck(mode, float(gap[at] / scale), entry, float(a[at]), float(b[at]), "")
    return worst


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int,
    modes: Sequence[str] = ("fwd", "rev"),
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Check the derivatives of f up to an order against central differences, in every nesting of modes.

    Parameters
    ----------
    f : callable
        Of plain NumPy; returns arrays, numbers, or a pytree of them.
    args : tuple
        The arguments of f: float arrays, numbers or pytrees of them.
    order : int
        1 checks derivatives, 2 also the derivatives of those, and so on.
    modes : sequence of str
        "fwd", "rev" or both.
    atol, rtol : float, optional
        Tolerances of the comparison with differences; 1e-6 each (relative to the largest entry), or 1e-2
        where an argument is float32.
    eps : float, optional
        Step of the differences; the cube root of the machine's epsilon times max(1, |x|).

    Raises
    ------
    AssertionError
        Where they differ, with the order, the mode and both values.
    """
    unknown = set(modes) - {"fwd", "rev"}
    if unknown or isinstance(modes, str):
        raise ValueError(f"modes must be a sequence of 'fwd' and 'rev'; got {modes!r}")
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(f"order must be an int of at least 1; got {order!r}")
    _check_order(f, tuple(args), order, modes, atol, rtol, eps, np.random.default_rng(0), "derivative")


def _check_order(f, args, order, modes, atol, rtol, eps, rng, what):
    leaves, structure = flatten(args)
    points = [as_point(leaf) for leaf in leaves]
    if any(point.dtype.itemsize < 8 for point in points):
        atol, rtol = atol or 1e-2, rtol or 1e-2
    atol, rtol = atol or 1e-6, rtol or 1e-6
    tangents = [rng.normal(size=point.shape).astype(point.dtype)[()] for point in points]
    size = max((float(np.abs(point).max(initial=0.0)) for point in points), default=0.0)
    finest = max((np.finfo(point.dtype).eps for point in points), default=1e-16)
    h = eps or float(finest ** (1 / 3)) * max(1.0, size)

    def moved(step):
        return unflatten(
            structure, [p + p.dtype.type(step) * t for p, t in zip(points, tangents, strict=True)]
        )

    ahead, behind = (_numbers(f(*moved(step))) for step in (h, -h))
    expected = [(a - b) / (2 * h) for a, b in zip(ahead, behind, strict=True)]
    direction = unflatten(structure, tangents)
    cotangent = None
    if "fwd" in modes:
        pushed = _numbers(jvp(f, args, direction)[1])
        _assert_close(pushed, expected, atol, rtol, f"forward {what}")
    if "rev" in modes:
        result, pullback = vjp(f, *args)
        values, result_structure = flatten(result)
        cotangents = [rng.normal(size=np.shape(v)).astype(np.asarray(v).dtype)[()] for v in values]
        cotangent = unflatten(result_structure, cotangents)
        pulled = _numbers(pullback(cotangent))
        mine = sum(np.vdot(p, t) for p, t in zip(pulled, tangents, strict=True))
        theirs = sum(np.vdot(c, e) for c, e in zip(cotangents, expected, strict=True))
        scale = sum(np.abs(c).ravel() @ np.abs(e).ravel() for c, e in zip(cotangents, expected, strict=True))
        _assert_close([np.asarray(mine)], [np.asarray(theirs)], atol + rtol * scale, 0.0, f"reverse {what}")
    if order > 1:
        deeper = order - 1, modes, atol, rtol, eps, rng
        if "fwd" in modes:
            _check_order(
                lambda *at: jvp(f, at, direction)[1], args, *deeper, f"derivative of the forward {what}"
            )
        if "rev" in modes:
            _check_order(
                lambda *at: vjp(f, *at)[1](cotangent), args, *deeper, f"derivative of the reverse {what}"
            )


def _numbers(tree):
    return [np.asarray(leaf, float) for leaf in flatten(tree)[0]]


def _assert_close(mine, theirs, atol, rtol, what):
    for number, (a, b) in enumerate(zip(mine, theirs, strict=True)):
        bound = atol + rtol * np.abs(b).max(initial=0.0)
        wrong = ~((np.abs(a - b) <= bound) | (a == b) | (np.isnan(a) & np.isnan(b)))
        if np.any(wrong):
            at = tuple(map(int, np.argwhere(wrong)[0]))
            raise AssertionError(
                f"{what} differs from central differences in leaf {number} at {at}: "
                f"{a[at]:.10g} against {b[at]:.10g}"
            )
