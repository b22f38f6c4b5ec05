"""Arrays that f makes itself and then fills with traced values: ``y = np.zeros(n); y[i] = x[i] ** 2``.

NumPy's functions that make arrays do not dispatch, so f gets a plain array, and a plain array takes no traced
item: NumPy asks the item for its `float`, which is refused. Then, and only then, f is run again, `with
slates()`: in this thread NumPy's makers answer with a `Slate`, an ordinary array until a traced item is
put in, which from then on stands for a traced array. Lists of traced numbers become traced arrays where
they would be arrays of objects. Other threads, and functions that need none of this, see NumPy as it is.

The memory of a slate that stands for a traced array holds NaN, so that what C code reads behind its back is
not silently wrong.
"""

import contextlib
import functools
import operator
import threading
import weakref
from typing import Any

import numpy as np

from modes.core import frames, levels, refusals
from modes.core.errors import DifferentiationError
from modes.core.flat import Flat
from modes.core.layout import copied, same_strides
from modes.core.operands import as_operand, is_float
from modes.core.registry import RULES
from modes.core.traced import Traced, contains_traced, primal
from modes.core.views import link_view

_lock = threading.Lock()
# By the identity of a namespace: in how many threads NumPy's functions are wrapped there, and which.
_seen: dict = {}

# Functions that make an array of numbers, and those that make one of what they are given.
_MAKERS = """zeros empty ones full eye identity zeros_like ones_like empty_like full_like copy tri linspace
    arange logspace geomspace meshgrid""".split()
_CONVERTERS = "array asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite require".split()
# Functions of lists of numbers, which NumPy would make arrays of objects of, and compare by Python's rules.
_READERS = """max min amax amin argmax argmin sort argsort median mean sum prod std var ptp clip percentile
    quantile cumsum cumprod average nanmax nanmin nansum nanmean dot inner vdot outer diff gradient interp
    cov corrcoef convolve correlate searchsorted histogram digitize nanquantile nanpercentile nanmedian nanstd
    nanvar partition argpartition polyfit polyval unwrap sinc repeat tile append insert delete roll flip
    reshape ravel diag kron cross trapezoid round transpose broadcast_to trace ediff1d""".split()


_FRESH = frozenset("tile outer kron repeat".split())  # of the readers, those that make a new array of numbers


@contextlib.contextmanager
def slates(*namespaces, of_numbers=False):
    """In this thread, NumPy makes arrays that take traced values.

    `namespaces` are those of the modules of f, as dicts: they may hold NumPy's functions under names of
    theirs (``from numpy import zeros``).
    """
    if levels.slates_are_seen():
        yield
        return
    namespaces = (vars(np), vars(np.linalg), *namespaces)
    session = Session(of_numbers)
    with _lock:
        for names in namespaces:
            _wrap(names)
    levels.slates.seen = session
    try:
        yield
    finally:
        levels.slates.seen = None
        session.close()
        with _lock:
            for names in namespaces:
                _unwrap(names)


class Session:
    """The time in which slates are seen, and what becomes of those that f keeps for its next call.

    They hold numbers again, as a workspace or a cache does in NumPy. They are stale: a later differentiation
    may write to them, but does not read numbers that are another run's.
    """

    def __init__(self, of_numbers: bool) -> None:
        self.open = True
        self.of_numbers = of_numbers  # f is run with plain arguments, and what it keeps is of their values
        self.made: list[weakref.ref[Any]] = []  # in such a run
        self.written: dict[int, Any] = {}  # by identity, each once

    def close(self):
        self.open = False
        for slate in self.written.values():
            if slate._traced is not None:
                numbers = primal(slate._traced)
                slate._traced = None
                np.copyto(_plain(slate), numbers)
        for slate in (*self.written.values(), *(reference() for reference in self.made)):
            if slate is not None:
                slate._stale = np.ones(slate.shape, bool)


def _wrap(names):
    count, originals = _seen.get(id(names), (0, {}))
    if not count:
        originals = {name: value for name, value in list(names.items()) if id(value) in _WRAPPERS}
        for name, value in originals.items():
            names[name] = _WRAPPERS[id(value)]
    _seen[id(names)] = count + 1, originals


