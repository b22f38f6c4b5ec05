"""Sentences are right on runs whose truth is known, and withheld where noise does not support them."""

import numpy as np
import pytest

from reports._analysis import Analysis
from reports._duel import winner
from reports._read import read
from reports.sections import SECTIONS, chunks, crossover, growth, memory, own, peers, theory, tracing

POWERS = [2**k for k in range(8)]


def analysis(run):
    return Analysis(read(run.write()))


def made(section):
    return [v.text for v in section.verdicts if v.made]


def withheld(section):
    return [v.text for v in section.verdicts if not v.made]


def duel(run, ratio, sizes=POWERS, family="n", m=1, control=True):
    """Add cells in which forward takes ratio(n) times the time of reverse."""
    for n in sizes:
        costs = {("reverse", 1): 1e-4, ("forward", 1): 1e-4 * ratio(n)}
        if control:
            costs["reverse (A/A)", 1] = 1e-4
        run.cell(family, "duel", n, m, costs)
    return run


def test_the_winner_the_first_size_and_the_factor_are_right(synthetic):
    found = crossover.section(analysis(duel(synthetic(noise=0.02, rounds=15), lambda n: n / 6)))
    (text,) = made(found)
    assert text.startswith("At m = 1 reverse wins from n = 8 on, one by one: ×21")


def test_the_report_opens_with_a_plain_sentence(synthetic):
    found = crossover.section(analysis(duel(synthetic(noise=0.02, rounds=15), lambda n: n / 6)))
    assert found.headline.startswith("With 1 output, reverse accumulation is faster from 8 inputs on: 21")
    assert found.headline.endswith(") at 128 inputs, on duel.")
    assert "times (95 % sure: 2" in found.headline
    assert not crossover.section(analysis(duel(synthetic("same"), lambda n: 1.0))).headline
    always = crossover.section(analysis(duel(synthetic("always", noise=0.02), lambda n: 0.1)))
    assert always.headline.startswith("With 1 output, forward accumulation is faster from 1 input on: ")


def test_the_named_factor_is_covered_at_the_stated_rate(synthetic):
    hits = 0
    for seed in range(60):
        a = analysis(duel(synthetic(f"r{seed}", noise=0.05, seed=seed), lambda n: n / 6, [64, 128]))
        pairs = a.paired(a.variant("forward", "one by one"), a.variant("reverse", "one by one"))
        name, _, factor = winner(a, pairs, "n")
        hits += name == "reverse" and factor.low <= 128 / 6 <= factor.high
    assert hits >= 55


def test_no_winner_is_named_where_there_is_none(synthetic):
    wrong = 0
    for seed in range(60):
        a = analysis(duel(synthetic(f"r{seed}", noise=0.1, seed=seed), lambda n: 1.0))
        pairs = a.paired(a.variant("forward", "one by one"), a.variant("reverse", "one by one"))
        wrong += winner(a, pairs, "n") is not None
    assert wrong <= 3


def test_a_difference_below_the_resolution_is_withheld(synthetic):
    run = synthetic(noise=0.001, rounds=25)
    duel(run, lambda n: 1.02)
    run.cell(
        "n", "duel", 256, 1, {("reverse", 1): 1e-4, ("reverse (A/A)", 1): 1.2e-4, ("forward", 1): 1.02e-4}
    )
    found = crossover.section(analysis(run))
    assert not made(found)
    assert "is not beyond noise" in withheld(found)[0]


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0])
def test_the_crossover_is_found_where_it_is(factor, synthetic):
    hits = said = 0
    for seed in range(4):
        run = synthetic(f"r{seed}", noise=0.05, seed=seed, crossover=factor)
        for n in POWERS:
            for m in POWERS:
                run.dense("grid", n, m)
        a = analysis(run)
        line = crossover._curve(a, "dense", "one by one")
        said += not line.reason
        hits += line.factor.low <= factor <= line.factor.high
    assert said == 4
    assert hits >= 3
    text = " ".join(made(crossover.section(a)))
    assert "forward and reverse cost the same near n = " in text
    assert "loses in no more cells" in text


def test_the_regret_of_a_bad_auto_is_named(synthetic):
    run = synthetic(noise=0.01)
    for n in POWERS:
        for m in POWERS:
            costs = {
                ("forward", None): 1e-5 * n,
                ("reverse", None): 1e-5 * m,
                ("reverse (A/A)", None): 1e-5 * m,
            }
            costs["auto", None] = costs["forward", None]  # always forward
            run.cell(
                "grid", "dense", n, m, costs, chose=lambda mode, c: "forward" if mode == "auto" else None
            )
    (text,) = [t for t in made(crossover.section(analysis(run))) if t.startswith("auto")]
    assert "at worst ×127.3 [126.2–129.3]" in text  # the truth is 128
    assert "n = 128, m = 1" in text
    assert "beyond noise in 28," in text


