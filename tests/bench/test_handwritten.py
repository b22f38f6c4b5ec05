"""The chain written by hand, against which tracing is priced."""

import numpy as np
import pytest

from bench.handwritten import CELLS, chain, main
from modes import jacobian


@pytest.mark.parametrize(("n", "m"), CELLS[:5])
def test_by_hand_and_by_modes_are_the_same(n, m):
    f, forward, reverse, x = chain(n, m)
    expected = jacobian(f, mode="complex-step")(x)
    for by_hand in (forward, reverse):
        np.testing.assert_allclose(by_hand(x), expected, rtol=1e-11, atol=1e-13)


def test_the_table(capsys, monkeypatch):
    monkeypatch.setattr("bench.handwritten.CELLS", ((2, 3),))
    assert main(["--seconds", "0.05"]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.startswith("(n, m)")
    assert row.startswith("(2, 3)")
    assert len(row) <= 80
    assert row.count("[") == 3
    with pytest.raises(SystemExit):
        main(["--threads", "0"])