def _unwrap(names):
    count, originals = _seen.pop(id(names))
    if count > 1:
        _seen[id(names)] = count - 1, originals
        return
    for name, value in originals.items():
        if names.get(name) is _WRAPPERS[id(value)]:  # and not what f has bound anew
            names[name] = value


def _made(value):
    """A new array as a slate; its entries lie without gaps, in any order of the axes."""
    if type(value) is not np.ndarray or not is_float(value.dtype):
        return value
    made = value.view(_Memory).view(Slate)
    session = levels.slates_are_seen()
    vars(made)["_session"] = session
    if session is not None and session.of_numbers:
        session.made.append(weakref.ref(made))
    return made


def _applies():
    """True where a wrapper's caller is to see slates: not a package that makes arrays for itself."""
    return levels.slates_are_seen() and not frames.is_of_a_library(2)


def _shares(made, given):
    """True where what was made is, or shows, an array that was given, and so is not f's own."""
    return any(isinstance(array, np.ndarray) and np.may_share_memory(made, array) for array in given)


def _maker(function):
    @functools.wraps(function)
    def make(*args, **kwargs):
        if not _applies():
            return function(*args, **kwargs)
        args, kwargs = unwrapped(args), unwrapped(kwargs)
        if function.__name__ in _FILLED and contains_traced([*args, *kwargs.values()]):
            return _FILLED[function.__name__](*args, **kwargs)
        result = function(*args, **kwargs)
        if isinstance(result, tuple | list):
            return type(result)(part if _shares(part, args) else _made(part) for part in result)
        return result if _shares(result, args) else _made(result)

    return make


def _full(shape, fill_value, dtype=None, order="C", **_):
    result = np.copy(np.broadcast_to(as_traced(fill_value, "np.full"), shape), order)
    return result if dtype is None else np.astype(result, dtype)


def _full_like(a, fill_value, dtype=None, order="K", subok=True, shape=None):
    result: Any = as_traced(fill_value, "np.full_like")
    if isinstance(a, Traced) or not contains_traced([result]):
        return np.full_like(a, result, dtype=dtype, order=order, subok=subok, shape=shape)
    like: Any = np.empty_like(a, dtype, order, subok, shape)
    return RULES[operator.setitem](result.constant(_plain(like)), np.astype(result, like.dtype), ...)


_FILLED: dict = {"full": _full, "full_like": _full_like}


def _converter(function):
    copies = function.__name__ == "array"
    fixed = {"ascontiguousarray": "C", "asfortranarray": "F"}.get(function.__name__)
    least = int(fixed is not None)  # these two give a number an axis
    second = ("dtype", "requirements" if function.__name__ == "require" else "order")

    @functools.wraps(function)
    def convert(obj, *args, **kwargs):
        if not _applies():
            return function(obj, *args, **kwargs)
        slate, obj = obj, unwrapped(obj)
        if not contains_traced(obj):
            made = function(obj, *args, **kwargs)
            if not (isinstance(obj, np.ndarray) and np.may_share_memory(made, obj)):
                return _made(made)
            if type(slate) is not Slate:
                return made
            return slate if made.shape == slate.shape else slate.reshape(made.shape)
        given = dict(zip(second, args, strict=False), **kwargs)
        order = fixed or given.get("order") or _required(given.get("requirements"))
        result = _converted(obj, given.get("dtype"), order, given.get("ndmin", least))
        return np.copy(result) if copies and given.get("copy", True) is True and result is obj else result

    return convert


def _required(requirements):
    """The order that the requirements of ``np.require`` name, if they do."""
    return next((name[0].upper() for name in requirements or () if name[0] in "CFcf"), None)


