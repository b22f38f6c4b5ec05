"""Random NumPy programs, and natural ones written by hand: right in every mode, or refused."""

import re
from pathlib import Path

import fuzz
import numpy as np
import pytest

CHUNK = 50


@pytest.mark.parametrize("chunk", range(8))
def test_random_programs(chunk):
    wrong, kinds = [], []
    for index in range(chunk * CHUNK, (chunk + 1) * CHUNK):
        program = fuzz.generate("suite", index)
        outcome = fuzz.check(program, second_order=index % 10 == 0)
        kinds.append(outcome.kind)
        if outcome.kind == "wrong":
            wrong.append(f"{program}\n# {outcome.detail}")
    assert not wrong, f"{len(wrong)} wrong\n\n" + "\n\n".join(wrong)
    assert kinds.count("right") > CHUNK / 2  # the generator writes programs that mean something


TEXT = (Path(fuzz.__file__).parent / "natural_programs.txt").read_text(encoding="utf-8")
NATURAL = [part.strip("\n") for part in re.split(r"(?m)^---$", TEXT)]
HEAD = """\
import collections, copy, itertools, math, operator
import numpy as np
C = np.zeros(3)
M = np.array([[2.0, 0.3, 0.1], [0.3, 1.5, 0.2], [0.1, 0.2, 1.1]])
def f(x):
"""


@pytest.mark.parametrize("number", range(len(NATURAL)))
def test_natural_programs(number):
    source = HEAD + "".join(f"    {line}\n" for line in NATURAL[number].split("\n"))
    program = fuzz.Program(f"natural {number}", source, np.array([0.7, 1.3, 0.4]))
    outcome = fuzz.check(program, second_order=True)
    assert outcome.kind in ("right", "refused"), f"{NATURAL[number]}\n# {outcome.detail}"


def test_the_check_sees_a_wrong_derivative_and_a_kink():
    def program(line):
        return fuzz.Program("a check", HEAD + f"    {line}\n", np.array([0.7, 1.3, 0.4]))

    assert fuzz.check(program("return x * 2")).kind == "right"
    assert fuzz.check(program("return x * (2 if type(x) is np.ndarray else 3)")).kind == "wrong"
    assert fuzz.check(program("return math.sin(x[0])")).kind == "refused"
    assert fuzz.check(program("return abs(x[0] - 0.7001)")).kind == "skipped"
