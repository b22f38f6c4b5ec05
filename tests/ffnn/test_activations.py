import numpy as np
import pytest
from scipy import special

from ffnn import ACTIVATIONS
from ffnn._inplace import keeps_z, steps

REFERENCES = {
    "relu": lambda Z: np.maximum(Z, 0),
    "leaky-relu": lambda Z: np.maximum(Z, 0.01 * Z),
    "sigmoid": special.expit,
    "tanh": np.tanh,
    "softmax": lambda Z: special.softmax(Z, axis=0),
    "identity": lambda Z: Z,
    "softplus": lambda Z: np.logaddexp(0, Z),
    "gelu": lambda Z: Z * special.expit(2 * np.sqrt(2 / np.pi) * (Z + 0.044715 * Z**3)),
    "silu": lambda Z: Z * special.expit(Z),
}
EXTREME = np.array([[-1e4, -750.0, -40.0, 0.0], [1e4, 750.0, 40.0, -0.0], [3.0, -1e4, 1e4, 1e-300]])


def test_every_activation_has_a_reference():
    assert REFERENCES.keys() == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_are_the_functions_of_that_name(name):
    Z = np.random.default_rng(0).normal(scale=4, size=(5, 40))
    np.testing.assert_allclose(ACTIVATIONS[name].value(Z), REFERENCES[name](Z), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nothing_overflows_at_ten_thousand(name):
    activation = ACTIVATIONS[name]
    A = activation.value(EXTREME)  # a RuntimeWarning would fail the test
    np.testing.assert_allclose(A, REFERENCES[name](EXTREME), rtol=1e-12, atol=1e-300)
    assert np.isfinite(activation.pullback(np.ones_like(A), EXTREME, A)).all()


@pytest.mark.parametrize("name", ["sigmoid", "softplus"])
def test_the_small_tail_keeps_its_digits(name):
    Z = np.array([[-700.0, -300.0, -50.0]])
    np.testing.assert_allclose(ACTIVATIONS[name].value(Z), np.exp(Z), rtol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_pullback_is_the_transposed_jacobian_of_the_value(name):
    rng = np.random.default_rng(1)
    Z, dA = rng.normal(scale=2, size=(4, 3)), rng.normal(size=(4, 3))
    expected = np.empty_like(Z)
    for index in np.ndindex(Z.shape):  # complex step, entry by entry: eq. (17) with every p
        stepped = Z.astype(complex)
        stepped[index] += 1e-30j
        expected[index] = (dA * ACTIVATIONS[name].value(stepped).imag / 1e-30).sum()
    found = ACTIVATIONS[name].pullback(dA, Z, ACTIVATIONS[name].value(Z))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_softmax_couples_the_column_and_only_the_column():
    Z = np.random.default_rng(2).normal(size=(3, 2))
    dA = np.zeros((3, 2))
    dA[0, 1] = 1.0
    dZ = ACTIVATIONS["softmax"].pullback(dA, Z, ACTIVATIONS["softmax"].value(Z))
    assert (dZ[:, 1] != 0).all()
    assert (dZ[:, 0] == 0).all()


@pytest.mark.parametrize(("name", "slope"), [("relu", 0.0), ("leaky-relu", 0.01)])
def test_derivative_at_the_kink_is_the_left_one(name, slope):
    zero = np.zeros((1, 1))
    assert ACTIVATIONS[name].pullback(np.ones((1, 1)), zero, zero).item() == slope
    assert ACTIVATIONS[name].value(zero + 1e-30j).imag.item() / 1e-30 == pytest.approx(slope)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_is_not_swallowed(name):
    assert np.isnan(ACTIVATIONS[name].value(np.array([[np.nan]]))).all()


@pytest.mark.parametrize(
    ("name", "shared"), [(n, False) for n in ACTIVATIONS] + [(n, True) for n in ACTIVATIONS if not keeps_z(n)]
)
def test_calls_in_place_say_what_the_formulas_say(name, shared):
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.normal(scale=3, size=(3, 5)), np.clip(EXTREME, -700, 700)], axis=1)
    seed = rng.normal(size=values.shape)
    Z, D = values.copy(), seed.copy()
    A = Z if shared else np.empty_like(Z)
    forward, backward = steps(name, Z, A, D)
    for call in forward:
        call()
    expected = ACTIVATIONS[name].value(values)
    np.testing.assert_allclose(A, expected, rtol=1e-12, atol=1e-300)
    for call in backward:
        call()
    np.testing.assert_allclose(D, ACTIVATIONS[name].pullback(seed, values, expected), rtol=1e-12, atol=1e-15)


def test_sigmoid_in_place_does_not_overflow():
    Z = EXTREME.copy()
    for call in steps("sigmoid", Z, Z, np.ones_like(Z))[0]:
        call()
    np.testing.assert_allclose(Z, special.expit(EXTREME), rtol=1e-12, atol=1e-300)
