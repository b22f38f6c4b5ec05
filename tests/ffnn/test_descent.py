import numpy as np
import pytest

from ffnn import (
    Network,
    accuracy,
    cost,
    flatten,
    forward_propagation,
    gradient,
    gradient_descent,
    initialise,
    load_dataset,
    r_squared,
    unflatten,
)


def test_one_step_is_the_update_of_the_source(problem):
    network, parameters, X, Y = problem((4, 6, 3), 9, hidden="tanh")
    before = flatten(parameters).copy()
    after, history = gradient_descent(network, X, Y, parameters, rate=0.3, epochs=1)
    expected = before - 0.3 * flatten(gradient(network, parameters, X, Y))
    np.testing.assert_allclose(flatten(after), expected, rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(flatten(parameters), before)
    assert history == [pytest.approx(cost(network, parameters, X, Y))]


def test_mini_batches_see_every_example_once_an_epoch(problem):
    """With a rate too small to move, an epoch's history is the cost of all examples."""
    network, parameters, X, Y = problem((4, 6, 3), 23, hidden="tanh")
    _, history = gradient_descent(network, X, Y, parameters, rate=1e-15, epochs=3, batch_size=5, rng=0)
    np.testing.assert_allclose(history, cost(network, parameters, X, Y), rtol=1e-12)


def test_mini_batches_by_hand(problem):
    network, parameters, X, Y = problem((4, 6, 3), 7)
    found, _ = gradient_descent(network, X, Y, parameters, rate=0.2, epochs=2, batch_size=3, rng=5)
    theta, rng = flatten(parameters).copy(), np.random.default_rng(5)
    for _ in range(2):
        order = rng.permutation(7)
        for chosen in (order[:3], order[3:6], order[6:]):
            here = gradient(network, unflatten(network, theta), X[:, chosen], Y[:, chosen])
            theta = theta - 0.2 * flatten(here)
    np.testing.assert_allclose(flatten(found), theta, rtol=1e-11, atol=1e-14)


def test_full_batch_descends(problem):
    network, parameters, X, Y = problem((4, 6, 3), 20, hidden="tanh")
    _, history = gradient_descent(network, X, Y, parameters, rate=0.05, epochs=200)
    assert (np.diff(history) < 0).all()


def test_seeded(problem):
    network, _, X, Y = problem((4, 6, 3), 20)
    runs = [gradient_descent(network, X, Y, epochs=3, batch_size=6, rng=seed) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(flatten(runs[0].parameters), flatten(runs[1].parameters))
    assert (flatten(runs[0].parameters) != flatten(runs[2].parameters)).any()


def test_the_caller_s_arrays_are_only_read(problem):
    network, parameters, X, Y = problem((4, 6, 3), 20)
    old = X.copy(), Y.copy()
    gradient_descent(network, X, Y, parameters, epochs=2, batch_size=6, rng=0)
    np.testing.assert_array_equal(X, old[0])
    np.testing.assert_array_equal(Y, old[1])


def test_errors(problem):
    network, parameters, X, Y = problem((4, 6, 3), 20, cost="mean-squared-error")
    for bad in ({"rate": 0.0}, {"rate": np.nan}, {"epochs": 0}, {"batch_size": 0}):
        with pytest.raises(ValueError, match="rate, epochs and batch_size must be positive"):
            gradient_descent(network, X, Y, **bad)
    with pytest.raises(ValueError, match=r"Y has shape \(3, 19\)"):
        gradient_descent(network, X, Y[:, 1:])
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match=r"the cost is .* in epoch \d+; use a smaller rate than 50"),
    ):
        gradient_descent(network, X, Y, parameters, rate=50.0, epochs=500)


def test_scores():
    network = Network((1, 1), cost="binary-cross-entropy")
    parameters = unflatten(network, np.array([1.0, 0.0]))
    assert accuracy(network, parameters, [[-1.0, 1.0, 2.0, 3.0]], [0, 1, 1, 0]) == 0.75
    network = Network((1, 1), cost="mean-squared-error")
    assert r_squared(network, parameters, [[0.0, 1.0, 2.0]], [0.0, 1.0, 5.0]) == pytest.approx(1 - 9 / 14)
    network = Network((2, 2))
    parameters = unflatten(network, np.array([1.0, 0, 0, 1, 0, 0]))
    assert accuracy(network, parameters, [[1.0, 0.0], [0.0, 1.0]], [0, 0]) == 0.5


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    ("name", "sizes", "arguments", "score", "least"),
    [
        ("digits", (64, 128, 10), {"rate": 0.1, "epochs": 30}, accuracy, 0.95),
        ("breast-cancer", (30, 16, 1), {"rate": 0.1, "epochs": 30}, accuracy, 0.95),
        ("diabetes", (10, 8, 1), {"rate": 0.02, "epochs": 30}, r_squared, 0.4),
    ],
)
def test_real_data_is_learnt(name, sizes, arguments, score, least, seed):
    pytest.importorskip("sklearn")
    data = load_dataset(name)
    network = Network(sizes, hidden="relu" if name == "digits" else "tanh", cost=data.cost)
    parameters, history = gradient_descent(
        network, data.X_train, data.Y_train, batch_size=32, rng=seed, **arguments
    )
    assert history[-1] < history[0]
    assert score(network, parameters, data.X_test, data.Y_test) >= least


def test_data_sets_are_split_and_scaled():
    pytest.importorskip("sklearn")
    data = load_dataset("digits")
    assert data.X_train.shape == (64, 1347)
    assert data.X_test.shape == (64, 450)
    assert data.Y_train.shape == (1347,)
    np.testing.assert_allclose(data.X_train.mean(axis=1), 0, atol=1e-12)
    assert (data.X_train != load_dataset("digits", seed=1).X_train).any()
    np.testing.assert_array_equal(data.X_train, load_dataset("digits").X_train)
    regression = load_dataset("diabetes")
    assert regression.Y_train.shape == (1, 331)
    assert regression.Y_train.std() == pytest.approx(1)
    with pytest.raises(ValueError, match="dataset is 'iris'; choose one of 'digits'"):
        load_dataset("iris")


def test_an_untrained_network_guesses(problem):
    network, parameters, X, _ = problem((4, 6, 3), 300)
    prediction, _ = forward_propagation(network, parameters, X)
    assert accuracy(network, parameters, X, prediction.argmax(axis=0)) == 1
    assert accuracy(network, initialise(network, 9), X, prediction.argmax(axis=0)) < 0.9
