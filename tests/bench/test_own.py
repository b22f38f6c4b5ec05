"""Any function of the user's: from the command line, with advice, and one clear sentence for a mistake."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from bench.__main__ import main
from bench._modes import STANDARD
from bench.own import chosen_modes, own_cell, own_workload
from bench.run import Run

MODULE = """
import time
import numpy as np
def f(x):
    return np.array([x[0] * (x[1] - x[2]), x[2] * np.log(1 - x[0])])
def inner(x):
    return np.sum(np.sin(x) * x)
def kink(x):
    return np.abs(x)
number = 3
def two(x, y):
    return x * y
def params(p, k=1):
    return k * p["w"] @ p["b"]
def make():
    return ({"w": np.eye(2), "b": np.ones(2)},), {"k": 2}
def no_tuple():
    return np.ones(2)
def busy(x):
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    return np.sin(x)
def interrupted(x):
    raise KeyboardInterrupt
def sleeping(x):
    time.sleep(0.02)
    return x * x
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "mymodule_of_tests.py").write_text(MODULE)
    (tmp_path / "empty.npy").touch()
    for name in ("text.npy", "text.npz"):
        (tmp_path / name).write_text("1 2 3")
    np.savez(tmp_path / "named.npz", z=np.ones(2), y=np.ones(2))
    np.savez(tmp_path / "two.npz", y=np.ones(2), x=np.ones(2))
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
        (["mymodule_of_tests:f", "--inputs", "text.npz"], "'text.npz'; it holds no array of numbers"),
        (["mymodule_of_tests:f", "--inputs", "-1,-x"], "--inputs is '-1,-x'; write numbers as"),
        (["mymodule_of_tests:two", "--inputs", "named.npz"], "f does not take --inputs z, y by name: "),
        (["mymodule_of_tests:f", "--args", "mymodule_of_tests:no_tuple"], "it must return a tuple of"),
        (["mymodule_of_tests:f", "--args", "mymodule_of_tests:f"], "raised TypeError: f() missing 1"),
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
    assert main(["mymodule_of_tests:kink", "--inputs", "0,1e-12", "--cell-seconds", "0.2"]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert said.count("the modes agree with each other but not with central-difference: entry [1, 1] is") == 1
    assert "a custom rule is wrong, f is random or not smooth here, or works in single precision" in said


@pytest.mark.parametrize(
    ("f", "x", "error", "message"),
    [
        (3, [1.0], TypeError, "f is 3; it must be a function"),
        (lambda x: "text", [1.0], TypeError, "it must return real numbers"),
        (lambda x: x[:0], [1.0], TypeError, "it must return real numbers"),
        (lambda x: x * 1j, [1.0], TypeError, "it must return real numbers"),
        (np.sin, [], ValueError, "at least one number"),
        (np.sin, [np.inf], ValueError, "all of them finite"),
        (lambda x: np.multiply(x, 2, out=x), [1.0], ValueError, "changes its argument in place; write x = x"),
        (lambda x: x * np.random.default_rng().normal(), [1.0], ValueError, "random or keeps state"),
        (lambda x, seen=[]: seen.append(x) or len(seen) * x, [1.0], ValueError, "random or keeps state"),
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


@pytest.mark.parametrize(
    ("arguments", "sizes", "code"),
    [
        (["two", "--inputs", "-1,2", "--inputs", "-1e-3,.5"], (4, 2), "(two, argnums=(0, 1))(*args)"),
        (["two", "--inputs", "two.npz"], (4, 2), "(two, argnums=(0, 1))(*args)"),
        (["params", "--args", "mymodule_of_tests:make"], (6, 2), "(params)(x, **kwargs)"),
        (["inner", "--inputs=-1,2"], (2, 1), "(inner)(x)"),
    ],
)
def test_arguments_of_every_kind_and_the_code_to_write(here, capsys, arguments, sizes, code):
    name, *arguments = arguments
    assert main([f"mymodule_of_tests:{name}", *arguments, "--cell-seconds", "0.5"]) == 0
    said = capsys.readouterr().out
    assert f"{name}: n = {sizes[0]} inputs, m = {sizes[1]} outputs" in said
    (line,) = [line for line in said.splitlines() if line.startswith("write ")]
    assert line.endswith(code)
    assert line.split()[1:4] in (["from", "modes", "import"],)


def test_steps_are_told_as_they_happen(here, capsys):
    main(["mymodule_of_tests:f", "--inputs", "0.5,2,1", "--cell-seconds", "0.2"])
    told = capsys.readouterr().err
    for label in ("f: ", "forward[1]: ", "reverse: ", "central-difference: ", "timing "):
        assert f"\n{label}" in f"\n{told}"


def test_nothing_measured_is_no_success_and_what_would_suffice_is_said(here, capsys):
    assert main(["mymodule_of_tests:busy", "--inputs", "1,2", "--cell-seconds", "0.05"]) == 1
    out, told = (" ".join(text.split()) for text in capsys.readouterr())
    assert "by exact counts forward takes " in out
    assert "reverse was not measured: 6 rounds are predicted to take" in told
    enough = re.search(r"nothing was measured; --cell-seconds (\S+) would suffice for one mode", told)
    assert float(enough[1]) > 0.6


def test_a_function_that_waits_is_timed_by_the_wall_clock(here, capsys):
    assert main(["mymodule_of_tests:sleeping", "--inputs", "1,2", "--cell-seconds", "1"]) == 0
    assert "the wall clock, as f waits, for sleeping,n=2,m=2" in " ".join(capsys.readouterr().out.split())
    (path,) = (here / ".benchmarks").glob("*-own.jsonl")
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert min(second for r in records if r["kind"] == "row" for second in r["seconds"]) >= 0.02
    assert records[-1]["wall_clock_cells"] == ["sleeping,n=2,m=2"]


def test_an_interrupt_is_one_line(here, capsys):
    assert main(["mymodule_of_tests:interrupted", "--inputs", "1,2"]) == 130
    assert capsys.readouterr().err == "python -m bench: interrupted\n"


def shell(*arguments, **variables):
    """Return the finished command in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    command = [sys.executable, "-m", "bench", *arguments, "--cell-seconds", "0.3"]
    return subprocess.run(command, capture_output=True, env=environment)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_terminals_that_know_few_letters(here, encoding):
    done = shell("mymodule_of_tests:f", "--inputs", "0.5,2,1", PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    text = done.stdout.decode(encoding)
    assert re.search(r"\[[\d.e+-]+-[\d.e+-]+\] (n|[uµ]|m)?s", text)  # an interval, its dash a minus
    assert "?" not in text
    assert b"Traceback" not in done.stderr


def test_a_reader_that_has_seen_enough(here):
    reading, writing = os.pipe()
    os.close(reading)
    command = [
        sys.executable,
        "-m",
        "bench",
        "mymodule_of_tests:f",
        "--inputs",
        "0.5,2,1",
        "--cell-seconds",
        ".3",
    ]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, env=environment)
    os.close(writing)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_functions_of_one_name_are_not_taken_for_each_other(tmp_path, quick):
    run = Run(tmp_path, "own", cell_seconds=0.2)
    outcomes = [run.measure(own_cell(f, [1.0, 2.0])) for f in (lambda x: x * x, lambda x: np.sin(x))]
    run.close("complete")
    cells = {outcome["forward"].subject.cell for outcome in outcomes}
    assert cells == {"<lambda>,n=2,m=2", "<lambda>,n=2,m=2,#2"}


@pytest.mark.parametrize("names", [(), ["backward"]])
def test_modes_that_there_are_not(names):
    with pytest.raises(ValueError, match="it must hold some of forward, forward"):
        chosen_modes(STANDARD, names, None)
    with pytest.raises(ValueError, match="tolerance is -1; it must be a relative error"):
        chosen_modes(STANDARD, None, -1)
