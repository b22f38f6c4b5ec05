import numpy as np
import optree
import pytest

from ffnn import ACTIVATIONS, Network, Parameters, flatten, initialise, parameter_name, unflatten

NETWORK = Network((3, 5, 2))


def test_unflatten_gives_views_and_flatten_finds_the_vector_again():
    theta = np.arange(float(NETWORK.parameter_count))
    parameters = unflatten(NETWORK, theta)
    assert [W.shape for W in parameters.W[1:]] == [(5, 3), (2, 5)]
    assert [b.shape for b in parameters.b[1:]] == [(5,), (2,)]
    assert flatten(parameters) is theta
    parameters.W[2][1, 3] = -7.0
    assert theta[15 + 8] == -7.0


def test_flatten_copies_what_does_not_lie_in_one_vector():
    theta = np.arange(float(NETWORK.parameter_count))
    views = unflatten(NETWORK, theta)
    part = unflatten(Network((3, 5)), theta[:20].copy())
    for parameters in (
        Parameters(views.W, (None, views.b[1].copy(), views.b[2])),
        Parameters((None, np.asfortranarray(views.W[1]), views.W[2]), views.b),
        unflatten(NETWORK, np.concatenate([theta, [99.0]])[:-1]),  # a longer vector underneath
    ):
        found = flatten(parameters)
        assert found is not theta
        assert not np.shares_memory(found, parameters.W[2])
        np.testing.assert_array_equal(found, theta)
    swapped = Parameters((None, part.W[1]), (None, part.W[1].ravel()[:5]))
    np.testing.assert_array_equal(flatten(swapped), [*theta[:15], *theta[:5]])


def test_a_pytree_in_the_order_of_the_vector():
    parameters = initialise(NETWORK, 0)
    leaves, structure = optree.tree_flatten(parameters)
    np.testing.assert_array_equal(np.concatenate([leaf.ravel() for leaf in leaves]), flatten(parameters))
    assert isinstance(optree.tree_unflatten(structure, leaves), Parameters)


def test_names_are_python_for_the_entry():
    theta = np.arange(float(NETWORK.parameter_count))
    W, b = unflatten(NETWORK, theta)
    for index in range(theta.size):
        assert eval(parameter_name(NETWORK, index), {"W": W, "b": b}) == index
    with pytest.raises(IndexError, match="index is 32, but there are 32 parameters"):
        parameter_name(NETWORK, 32)


@pytest.mark.parametrize(
    ("scheme", "variance"), [("he", 2 / 300), ("glorot", 2 / (300 + 200)), ("auto", 2 / 300)]
)
def test_initialisers_have_the_variance_of_their_papers(scheme, variance):
    parameters = initialise(Network((300, 200, 3), hidden="relu"), 0, scheme)
    assert parameters.W[1].var() == pytest.approx(variance, rel=0.03)
    assert abs(parameters.W[1].mean()) < 4 * np.sqrt(variance / parameters.W[1].size)
    assert all((b == 0).all() for b in parameters.b[1:])


def test_glorot_is_uniform_within_its_bound():
    W = initialise(Network((300, 200), cost="mean-squared-error"), 0, "glorot").W[1]
    bound = np.sqrt(6 / 500)
    assert 0.99 * bound < np.abs(W).max() < bound


def test_auto_follows_the_activation():
    for name, activation in ACTIVATIONS.items():
        network = Network((4, 3, 2), hidden=name)
        expected = initialise(network, 0, activation.initialiser).W[1]
        np.testing.assert_array_equal(initialise(network, 0).W[1], expected)


def test_seeded_by_generator_or_number():
    a, b = initialise(NETWORK, 3), initialise(NETWORK, np.random.default_rng(3))
    np.testing.assert_array_equal(flatten(a), flatten(b))
    assert (flatten(a) != flatten(initialise(NETWORK, 4))).any()


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match=r"theta has shape \(5,\).*32 parameters"):
        unflatten(NETWORK, np.zeros(5))
    with pytest.raises(ValueError, match="scheme is 'xavier'; choose 'auto', 'he' or 'glorot'"):
        initialise(NETWORK, 0, "xavier")
