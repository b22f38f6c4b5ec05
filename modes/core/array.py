"""The NumPy face of traced values: operators, methods, indexing, assignment, and what is refused."""

import functools
import math
import operator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from modes.core import frames, levels
from modes.core.calls import call, call_method
from modes.core.errors import DifferentiationError, NoSuchAttributeError, TracedConversionError
from modes.core.flat import Flat
from modes.core.layout import same_strides
from modes.core.operands import PLAIN, as_operand
from modes.core.operators import REFLECTED
from modes.core.primitive import Elementwise, apply_linear
from modes.core.registry import RULES, find
from modes.core.traced import Traced, primal
from modes.core.views import link_view, view_of, views_of
from modes.maps.indexing import BASIC, Index, Item, is_basic, items
from modes.maps.linear import Moves
from modes.maps.products import ByLeft, ByRight, MatrixTimes


def _swapped(batch):
    return np.swapaxes(batch, -1, -2)


_SWAP = Moves(_swapped, _swapped)  # the map of x.T for a matrix
_T = operator.attrgetter("T")
_OBJECT = np.dtype(object)
_STEPS = "write np.{0}(x), and np.{0}(np.stack([...])) of several values"
_MOST_OBJECTS = (
    64  # entries of a traced array that C code may take apart into objects, where nothing else helps
)
_CONVERTED = (
    "a traced array was to become a plain one, or one of objects: `R.dot(x)` of a plain R does that, where "
    "`R @ x` or np.dot(R, x) keeps the derivative; so do functions written in C, methods of plain arrays, "
    "and np.float64(x), for which write x.astype(float)"
)


def _comparing(operation):
    may_be_maximum = operation in (operator.ge, operator.le)

    def compare(self, other):
        if frames.numpy_compares_objects() or (may_be_maximum and frames.c_code_compares()):
            raise DifferentiationError(
                "traced numbers in a list, or in an array of objects, would be compared by Python's rules, "
                "not by NumPy's for ties and NaN: put them together with np.stack or np.array([...]) first"
            )
        return operation(primal(self), primal(other))

    return compare


