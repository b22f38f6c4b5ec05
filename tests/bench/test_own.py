"""Any function of the user's: from the command line, with advice, and one clear sentence for a mistake."""

import json

import numpy as np
import pytest

from bench.__main__ import main
from bench.own import own_cell, own_workload

MODULE = """
import numpy as np
def f(x):
    return np.array([x[0] * (x[1] - x[2]), x[2] * np.log(1 - x[0])])
def inner(x):
    return np.sum(np.sin(x) * x)
def kink(x):
    return np.abs(x)
number = 3
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "mymodule_of_tests.py").write_text(MODULE)
    (tmp_path / "empty.npy").touch()
    (tmp_path / "text.npy").write_text("1 2 3")
    np.save(tmp_path / "complex.npy", np.array([1j, 2, 3]))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_command_line_measures_and_advises(here, capsys):
    assert main(["mymodule_of_tests:inner", "--shape", "20,20", "--cell-seconds", "2"]) == 0
    out = capsys.readouterr().out
    assert "inner: n = 400 inputs, m = 1 outputs" in out
    assert "use reverse" in out
    assert "times faster than forward" in out
    (path,) = (here / ".benchmarks").glob("*-own.jsonl")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert records[0]["options"]["function"] == "mymodule_of_tests:inner"
    assert records[-1]["status"] == "complete"


def test_inputs_from_the_command_line_and_from_a_file(here, capsys):
    assert main(["mymodule_of_tests:f", "--inputs", "0.5,2,1", "--cell-seconds", "0.2"]) == 0
    np.save("x.npy", np.array([0.5, 2, 1]))
    assert main(["mymodule_of_tests:f", "--inputs", "x.npy", "--cell-seconds", "0.2"]) == 0
    assert capsys.readouterr().out.count("n = 3 inputs, m = 2 outputs") == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["f", "--shape", "3"], "'f' must be module:function or file.py:function"),
        (["no_such_module:f", "--shape", "3"], "No module named 'no_such_module'"),
        (["mymodule_of_tests:g", "--shape", "3"], "'mymodule_of_tests' has no function 'g'"),
        (["mymodule_of_tests:number", "--shape", "3"], "'mymodule_of_tests' has no function 'number'"),
        (["mymodule_of_tests:f", "--inputs", "1,x"], "--inputs is '1,x'; write numbers as 0.5,2,1 or name a"),
        (["mymodule_of_tests:f", "--shape", "3x4"], "--shape is '3x4'; write sizes as 64 or 3,4"),
        (["mymodule_of_tests:f", "--shape", "1000000000000000"], "--shape is 1000000000000000: "),
        (["mymodule_of_tests:f", "--inputs", "empty.npy"], "'empty.npy'; it holds no array of numbers"),
        (["mymodule_of_tests:f", "--inputs", "text.npy"], "'text.npy'; it holds no array of numbers"),
        (["mymodule_of_tests:f", "--inputs", "complex.npy"], "x holds complex128; it must hold real numbers"),
        (["mymodule_of_tests:f", "--shape", "-3"], "--shape is '-3'; write sizes as 64 or 3,4"),
        (["mymodule_of_tests:f", "--inputs", "1"], "f cannot be evaluated at an x of shape (1,): IndexError"),
        (["mymodule_of_tests:f", "--inputs", "nan,1,2"], "x is [nan  1.  2.]; it must hold at least one"),
        (["mymodule_of_tests:f", "--inputs", "no.npy"], "No such file or directory: 'no.npy'"),
    ],
)
def test_mistakes_get_one_sentence(here, capsys, arguments, message):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert not (here / ".benchmarks").exists()


def test_numbers_that_must_be_positive(here, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["mymodule_of_tests:f", "--shape", "3", "--threads", "0"])
    assert "--threads is 0; it must be positive" in capsys.readouterr().err
    for seconds in ("0", "nan", "inf"):
        with pytest.raises(SystemExit, match="2"):
            main(["mymodule_of_tests:f", "--shape", "3", "--cell-seconds", seconds])
        assert "--cell-seconds is" in capsys.readouterr().err


def test_modes_that_disagree_fail(here, capsys):
    assert main(["mymodule_of_tests:kink", "--inputs", "0,1e-9", "--cell-seconds", "0.2"]) == 1
    assert "central-difference gave a wrong Jacobian: entry [1, 1] is" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (3, [1.0], TypeError, "f is 3; it must be a function"),
        (lambda x: "text", [1.0], TypeError, "it must return real numbers"),
        (lambda x: x[:0], [1.0], TypeError, "it must return real numbers"),
        (lambda x: x * 1j, [1.0], TypeError, "it must return real numbers"),
        (np.sin, [], ValueError, "at least one number"),
        (np.sin, [np.inf], ValueError, "all of them finite"),
    ],
)
def test_what_cannot_be_measured(f, x, error, message):
    with pytest.raises(error, match=message):
        own_workload(f, x)


def test_arrays_of_any_shape_are_taken_apart():
    w = own_workload(lambda A: A @ A, np.arange(6.0).reshape(3, 2) @ np.ones((2, 3)))
    assert (w.n, w.m) == (9, 9)
    assert w.jacobian().shape == (9, 9)
    assert own_cell(np.sin, [1.0, 2.0]).id == "own-sin-n2-m2"
