import numpy as np
import pytest

from ffnn._products import one_blas_thread, product

NAMES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


@pytest.fixture
def threads(monkeypatch):
    def set_to(openblas, omp=None):
        for name, value in zip(NAMES, (openblas, omp), strict=True):
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)

    return set_to


@pytest.mark.parametrize(
    ("shape", "pieces"), [((300, 400, 32), 4), ((300, 400, 33), 1), ((20, 400, 32), 1), ((300, 400, 1), 1)]
)
def test_one_thread_multiplies_in_blocks_of_rows(threads, shape, pieces):
    threads("1")
    n, k, m = shape
    rng = np.random.default_rng(0)
    P, Q, out = rng.normal(size=(n, k)), rng.normal(size=(k, m)), np.full((n, m), np.nan)
    calls = product(P, Q, out)
    assert len(calls) == pieces
    for call in calls:
        call()
    np.testing.assert_allclose(out, P @ Q, rtol=1e-10, atol=1e-12)


def test_more_threads_share_one_product(threads):
    threads("2")
    assert len(product(np.ones((300, 400)), np.ones((400, 32)), np.empty((300, 32)))) == 1


@pytest.mark.parametrize(
    ("openblas", "omp", "cores", "one"),
    [
        ("1", None, 4, True),
        ("2", "1", 4, False),
        (None, "1", 4, True),
        (None, None, 4, False),
        (None, None, 1, True),
        ("", "many", 1, True),
    ],
)
def test_the_thread_count_is_read_as_blas_reads_it(threads, monkeypatch, openblas, omp, cores, one):
    threads(openblas, omp)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(cores)), raising=False)
    assert one_blas_thread() is one