def test_exponents_are_claimed_with_the_theory_inside_or_outside(synthetic):
    run = synthetic(noise=0.01)
    for n in POWERS:
        run.cell("n", "linear", n, 1, {("forward", 1): 2.2e-4 * n}, f=1e-4)
    (text,) = made(growth.section(analysis(run)))
    assert "lies inside the interval" in text
    run = synthetic(noise=0.01)
    for n in POWERS:
        run.cell("n", "quadratic", n, 1, {("forward", 1): 2.2e-4 * n**2}, f=1e-4)
    (text,) = made(growth.section(analysis(run)))
    assert "lies outside the interval" in text
    run = synthetic(noise=1.5)
    for n in POWERS:
        run.cell("n", "noise", n, 1, {("forward", 1): 2.2e-4}, f=1e-4)
    found = growth.section(analysis(run))
    assert not made(found)
    assert withheld(found)


def test_a_bound_that_is_exceeded_is_named(synthetic):
    run = synthetic()
    for name, operations in (("good", 240), ("bad", 700)):
        run.cell(
            "n", name, 4, 1, {("forward", 1): 1e-4}, sweeps=1, operations=operations, yardstick_operations=100
        )
    (text,) = made(theory.section(analysis(run)))
    assert "2.4–7 f in operations (above the bound of 2.5 on bad)" in text


def test_the_bounds_own_measure_goes_before_plain_operations(synthetic):
    run = synthetic()
    counts = {"sweeps": 1, "operations": 700, "yardstick_operations": 100, "tangent_ratio": 2.25}
    run.cell("n", "measured", 4, 1, {("forward", 1): 1e-4}, **counts)
    (text,) = made(theory.section(analysis(run)))
    assert "2.25 f in operations (within the bound everywhere)" in text


def test_memory_that_grows_and_memory_that_does_not(default_analysis):
    said = " ".join(made(memory.section(default_analysis)))
    assert "reverse's peak memory grows as (trace length)^1.00" in said
    assert "Peak memory of forward stays within ×1.00" in said


def test_every_section_finds_its_data_in_a_default_run(default_analysis):
    found = [section(default_analysis) for section in SECTIONS]
    assert [s is None for s in found] == [True] + [False] * (len(SECTIONS) - 1)  # no function of the user
    found = [s for s in found if s]
    assert all(made(s) for s in found if s.name != "trace")
    assert len({d.name for s in found for d in s.figures}) == sum(len(s.figures) for s in found) >= 15
    assert np.all([not d.caption.endswith("..") for s in found for d in s.figures])


def test_the_users_own_function_gets_its_ranking(synthetic):
    run = synthetic(noise=0.02)
    costs = {
        ("forward", None): 3e-5,
        ("reverse", None): 1e-5,
        ("reverse", 1): 1.001e-5,
        ("reverse (A/A)", None): 1e-5,
    }
    run.cell("own", "f", 8, 1, costs)
    found = own.section(analysis(run))
    (_, claimed), (open_,) = made(found), withheld(found)
    assert "forward, all at once, takes ×" in claimed
    assert claimed.count("reverse") == 2
    assert "is not told from reverse" in open_
    assert len(found.figures) == len(found.tables) == 1


def advice(run, costs, n=10, m=1, **fields):
    run.cell("own", "f", n, m, costs, **fields)
    a = analysis(run)
    ((_, ranked),) = own.functions(a)
    return own.advice(a, ranked)


FORWARD, REVERSE, CENTRAL = (("forward", None), ("reverse", None), ("central-difference", None))


def test_advice_names_the_faster_mode_by_how_much_and_why(synthetic):
    (said,) = advice(synthetic(noise=0.001), {FORWARD: 3e-4, REVERSE: 1e-4})
    assert said.startswith("use reverse, all at once: 2.998 [2.994–3.002] times faster")
    assert said.endswith(
        "times faster than forward (forward carries n = 10 tangents, reverse m = 1 cotangents)"
    )
    (said,) = advice(synthetic("b", noise=0.001), {FORWARD: 1e-4, REVERSE: 3e-4})
    assert said.endswith("along a tape that is recorded first)")


def test_advice_is_withheld_where_noise_does_not_support_it(synthetic):
    (said,) = advice(synthetic(noise=0.05), {FORWARD: 1e-4, REVERSE: 1e-4})
    assert said.startswith("use either: forward and reverse are not told apart here")