def _converted(obj, dtype, order, ndmin):
    """What ``np.asarray`` makes of a traced value, itself if it can be, or of sequences with some in them."""
    result = as_traced(obj, "np.array")
    if dtype is not None and np.dtype(dtype) != object:
        result = np.astype(result, dtype, copy=False)
    if not isinstance(result, Traced):
        return result
    if not isinstance(result, np.ndarray):
        result = np.reshape(np.reshape(result, 1), ())  # of a number, NumPy makes an array without axes
    if result.ndim < ndmin:
        result = np.reshape(result, (1,) * (ndmin - result.ndim) + tuple(result.shape))
    if order in ("C", "F") and not primal(result).flags[f"{order}_CONTIGUOUS"]:
        result = np.copy(result, order)
    return result


def as_traced(obj, name):
    """Traced values in nested sequences, put together."""
    if not isinstance(obj, list | tuple):
        return as_operand(obj, name)
    parts = [as_traced(part, name) for part in obj]
    if len({np.shape(part) for part in parts}) > 1:
        shapes = [np.shape(part) for part in parts][:4]
        raise DifferentiationError(f"{name}: the parts have different shapes: {shapes}")
    return as_operand(parts, name) if not np.shape(parts[0]) else np.stack(parts)


def _reader(function):
    @functools.wraps(function)
    def read(*args, **kwargs):
        if _applies() and any(isinstance(a, list | tuple) for a in args):
            name, args = f"np.{function.__name__}", unwrapped(args)
            args = tuple(
                as_traced(a, name) if isinstance(a, list | tuple) and contains_traced(a) else a for a in args
            )
        result = function(*args, **kwargs)
        return _made(result) if function.__name__ in _FRESH and _applies() else result

    return read


_WRAPPERS: dict = {  # by the identity of what is wrapped
    id(function): wrap(function)
    for functions, wrap in (
        ([getattr(np, name) for name in _MAKERS], _maker),
        ([getattr(np, name) for name in _CONVERTERS], _converter),
        ([getattr(np, name) for name in _READERS], _reader),
        ([getattr(np.linalg, name) for name in np.linalg.__all__ if name != "multi_dot"], _reader),
    )
    for function in functions
    if not isinstance(function, type)
}


def unwrapped(value):
    """Values without slates: a slate is what it stands for; in sequences and dicts, too."""
    kind = type(value)
    if kind is Slate:
        return value._stands_for()
    if kind in (list, tuple):
        return kind(map(unwrapped, value))
    if kind is dict:
        return {key: unwrapped(item) for key, item in value.items()}
    return value


class _Memory(np.ndarray):
    """What a slate is a view of: no plain array, so that NumPy names the slate as the base of its views."""


