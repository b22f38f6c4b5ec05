"""Every rule, on samples of shapes, axes and keywords."""

import pytest
import samples_contraction
import samples_elementwise
import samples_indexing
import samples_linalg
import samples_matrices
import samples_numerics
import samples_products
import samples_reductions
import samples_selection
import samples_special
import samples_statistics
import samples_structure
from rulecheck import check

from modes.core.registry import RULES

TABLES = [
    samples_contraction,
    samples_elementwise,
    samples_indexing,
    samples_linalg,
    samples_matrices,
    samples_numerics,
    samples_products,
    samples_reductions,
    samples_selection,
    samples_special,
    samples_statistics,
    samples_structure,
]
SAMPLES = [sample for table in TABLES for sample in table.SAMPLES]


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_rule(sample):
    check(sample)


def test_every_rule_has_a_sample():
    sampled = {sample.function for sample in SAMPLES}
    missing = [getattr(f, "__name__", f) for f in RULES if f not in sampled]
    assert not missing
