"""Every sample of every rule, traced in scalars, counted, and accumulated in other orders."""

import importlib
import itertools
import re
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import scipy.special
from rulecheck import flat

import modes
from modes.core.primitive import Elementwise
from modes.core.registry import RULES
from modes.jacobians import crosscountry

TABLES = sorted(path.stem for path in Path(__file__).parents[1].glob("support/samples_*.py"))


@pytest.mark.parametrize("table", TABLES)
def test_every_rule_can_be_traced_counted_and_eliminated(table, monkeypatch):
    monkeypatch.setattr(crosscountry, "_MARGIN", np.inf)  # do not fall back to a pure mode
    for sample in importlib.import_module(table).SAMPLES:
        f, args = flat(sample.call), tuple(np.asarray(a, float) for a in sample.args)
        argnums = tuple(range(len(args)))

        def matrix(jacobians, args=args):
            flattened = [j.reshape(len(j), a.size) for j, a in zip(jacobians, args, strict=True)]
            return np.concatenate(flattened, axis=1)

        known = matrix(modes.jacfwd(f, argnums)(*args))
        trace, counts = modes.trace(f, *args, argnums=argnums), modes.counts(f, *args, argnums=argnums)
        close = {"rtol": 1e-9, "atol": 1e-11, "err_msg": str(sample)}
        np.testing.assert_allclose(modes.accumulate(trace, "min-fill").jacobian, known, **close)
        cross = modes.jacobian(f, argnums, mode="cross-country")(*args)
        np.testing.assert_allclose(matrix(cross), known, **close)
        assert (counts.n, counts.m) == (trace.n, len(trace.outputs)), sample
        if not counts.opaque:
            assert counts.operations == trace.operations, sample
            assert counts.edges == sum(len(row.links) for row in trace.rows) + squares(trace), sample
        modes.trace(f, *args, argnums=argnums, scalars=False).to_text()
        rows = zip(trace.rows, trace.lines(), strict=True)
        for row, (_, formula, value, partials) in itertools.islice(rows, trace.n, trace.n + 3):
            written = [(formula.split(" = ")[0], value), *(partial[1:] for partial in partials)]
            for text, number in written if row.rule is not None else ():
                read = evaluated(text, trace)
                np.testing.assert_allclose(read, number, rtol=1e-12, atol=1e-14, err_msg=text)


def evaluated(text, trace):
    """The number that a written formula means."""
    digits = str.maketrans("₋₀₁₂₃₄₅₆₇₈₉", "-0123456789")
    text = re.sub(r"u([₋₀-₉]+)", lambda m: f"u({m[1].translate(digits)})", text)
    text = re.sub(r"([⁰¹²³⁴-⁹⁻]+)", lambda m: f"**({unicodedata.normalize('NFKC', m[1])})", text)
    names = vars(scipy.special) | {
        f.__name__: f for f, rule in RULES.items() if isinstance(rule, Elementwise)
    }
    names |= {"u": lambda number: trace.rows[number + trace.n - 1].value}
    names |= {"abs": abs, "max": max, "min": min, "sign": np.sign, "inf": np.inf}
    return eval(text.replace("−", "-").replace("·", "*"), names)


def squares(trace):
    """Edges that meet: a row that uses another one twice has one link for both."""
    return sum(
        sum(partial is not None for partial in row.partials) - len(row.links) for row in trace.rows[trace.n :]
    )
