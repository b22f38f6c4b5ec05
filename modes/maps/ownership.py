"""Whether an array is known to one place only, so that it may be changed there without a copy."""

import sys

import numpy as np


def _references(array):
    return sys.getrefcount(array)


# CPython with its global lock counts who knows an object. Elsewhere (PyPy, free-threaded builds) counts tell
# nothing: there no array is taken for exclusive, and a copy is made instead.
COUNTED = sys.implementation.name == "cpython" and getattr(sys, "_is_gil_enabled", lambda: True)()
_box = [np.empty(1)]
_ALONE = _references(_box[0]) if COUNTED else 0  # the count of an array that one container holds, seen so


def is_exclusive(array):
    """True where the one container that `array` is read from (``is_exclusive(box[0])``) alone knows it.

    It may then be changed in place. Views of an array count, as they hold it.
    """
    return type(array) is np.ndarray and array.base is None and sys.getrefcount(array) <= _ALONE