class Slate(np.ndarray):
    """An array of floats that f made, and that may come to stand for a traced array."""

    takes_traced = True
    _traced: Any = None
    _owner: Any = None  # of the memory, where this is a view
    _session: Any = None  # in which it was made, or came to stand for a traced array
    _stale: Any = None  # which of its entries are numbers of an earlier run, where there are such

    def __array_finalize__(self, obj):
        if type(obj) is Slate and self.base is not None:
            owner = obj._memory()
            if np.may_share_memory(_plain(owner), _plain(self)):
                self._owner = owner

    # --- what it stands for ---

    def _memory(self):
        """The slate that owns the memory."""
        return self if self._owner is None else self._owner

    def _stands_for(self, fresh=True):
        owner = self._memory()
        if fresh and owner._stale is not None:
            self._check_fresh(...)
        traced = owner._traced
        if traced is None:
            return _plain(self)
        if owner is self:
            return traced
        if not owner.shape:
            return np.reshape(traced, self.shape)
        again = functools.partial(_laid_out_at, self._places(owner), copied(_plain(self)))
        view = again(traced)
        link_view(traced, view, again)
        return view

    def _check_fresh(self, key):
        """Refuse to read, in a differentiation, what an earlier run has left."""
        owner = self._memory()
        stale = owner._stale if owner is self else owner._stale[self._places(owner)]
        if np.any(stale[key]) and refusals.running():
            raise DifferentiationError(
                "f reads what it has kept from an earlier call, whose derivative is lost: a function that is "
                "differentiated must not remember its last point (a workspace that it writes first is right)"
            )

    def _refreshed(self, key):
        """An entry, or several, are being written."""
        owner = self._memory()
        session = levels.slates_are_seen()
        if session is None:
            return
        if owner is self:
            owner._stale[key] = False
        else:
            owner._stale[tuple(part[key] for part in self._places(owner))] = False
        session.written[id(owner)] = owner

    def _places(self, owner):
        """Where the entries of this view are in its owner, as an index."""
        size = self.itemsize
        first = (_address(self) - _address(owner)) // size
        steps = [stride // size for stride in self.strides]
        flat: Any = np.full(self.shape, first)
        for axis, (length, step) in enumerate(zip(self.shape, steps, strict=True)):
            flat += np.reshape(np.arange(length) * step, (-1,) + (1,) * (self.ndim - 1 - axis))
        axes = sorted(range(owner.ndim), key=owner.strides.__getitem__, reverse=True)
        found = np.unravel_index(flat, [owner.shape[axis] for axis in axes])
        return tuple(found[axes.index(axis)] for axis in range(owner.ndim))

    def _begin(self, item):
        """Come to stand for a traced array, as `item` is to be put in."""
        session = levels.slates_are_seen() or self._session  # a worker thread of f sees that of f
        if session is None or not session.open:
            raise DifferentiationError("a traced value was put into an array that f keeps between its calls")
        self._session = session
        session.written[id(self)] = self
        self._traced = item.constant(np.array(_plain(self)))
        _plain(self).fill(np.nan)

    def __setitem__(self, key, item):
        key, item = unwrapped(key), unwrapped(item)
        owner = self._memory()
        if owner._stale is not None:
            self._refreshed(key)
        if contains_traced(item):
            item = as_traced(item, "assignment")
            if owner._traced is None:
                owner._begin(item)
            while item.level > owner._traced.level:  # an inner differentiation's value
                owner._traced = item._constant(owner._traced)
        if owner._traced is None:
            np.ndarray.__setitem__(self, key, item)
        elif owner is self:
            owner._traced[key] = item
        else:
            shape = np.shape(_plain(self)[key])
            if owner.shape:
                owner._traced[tuple(part[key] for part in self._places(owner))] = np.broadcast_to(item, shape)
            elif 0 not in shape:
                owner._traced[()] = np.reshape(np.broadcast_to(item, shape), ())
        if owner._traced is not None:
            owner._traced._refresh_views()  # those of views that were made while it was plain hold copies

    def __getitem__(self, key):
        key = unwrapped(key)
        value = self._stands_for(fresh=False)
        part = value[key] if isinstance(value, Traced) else np.ndarray.__getitem__(self, key)
        if self._memory()._stale is not None and type(part) is not Slate:  # a view is not yet read
            self._check_fresh(key)
        return part

    # --- NumPy's protocols ---

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **kwargs):
        if method == "at" and type(inputs[0]) is Slate and contains_traced(unwrapped(inputs)):
            return inputs[0]._written(ufunc.at, unwrapped(inputs[1:]), kwargs)
        inputs, kwargs = unwrapped(inputs), unwrapped(kwargs)
        call = getattr(ufunc, method)
        if out is None:
            result = call(*inputs, **kwargs)
            return tuple(map(_made, result)) if isinstance(result, tuple) else _made(result)
        all_of_it = kwargs.get("where", True) is True
        targets = [part._stands_for(not all_of_it) if type(part) is Slate else part for part in out]
        if not contains_traced([*inputs, *kwargs.values(), *targets]):
            call(*inputs, out=tuple(targets), **kwargs)
            for part in out:
                if type(part) is Slate and part._memory()._stale is not None:
                    part._refreshed(...)
        else:
            (target,) = out
            where = kwargs.pop("where", True)
            result = call(*inputs, **kwargs)
            target[...] = result if where is True else np.where(where, result, targets[0])
        return out[0] if len(out) == 1 else out

    def __array_function__(self, function, types, args, kwargs):
        given = unwrapped([*args, *kwargs.values()])
        if not contains_traced(given):
            return super().__array_function__(function, types, args, kwargs)
        if function in _WRITERS and type(args[0]) is Slate:
            return args[0]._written(function, unwrapped(args[1:]), unwrapped(kwargs))
        out = kwargs.get("out")
        if type(out) is Slate:
            out[...] = function(*unwrapped(args), **unwrapped({**kwargs, "out": None}))
            return out
        return function(*unwrapped(args), **unwrapped(kwargs))

    # --- methods that write, and conversions ---

    def _written(self, function, rest, kwargs):
        """Do what ``function(self, *rest)`` writes to an array that takes it, and take its entries."""
        value = self._stands_for(fresh=function is not np.copyto or "where" in kwargs)
        rest = [
            as_traced(part, f"np.{function.__name__}") if contains_traced(part) else part for part in rest
        ]
        if isinstance(value, Traced):
            new = np.copy(value)
        else:
            top = max(_traced_in([*rest, *kwargs.values()]), key=lambda item: item.level)
            new = top.constant(np.array(value))
        function(new, *rest, **kwargs)
        self[...] = new

    def fill(self, value):
        self[...] = value

    def sort(self, *args, **kwargs):
        self[...] = np.sort(self._stands_for(), *args, **kwargs)

    def partition(self, *args, **kwargs):
        self[...] = np.partition(self._stands_for(), *args, **kwargs)

    def __iter__(self):
        if not self.shape:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(self.shape[0]))

    def __getattribute__(self, name):
        get = super().__getattribute__
        if name in _OWN or name.startswith("__"):
            return get(name)
        if name == "flat":
            return Flat(self)
        reads = (
            name not in _VIEWS or get("_memory")()._traced is not None
        )  # what is traced is read as a whole
        value = get("_stands_for")(reads)
        if not isinstance(value, Traced):
            return get(name)
        return getattr(value, name)

    def __setattr__(self, name, value):
        if name == "flat":
            Flat(self)[:] = value
        elif name in ("shape", "strides", "dtype") and isinstance(self._stands_for(), Traced):
            raise DifferentiationError(
                f"y.{name} = ... of an array that holds traced values: write y = y.reshape(...)"
            )
        else:
            super().__setattr__(name, value)

    def __imatmul__(self, other: Any) -> Any:  # type: ignore[misc]
        self[...] = np.matmul(self, other)
        return self


