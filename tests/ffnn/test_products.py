import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from ffnn._products import one_blas_thread, product


@pytest.mark.parametrize(
    ("shape", "pieces"), [((300, 400, 32), 4), ((300, 400, 33), 1), ((20, 400, 32), 1), ((300, 400, 1), 1)]
)
def test_one_thread_multiplies_in_blocks_of_rows(shape, pieces):
    n, k, m = shape
    rng = np.random.default_rng(0)
    P, Q, out = rng.normal(size=(n, k)), rng.normal(size=(k, m)), np.full((n, m), np.nan)
    with threadpool_limits(1, user_api="blas"):
        calls = product(P, Q, out)
    assert len(calls) == pieces
    for call in calls:
        call()
    np.testing.assert_allclose(out, P @ Q, rtol=1e-10, atol=1e-12)


def test_more_threads_share_one_product():
    with threadpool_limits(1, user_api="blas"):
        assert one_blas_thread()
    with threadpool_limits(2, user_api="blas"):
        assert not one_blas_thread()
        assert len(product(np.ones((300, 400)), np.ones((400, 32)), np.empty((300, 32)))) == 1
