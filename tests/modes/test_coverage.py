"""Every public function of NumPy that dispatches is differentiated, constant or refused; exactly one."""

import numpy as np
import pytest

from modes import DifferentiationError, Dual
from modes.core.registry import CONSTANT, REFUSED, RULES

_DISPATCHED = type(np.sum)


def dispatching(module):
    return {
        getattr(module, name)
        for name in dir(module)
        if not name.startswith("_") and isinstance(getattr(module, name), _DISPATCHED | np.ufunc)
    }


ALL = dispatching(np) | dispatching(np.linalg) | dispatching(np.fft)


@pytest.mark.parametrize("function", sorted(ALL, key=str), ids=lambda f: f.__name__)
def test_in_exactly_one_set(function):
    sets = {"rule": RULES, "constant": CONSTANT, "refused": REFUSED}
    found = [name for name, functions in sets.items() if function in functions]
    assert len(found) == 1


def test_refusals_say_why():
    x = Dual(np.ones((2, 2)), np.ones((2, 2)))
    for function in ALL & set(REFUSED):
        if isinstance(function, np.ufunc) and function.nin == 1:
            with pytest.raises(DifferentiationError, match=f"{function.__name__}.*refused: "):
                function(x)
    assert all(len(why) > 20 for why in REFUSED.values())
