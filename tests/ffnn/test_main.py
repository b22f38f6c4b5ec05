import subprocess
import sys

import numpy as np
import pytest

from ffnn import METHODS, Measurement, compare_methods
from ffnn.__main__ import main, table

pytest.importorskip("sklearn")
pytest.importorskip("tqdm")


def rows_of(text):
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("method"))
    return {line.split()[0]: line for line in lines[start + 1 :]}


def test_trains_prints_accuracy_and_a_table(capsys):
    assert main(["--layers", "64,8,10", "--epochs", "20", "--examples", "4"]) == 0
    text = capsys.readouterr().out
    assert "network 64 → 8 → 10, relu, softmax, multi-class-cross-entropy: 610 parameters" in text
    accuracy = float(text.split(" on the test examples")[0].rsplit(" ", 1)[1])
    assert 0.8 < accuracy <= 1
    rows = rows_of(text)
    assert list(rows) == list(METHODS)
    for method, largest in (("reverse", 1e-12), ("forward", 1e-12), ("complex-step", 1e-12)):
        assert float(rows[method].split()[-1]) < largest
    assert 1e-14 < float(rows["forward-difference"].split()[-1]) < 1e-4
    assert "skipped: more than 60 parameters" in rows["symbolic"]


@pytest.mark.parametrize("dataset", ["breast-cancer", "diabetes"])
def test_other_data(capsys, dataset):
    assert main(["--dataset", dataset, "--epochs", "5", "--methods", "backpropagation,reverse"]) == 0
    text = capsys.readouterr().out
    assert ("R² " if dataset == "diabetes" else "accuracy ") in text
    assert list(rows_of(text)) == ["backpropagation", "reverse"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layers", "60,8,10"], "--layers 60,8,10 goes from 60 to 10, but digits has 64 inputs"),
        (["--layers", "64,0,10"], "every n[l] ≥ 1; got (64, 0, 10)"),
        (["--epochs", "0"], "rate, epochs and batch_size must be positive"),
        (["--epochs", "1", "--examples", "0"], "--examples is 0"),
        (["--epochs", "1", "--methods", "magic"], "method is 'magic'; choose one of 'backpropagation'"),
    ],
)
def test_bad_arguments_give_a_sentence(capsys, arguments, message):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.startswith("python -m ffnn: ")


def test_sizes_that_are_not_numbers(capsys):
    with pytest.raises(SystemExit):
        main(["--layers", "64;10"])
    assert "'64;10' is not a list of integers with commas between" in capsys.readouterr().err


def test_runs_as_a_module():
    command = [sys.executable, "-m", "ffnn", "--epochs", "1", "--methods", "backpropagation"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "digits: 1347 examples" in done.stdout
    assert "Traceback" not in done.stderr


def test_compare_methods_measures_what_it_says(problem):
    network, parameters, X, Y = problem((3, 4, 2), 5, hidden="tanh")
    rows = {row.method: row for row in compare_methods(network, parameters, X, Y, rounds=2)}
    assert list(rows) == list(METHODS)
    assert all(row.seconds > 0 and row.ratio > 0 for row in rows.values())
    assert rows["backpropagation"].disagreement == 0
    assert rows["reverse"].disagreement < 1e-13 < rows["central-difference"].disagreement < 1e-7
    limited = compare_methods(network, parameters, X, Y, ["reverse", "complex-step"], limit=1e-9, rounds=1)
    assert limited[0].seconds is not None
    assert limited[1] == Measurement("complex-step", skipped="would take about 0 s")
    with pytest.raises(ValueError, match="method is 'adjoint'"):
        compare_methods(network, parameters, X, Y, ["adjoint"])


def test_a_method_that_refuses_the_point_says_why(problem):
    network, parameters, X, Y = problem((2, 3, 1), 4, hidden="relu", cost="mean-squared-error")
    parameters.W[1][...] = 0.0
    parameters.b[1][...] = 0.0  # every z[1] on the kink
    rows = compare_methods(network, parameters, X, Y, ["reverse", "complex-step"], rounds=1)
    assert rows[0].disagreement < 1e-13
    assert "complex-step: output 0 is not analytic" in table(rows).splitlines()[2]


def test_times_are_printed_with_three_digits():
    rows = [
        Measurement("a", 1.2345e-5, 2.0, 0.0),
        Measurement("b", 0.5, 1234.5, 1e-9),
        Measurement("c", 2e-8, 1, 0),
    ]
    lines = table(rows).splitlines()
    assert [line.split()[1:3] for line in lines[1:]] == [["12.3", "µs"], ["500", "ms"], ["20", "ns"]]
    assert "1,234.50" in lines[2]
    assert np.unique([len(line) for line in lines]).size == 1
