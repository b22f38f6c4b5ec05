"""A program that uses the public face of `modes`, for the type checker in strict mode (never run)."""

from typing import Any

import numpy as np

import modes


def f(x: Any) -> Any:
    return np.array([x[0] * x[1], np.sin(x[0])])


def use() -> None:
    x = np.ones(2)
    derivative = modes.jacobian(f, mode="central-difference", chunk_size=None, rel_step=1e-6)
    print(derivative(x), modes.jacfwd(f, (0,), chunk_size=2)(x), modes.jacrev(f, has_aux=False)(x))
    value, tangent = modes.jvp(f, (x,), (x,))
    value, pullback = modes.vjp(f, x)
    value, pushforward = modes.linearize(f, x)
    print(value, tangent, pullback(value), pushforward(x), modes.Dual(1.0, 1.0) * 2)
    print(modes.grad(np.sum)(x), modes.value_and_grad(np.sum)(x), modes.hessian(np.sum, 0)(x))
    print(modes.hvp(np.sum, (x,), (x,)), modes.stop_gradient(x))
    choice: modes.Choice = modes.choose_mode(f)(x)
    print(choice.mode, choice.n + choice.m, sorted(modes.MODES))
    modes.register_mode("mine", lambda f, x, chunk_size: modes.jacfwd(f)(x))
    print(modes.check_jacobian(f, x, rtol=1e-6)[0].difference)
    modes.check_grads(f, (x,), order=2, modes=("fwd", "rev"), eps=1e-5)
    trace: modes.Trace = modes.trace(f, x, scalars=True)
    print(len(trace), trace.to_markdown(), trace.forward_table(1).to_latex(), trace.graph().edges)
    counts: modes.Counts = modes.counts(f, x)
    print(counts.forward_sweep.times(3).operations + counts.n, counts.of_mode("auto"), counts.tangent_ratio)
    found: modes.Accumulation = modes.accumulate(trace, "markowitz", ties="earliest")
    print(found.multiplications, modes.accumulate_edges(trace).order, modes.search_order(trace, seconds=1.0))
    custom = modes.custom_vjp(f, nondiff_argnums=())
    custom.defvjp(lambda x: (f(x), x), lambda residuals, g: (g,))
    pushed = modes.custom_jvp(f)
    pushed.defjvp(lambda primals, tangents: (f(*primals), tangents[0]))
    print(custom(x), pushed(x), modes.linear_map(lambda x: 2 * x, lambda y: 2 * y).T(x))
    try:
        f(x)
    except modes.DifferentiationError as error:
        print(error)