class TracedArray(Traced):
    """A value that behaves as its array or NumPy scalar does, and carries derivatives along.

    `Dual` (forward) and `Variable` (reverse) say how. ``value`` is an ndarray, a NumPy scalar, or a
    value traced by an outer differentiation. Numbers are of such a class, arrays of the one that
    `with_items` makes of it.
    """

    __slots__ = ()
    __array_priority__ = 1000.0

    # --- the protocols ---

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method == "__call__" and not kwargs:
            if len(inputs) == 1:
                rule: Any = RULES.get(ufunc)
                if rule.__class__ is Elementwise:
                    return self._unary(rule)
            elif inputs[1] is self and type(inputs[0]) in PLAIN:  # ndarray op traced comes this way
                if ufunc is np.matmul:
                    return self.__rmatmul__(inputs[0])
                if ufunc in REFLECTED:
                    return getattr(self, REFLECTED[ufunc])(inputs[0])
            return call(ufunc, inputs, kwargs)
        return call_method(ufunc, method, inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        return call(function, args, kwargs)

    # --- what an array tells about itself ---

    @property
    def shape(self):
        return self.value.shape

    @shape.setter
    def shape(self, shape):
        raise DifferentiationError("x.shape = ... of a traced array: write x = x.reshape(...)")

    @property
    def ndim(self):
        return self.value.ndim

    @property
    def size(self):
        return self.value.size

    @property
    def dtype(self):
        return _OBJECT if frames.numpy_reduces_objects() else self.value.dtype

    @property
    def itemsize(self):
        return self.dtype.itemsize

    @property
    def nbytes(self):
        return self.size * self.itemsize

    @property
    def T(self):
        value = self.value
        if type(value) is not np.ndarray or value.ndim != 2:
            return RULES[np.transpose](self)
        result = self._emit_one(value.T, _SWAP)  # of a matrix, quickly
        link_view(self, result, _T)
        return result

    @property
    def mT(self):
        return RULES[np.matrix_transpose](self)

    @property
    def real(self):
        return self

    @property
    def imag(self):
        return np.zeros(self.shape, self.dtype)

    @property
    def flat(self):
        return Flat(self)

    @flat.setter
    def flat(self, values):
        Flat(self)[...] = values

    @property  # type: ignore[misc]
    def __class__(self):
        """What `isinstance` sees: the class of the value that this one stands for."""
        return type(self) if frames.sparse_asks() else type(primal(self))

    def __format__(self, spec):
        return format(primal(self), spec)

    def __getattr__(self, name):
        if name[0] == "_":  # an unset slot, or a protocol that we do not have
            if name == "__array__":
                frames.check_conversion()
                if frames.sparse_asks():  # with no array it leaves the product to us
                    return self._as_object
                if self.shape:
                    if not self.size:  # there is no derivative to lose
                        return functools.partial(np.array, primal(self))
                    known = levels.slates_are_seen() or frames.takes_objects()
                    if self.size > _MOST_OBJECTS or not known:
                        raise TracedConversionError(_CONVERTED)
            raise AttributeError(name)
        ufunc = getattr(np, name, None)  # NumPy's loops over object arrays call np.sin as a method
        if isinstance(ufunc, np.ufunc) and find(ufunc) is not None:
            return lambda *others: RULES[ufunc](self, *others)
        known = hasattr(primal(self), name)
        advice = f"; np.{name}(...) may have a rule" if callable(getattr(np, name, None)) else ""
        raise NoSuchAttributeError(
            f"a traced value has no attribute {name!r}{advice}"
            + ("; stop_gradient(x) gives the plain array" if known else ""),
            known,
        )

    def _as_object(self, dtype=None, copy=None):
        """An array of the one object that this is."""
        array = np.empty((), object)
        array[()] = self
        return array

    # --- comparisons are of primals: a branch follows the taken path ---

    __lt__, __le__, __gt__, __ge__ = map(_comparing, (operator.lt, operator.le, operator.gt, operator.ge))
    __eq__, __ne__ = map(_comparing, (operator.eq, operator.ne))

    def __bool__(self):
        return bool(primal(self))

    def __hash__(self):
        self._convert(
            "a hash (a key of a dict, a set or functools.lru_cache)",
            "compute it anew, or give the key stop_gradient(x) where the value kept is a constant",
        )

    # --- what plain Python would make of it without the derivative ---

    def _convert(self, what, instead):
        raise TracedConversionError(
            f"{what} of a traced value would lose the derivative; {instead}, or, for a constant, "
            "stop_gradient(x)"
        )

    def __float__(self):
        refusal = frames.refused_solver()
        if refusal and levels.refuse_at_end(self.level, TracedConversionError(refusal)):
            return math.nan
        self._convert(
            "float()",
            "math functions take floats, so write np.sin for math.sin; and a plain array takes no traced "
            "item: make it with np.zeros_like(x), np.copy(w) (not w.copy()), np.stack or np.array([...])",
        )

    def __complex__(self):
        self._convert("complex()", "write the real and imaginary parts as two real arrays")

    def __int__(self):
        self._convert("int()", "use x.astype(int) for a constant index")

    def __index__(self):
        self._convert("an index or range()", "use x.astype(int) for a constant index")

    def __floor__(self):
        self._convert("math.floor()", _STEPS.format("floor"))

    def __ceil__(self):
        self._convert("math.ceil()", _STEPS.format("ceil"))

    def __trunc__(self):
        self._convert("math.trunc()", _STEPS.format("trunc"))

    def __round__(self, digits=None):
        return np.round(self, digits or 0)

    # --- operators; those of elementwise rules are in `modes.core.operators` ---

    def __matmul__(self, other):
        a = self.value
        if type(other) is not ndarray or other.ndim != 2 or other.dtype.kind != "f" or a.ndim > 2:
            return NotImplemented if _defers(other) else RULES[np.matmul](self, other)
        other = self._keep(other)
        y = a.dot(other) if type(a) is ndarray else a @ other
        return self._emit_one(y, MatrixTimes(other.T) if a.ndim == 1 else ByRight(a.shape, other, 2))

    def __rmatmul__(self, other):
        b = self.value
        if type(other) is not ndarray or other.ndim != 2 or other.dtype.kind != "f" or b.ndim > 2:
            return NotImplemented if _defers(other) else RULES[np.matmul](other, self)
        other = self._keep(other)
        y = other.dot(b) if type(b) is ndarray else other @ b
        return self._emit_one(y, MatrixTimes(other) if b.ndim == 1 else ByLeft(other, b.shape, 2))

    def __mod__(self, other):
        return NotImplemented if _defers(other) else RULES[np.remainder](self, other)

    def __rmod__(self, other):
        return NotImplemented if _defers(other) else RULES[np.remainder](other, self)

    def __floordiv__(self, other):
        return call(np.floor_divide, (self, other), {})

    def __rfloordiv__(self, other):
        return call(np.floor_divide, (other, self), {})

    def __divmod__(self, other):
        return self // other, self % other

    def __rdivmod__(self, other):
        return other // self, other % self

    def __pos__(self):
        return self._unary(RULES[np.positive])

    def __neg__(self):
        return self._unary(RULES[np.negative])

    def __abs__(self):
        return self._unary(RULES[np.absolute])

    # --- indexing and assignment ---

    def __getitem__(self, key):
        value = self.value
        if type(key) is not int:
            key = _as_key(key)
        elif value.ndim == 1:
            return self._emit_one(value[key], Item(key, value.shape))
        elif not value.shape:  # no IndexError, which would end an iteration
            raise TypeError(f"'{type(primal(self)).__name__}' object is not iterable, and has no items")
        part = value[key]
        local = Index(key, value.shape, part.ndim)
        result = self._emit_one(part, local)
        if local.positions is None and part.__class__ is ndarray:
            link_view(self, result, operator.itemgetter(key))
        return result

    def _numbers(self):
        """The entries of a vector, as they are when their turn comes."""
        for local in items(self.value.size):
            yield self._emit_one(self.value[local.position], local)

    def __setitem__(self, key, item):
        if type(key) is not int:
            key = _as_key(key)
        if not isinstance(item, Traced | float | int):
            item = as_operand(item, "assignment")
        basic = type(key) is int or is_basic(key if type(key) is tuple else (key,))
        if basic and view_of(self) is None and self._set_in_place(key, item):
            return
        self._assign(RULES[operator.setitem](self, item, key))

    def constant(self, value):
        """A traced array of the differentiations that trace this one, of a value that depends on nothing."""
        inner = self.value
        return self._constant(inner.constant(value) if isinstance(inner, Traced) else value)

    def _apply_linear(self, apply, transpose):
        """``apply(self)``, a linear function of which the transpose is at hand."""
        return apply_linear(self, apply, transpose)

    def _set_in_place(self, key, item):
        """Assign without a copy, where nobody else knows this array's value; False where that is not so."""
        return False

    def _assign(self, new):
        """Become the version `new` of this array; its views, and what it is a view of, follow."""
        if not isinstance(new, Traced) or new.level != self.level:
            raise DifferentiationError(
                "assignment of a value that an inner differentiation traces into an array of an outer one: "
                "make the array from the inner value (np.zeros_like(inner)); for y += item, y = y + item"
            )
        view = view_of(self)
        if view is None:
            self._rebind(self._fitting(new))
            self._refresh_views()
            return
        base, again = view
        if not base.shape:  # no index to unravel; a view of one entry has one
            base[...] = np.reshape(new, ())
            return
        places = again(np.arange(base.size).reshape(base.shape))
        base[np.unravel_index(places, base.shape)] = new

    def _fitting(self, new):
        """A new version of this array, in its precision and as it lies in memory."""
        old, value = primal(self), primal(new)
        if value.dtype != old.dtype:
            new = RULES[np.astype](new, old.dtype)
        if value.strides != old.strides and not same_strides(value, old):
            new = RULES[operator.setitem](self.constant(old), new, ...)
        return new

    def _refresh_views(self):
        for view in views_of(self):
            view._rebind(view._view[1](self))
            view._refresh_views()

    def _rebind(self, new):
        raise NotImplementedError

    def fill(self, item):
        self[...] = item

    def put(self, indices, values, mode="raise"):
        RULES[np.put](self, indices, values, mode)

    # --- methods of ndarray that are not the function of that name ---

    def __copy__(self):
        return self.copy("K")

    def __deepcopy__(self, memo):
        return self.copy("K")

    def __reduce_ex__(self, protocol):
        raise DifferentiationError("a traced value cannot be pickled; stop_gradient(x) gives the plain array")

    def copy(self, order="C"):
        return RULES[np.copy](self, order)

    def flatten(self, order="C"):
        return RULES[np.ravel](self, order).copy()

    def reshape(self, *shape, order="C", copy=None):
        return RULES[np.reshape](self, shape[0] if len(shape) == 1 else shape, order=order, copy=copy)

    def view(self, *args, **kwargs):
        if args or kwargs:
            raise DifferentiationError(
                "view() of a traced value as another type is refused: use astype(dtype), and for a subclass "
                "such as np.matrix, which has arithmetic of its own, convert the matrix first (np.asarray)"
            )
        return self[...]

    def transpose(self, *axes):
        together = len(axes) == 1 and not isinstance(axes[0], int)
        return RULES[np.transpose](self, axes[0] if together else axes or None)

    def item(self, *position):
        if not position and self.size != 1:
            raise ValueError("item() of a traced array needs size 1, or the position of the item")
        if len(position) == 1 and not isinstance(position[0], tuple):
            return self.reshape(-1)[position[0]]
        return self.reshape(-1)[0] if not position else self[position[0] if len(position) == 1 else position]

    def compress(self, condition, axis=None, out=None):
        return call(np.compress, (condition, self, axis), {"out": out})

    def tolist(self):
        return self if not self.shape else [self[i].tolist() for i in range(self.shape[0])]

    def astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
        result = RULES[np.astype](self, dtype, copy=copy)
        return result if order == "K" or result is self else RULES[np.copy](result, order)

    def sort(self, axis=-1, kind=None, order=None, *, stable=None):
        self[...] = RULES[np.sort](self, axis)

    def partition(self, kth, axis=-1, kind="introselect", order=None):
        self[...] = RULES[np.partition](self, kth, axis)


class Items:
    """What arrays have and numbers have not, so that a function can ask which it was given.

    (NumPy's numbers do have ``x[()]``; that `iter` takes a class that has is the one thing we cannot hide.)
    """

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # equality compares elements, as for arrays

    if TYPE_CHECKING:
        shape: tuple[int, ...]

        def _numbers(self) -> Any: ...
        def __getitem__(self, key: Any) -> Any: ...

    def __contains__(self, item):
        return bool((primal(self) == primal(item)).any())

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of unsized object: a traced array without axes")
        return self.shape[0]

    def __iter__(self):
        if not self.shape:
            raise TypeError("iteration over a traced array without axes")
        return self._numbers() if len(self.shape) == 1 else map(self.__getitem__, range(self.shape[0]))


def with_items(cls):
    """The class for those values of a class of traced values that are arrays."""
    return type(cls.__name__, (Items, cls), {"__slots__": (), "__module__": cls.__module__})


def _is_array(value):
    """False for NumPy's scalars, which unlike arrays without axes are immutable and views of nothing."""
    return type(primal(value)) is np.ndarray


def _defers(other):
    """True where the other operand of an operator wants to do it by itself."""
    return getattr(other, "__array_ufunc__", 0) is None


def _as_key(key):
    """An index without traced values in it: a list becomes an array, a traced number is refused."""
    if isinstance(key, tuple):
        for part in key:
            if type(part) not in BASIC:
                return tuple(map(_as_key, key))
        return key
    if isinstance(key, Traced):
        raise DifferentiationError(
            "indexing with a traced value: an index has no derivative; use np.argmax, np.searchsorted or "
            "x.astype(int), which give constants"
        )
    if isinstance(key, list):
        key = np.asarray(key)
        return key if key.size else key.astype(np.intp)
    return key


def _function_method(function):
    def method(self, *args, **kwargs):
        if len(args) < 2 and "out" not in kwargs and function in RULES:
            return RULES[function](self, *args, **kwargs)
        return call(function, (self, *args), kwargs)

    method.__name__ = method.__qualname__ = function.__name__
    method.__doc__ = f"``np.{function.__name__}`` of this value."
    return method


for _name in """sum prod mean std var max min cumsum cumprod dot ravel squeeze swapaxes repeat take trace
    diagonal clip round argmax argmin argsort argpartition all any nonzero searchsorted choose
    """.split():
    setattr(TracedArray, _name, _function_method(getattr(np, _name)))
TracedArray.conj = TracedArray.conjugate = lambda self: self  # type: ignore[attr-defined]


def _in_place(name):
    operation = getattr(operator, name)

    def method(self, other):
        new = operation(self, other)
        if not self.shape and not _is_array(self):
            return new  # NumPy's scalars are immutable: the name is bound anew
        if new.shape != self.shape:
            raise ValueError(
                f"in-place {name}: a result of shape {new.shape} does not fit an array of shape {self.shape}"
            )
        if self.shape and isinstance(new, Traced):
            self._assign(new)
        else:  # an array without axes, which `new` is not, or a constant
            self[...] = new
        return self

    return method


for _name in ("add", "sub", "mul", "truediv", "pow", "floordiv", "mod", "matmul"):
    setattr(TracedArray, f"__i{_name}__", _in_place(_name))