def _as_function(function):
    """A method that NumPy has in C, and that takes other arrays, as the function, which dispatches."""
    plain = getattr(np.ndarray, function.__name__)

    def method(self, *args, **kwargs):
        if contains_traced(unwrapped([self, *args, *kwargs.values()])):
            return function(self, *args, **kwargs)
        return plain(self, *args, **kwargs)

    return method


for _name in ("dot", "clip", "put"):
    setattr(Slate, _name, _as_function(getattr(np, _name)))


def _asked_of(name):
    """A special method that a slate passes on to what it stands for."""

    def method(self, *args):
        return getattr(self._stands_for(), name)(*args)

    method.__name__ = name
    return method


for _name in "bool float int complex index str repr format contains copy deepcopy reduce_ex round".split():
    setattr(Slate, f"__{_name}__", _asked_of(f"__{_name}__"))


def _laid_out_at(places, like, base):
    """The entries at some places, in memory as a plain array of them lies."""
    part = base[places]
    if not isinstance(part, Traced) or same_strides(primal(part), like):
        return part
    return RULES[operator.setitem](base.constant(like), part, ...)


def _traced_in(values):
    for value in values:
        if isinstance(value, Traced):
            yield value
        elif isinstance(value, list | tuple):
            yield from _traced_in(value)
        elif isinstance(value, np.ndarray) and value.dtype == object:
            yield from _traced_in(value.ravel().tolist())


_WRITERS = frozenset({np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal})
_OWN = frozenset(
    """_traced _owner _session _stale _begin _check_fresh _refreshed _memory _stands_for _places _written
    shape ndim size dtype fill sort partition base dot clip put strides flags itemsize nbytes data ctypes
    view takes_traced""".split()
)


# Of an array of numbers these are views, which read nothing.
_VIEWS = frozenset("reshape ravel T mT transpose swapaxes squeeze diagonal real".split())


def _plain(slate):
    return np.ndarray.view(slate, np.ndarray)


def _address(array):
    return _plain(array).__array_interface__["data"][0]
