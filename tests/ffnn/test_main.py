import subprocess
import sys

import numpy as np
import pytest

from ffnn import METHODS, Agreement, compare_methods, cost_of, flatten, unflatten
from ffnn.__main__ import main, table
from modes import jacobian

pytest.importorskip("sklearn")
pytest.importorskip("tqdm")


def rows_of(text):
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("method"))
    return {line.split()[0]: line for line in lines[start + 1 : [*lines, ""].index("", start)]}


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
    assert "1,220 costs" in rows["central-difference"]
    assert text.endswith("python -m bench network --layers 64,8,10 --hidden relu --batch 4 --chunk-size 64\n")


@pytest.mark.parametrize("dataset", ["breast-cancer", "diabetes"])
def test_other_data(capsys, dataset):
    assert main(["--dataset", dataset, "--epochs", "5", "--methods", "backpropagation,reverse"]) == 0
    text = capsys.readouterr().out
    assert ("R² " if dataset == "diabetes" else "accuracy ") in text
    assert list(rows_of(text)) == ["backpropagation", "reverse"]
    assert ("bench network" in text) is (dataset != "diabetes")  # which knows no regression


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


def test_compare_methods_says_what_each_takes_and_how_far_apart_they_are(problem):
    network, parameters, X, Y = problem((3, 4, 2), 5, hidden="tanh")
    rows = {row.method: row for row in compare_methods(network, parameters, X, Y, chunk_size=10)}
    assert list(rows) == list(METHODS)
    n = network.parameter_count
    passes = {method: row.passes for method, row in rows.items()}
    assert passes["forward"] == -(-n // 10)
    assert (passes["central-difference"], passes["forward-difference"], passes["complex-step"]) == (
        2 * n,
        n + 1,
        n,
    )
    assert passes["backpropagation"] == passes["reverse"] == passes["symbolic"] == 1
    assert rows["backpropagation"].disagreement == 0
    assert rows["reverse"].disagreement < 1e-13 < rows["central-difference"].disagreement < 1e-7
    limited = compare_methods(network, parameters, X, Y, ["reverse", "complex-step"], most=n - 1)
    assert limited[0].disagreement is not None
    assert limited[1] == Agreement("complex-step", n, "costs", skipped=f"would take {n} costs")
    with pytest.raises(ValueError, match="method is 'adjoint'"):
        compare_methods(network, parameters, X, Y, ["adjoint"])


def test_the_passes_are_the_costs_that_are_evaluated(problem):
    network, parameters, X, Y = problem((2, 3, 1), 4, hidden="tanh", cost="mean-squared-error")
    cost, theta = cost_of(network, X, Y), flatten(parameters)
    for row in compare_methods(network, parameters, X, Y, ["central-difference", "forward-difference"]):
        evaluations = 0

        def counted(theta):
            nonlocal evaluations
            evaluations += 1
            return cost(unflatten(network, theta))

        jacobian(counted, mode=row.method)(theta)
        assert row.passes <= evaluations <= row.passes + 1  # one more to learn the shape of f


def test_a_method_that_refuses_the_point_says_why(problem):
    network, parameters, X, Y = problem((2, 3, 1), 4, hidden="relu", cost="mean-squared-error")
    parameters.W[1][...] = 0.0
    parameters.b[1][...] = 0.0  # every z[1] on the kink
    rows = compare_methods(network, parameters, X, Y, ["reverse", "complex-step"])
    assert rows[0].disagreement < 1e-13
    assert "complex-step: output 0 is not analytic" in table(rows).splitlines()[2]


def test_the_table_is_aligned():
    rows = [Agreement("a", 1, "sweep back", 0.0), Agreement("b", 19_220, "costs", 1e-9)]
    lines = table(rows).splitlines()
    assert "19,220 costs" in lines[2]
    assert np.unique([len(line) for line in lines]).size == 1


def test_compare_methods_refuses_mistakes_before_it_starts(problem):
    with pytest.raises(ValueError, match="method is 'nonsense'"):
        compare_methods(*problem((3, 4, 2), 5), ["backpropagation", "nonsense"], most=0)
    with pytest.raises(ValueError, match="chunk_size is 0"):
        compare_methods(*problem((3, 4, 2), 5), ["forward"], chunk_size=0, most=3)