def test_advice_is_withheld_below_the_resolution(synthetic):
    costs = {FORWARD: 1.02e-4, REVERSE: 1e-4, ("reverse (A/A)", None): 1.1e-4}
    (said,) = advice(synthetic(noise=0.0001), costs)
    assert said.startswith("use either: forward and reverse are not told apart here")


def test_advice_prefers_exact_modes_to_faster_differences(synthetic):
    errors = {"central-difference": 1e-10, "forward": 0.0, "reverse": 0.0}
    costs = {FORWARD: 1e-4, REVERSE: 3e-4, CENTRAL: 5e-5}
    said = advice(synthetic(), costs, error=lambda mode, c: errors[mode])
    assert said[0].startswith("use forward")
    assert said[1] == "central-difference is faster still, with an error of 1.00e-10"
    (alone,) = advice(synthetic("b"), {FORWARD: 1e-4, CENTRAL: 5e-5})
    assert alone == "use forward, all at once; reverse was not measured"


def test_the_price_of_tracing_is_what_was_put_in(synthetic):
    run = synthetic(noise=0.005)
    run.tracing(1, 1, (2.0, 3.0, 1.1))
    run.tracing(64, 1, (1.2, 1.5, 1.05))
    found = tracing.section(analysis(run))
    said = made(found)
    assert said[0].startswith("Forward takes ×1.20")
    assert "(n = 64, m = 1) to ×2.00" in said[0]
    assert said[1].startswith("Reverse takes ×1.50")
    assert said[2].startswith("Auto takes ×1.05")
    (table,) = found.tables
    assert list(table.text.columns) == ["n", "m", "forward/by hand", "reverse/by hand", "auto/better mode"]
    for price, column in zip((2.0, 3.0, 1.1), table.text.columns[2:], strict=True):
        assert table.frame[f"{column}_low"].iloc[0] < price < table.frame[f"{column}_high"].iloc[0]


def test_chunks_timed_in_turns_are_paired(synthetic):
    run = synthetic(noise=0.01)
    costs = {("forward", c): 1e-3 / c for c in (1, 2, 4, 8)}
    run.cell("chunk", "dense", 64, 64, costs)
    (text,) = made(chunks.section(analysis(run)))
    assert text.startswith("Forward in chunks of 8 is ×7.99 [7.92–8.06] faster")


def test_peers_are_slower_faster_mixed_or_not_told_apart(synthetic):
    run = synthetic(noise=0.02)
    for n in POWERS:
        run.dense("n", n, 1, extra=[("autograd-reverse", 8), ("torch-reverse", 1.0), ("jax-reverse", 4 / n)])
    run.dense("n", 256, 1, extra=[("jax-forward", 0.5)])
    found = peers.section(analysis(run))
    said = made(found)
    assert said[0].startswith(
        "Peers slower than ours beyond noise (median over cells of their time / ours): autograd-reverse (×8."
    )
    assert said[1].startswith("Peers faster than ours beyond noise")
    assert "jax-forward (×0.5" in said[1]
    assert said[2].startswith(
        "Peers on no one side of ours beyond noise: jax-reverse (slower in 2, faster in 5"
    )
    assert withheld(found)[0].startswith("torch-reverse against ours")


def test_a_peer_whose_median_is_slower_is_not_called_faster(synthetic):
    run = synthetic(noise=0.02)
    for n in POWERS:
        factor = 0.5 if n < 8 else 1.015
        run.dense("n", n, 1, extra=[("jax-reverse", factor)])
    said = " ".join(made(peers.section(analysis(run))))
    assert "faster than ours" not in said
    assert "on no one side of ours beyond noise: jax-reverse (slower in 0, faster in 3 of 8 cells)" in said


def test_the_peers_say_how_they_run(synthetic):
    run = synthetic()
    for n in POWERS:
        run.dense("n", n, 1, extra=[("torch-reverse", 3), ("jax-reverse", 2)])
    text = peers.section(analysis(run)).text
    assert text.endswith("JAX is jitted and PyTorch runs eagerly (torch.func), not compiled.")


def test_one_cell_has_one_price(synthetic):
    run = synthetic(noise=0.001)
    run.tracing(3, 2, (2.0, 3.0, 1.1))
    said = made(tracing.section(analysis(run)))
    assert len(said) == 3
    assert all(text.count("n = 3, m = 2") == 1 for text in said)


def test_only_a_grid_is_repeated_by_its_name(synthetic):
    run = synthetic(noise=0.001)
    run.tracing(3, 2)
    assert "To repeat it" not in SECTIONS[-1](analysis(run)).text
