"""Train a network on real data, then compute its full gradient by every road: ``python -m ffnn``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from time import perf_counter

from ffnn import (
    ACTIVATIONS,
    METHODS,
    Network,
    accuracy,
    compare_methods,
    gradient_descent,
    initialise,
    load_dataset,
    r_squared,
)
from ffnn._agreement import Agreement
from ffnn._datasets import DATASETS

SIZES = {"digits": (64, 128, 10), "breast-cancer": (30, 16, 1), "diabetes": (10, 8, 1)}
HIDDEN = {"digits": "relu", "breast-cancer": "tanh", "diabetes": "tanh"}
RATES = {"digits": 0.1, "breast-cancer": 0.1, "diabetes": 0.02}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        _run(options)
    except (ValueError, ImportError, FloatingPointError) as error:
        print(f"python -m ffnn: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("python -m ffnn: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ffnn", description=__doc__)
    parser.add_argument(
        "--dataset", choices=DATASETS, default="digits", help="what to learn (default: digits)"
    )
    parser.add_argument(
        "--layers", type=_sizes, help="n[0],n[1],…,n[L], for example 64,128,10; the ends are the data's"
    )
    parser.add_argument(
        "--hidden",
        choices=ACTIVATIONS,
        help="activation of the hidden layers (default: relu for digits, else tanh)",
    )
    parser.add_argument("--epochs", type=int, default=30, help="passes over the training examples")
    parser.add_argument("--batch-size", type=int, default=32, help="examples a step of gradient descent")
    parser.add_argument("--rate", type=float, help="length γ of a step (default: 0.1; diabetes 0.02)")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights and the order of examples")
    parser.add_argument(
        "--methods",
        type=lambda text: text.split(","),
        default=list(METHODS),
        help=f"gradients to compare, with commas between (default: all: {','.join(METHODS)})",
    )
    parser.add_argument(
        "--examples", type=int, default=32, help="examples in the gradients that are compared"
    )
    parser.add_argument("--chunk-size", type=int, default=64, help="tangents in one forward sweep")
    parser.add_argument(
        "--most", type=int, default=50_000, help="skip a method that takes more sweeps or costs than this"
    )
    return parser


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a list of integers with commas between, such as 64,128,10"
        ) from None


def _run(options: argparse.Namespace) -> None:
    if options.examples < 1:
        raise ValueError(f"--examples is {options.examples}; a gradient needs at least one example.")
    data = load_dataset(options.dataset)
    sizes = options.layers or SIZES[options.dataset]
    ends = SIZES[options.dataset][0], SIZES[options.dataset][-1]
    if (sizes[0], sizes[-1]) != ends:
        raise ValueError(
            f"--layers {','.join(map(str, sizes))} goes from {sizes[0]} to {sizes[-1]}, but "
            f"{options.dataset} has {ends[0]} inputs and {ends[1]} outputs; try "
            f"--layers {','.join(map(str, (ends[0], *sizes[1:-1], ends[1])))}."
        )
    network = Network(sizes, hidden=options.hidden or HIDDEN[options.dataset], cost=data.cost)
    print(
        f"{options.dataset}: {data.X_train.shape[1]} examples to train on, "
        f"{data.X_test.shape[1]} to test on\n"
        f"network {' → '.join(map(str, network.sizes))}, {', '.join(network.activations[1:])}, "
        f"{network.cost}: {network.parameter_count:,} parameters"
    )

    start = perf_counter()
    parameters, history = gradient_descent(
        network,
        data.X_train,
        data.Y_train,
        rate=RATES[options.dataset] if options.rate is None else options.rate,
        epochs=options.epochs,
        batch_size=options.batch_size,
        rng=options.seed,
        progress=True,
    )
    took = perf_counter() - start
    score, name = (r_squared, "R²") if network.cost == "mean-squared-error" else (accuracy, "accuracy")
    print(
        f"{len(history)} epochs in {took:.2f} s: cost {history[0]:.4f} → {history[-1]:.4f}, {name} "
        f"{score(network, parameters, data.X_train, data.Y_train):.3f} on the training examples, "
        f"{score(network, parameters, data.X_test, data.Y_test):.3f} on the test examples\n"
    )

    m = min(options.examples, data.X_train.shape[1])
    X, Y = data.X_train[:, :m], data.Y_train[..., :m]
    print(f"the full gradient at the first weights, {m} examples:")
    rows = compare_methods(
        network,
        initialise(network, options.seed),
        X,
        Y,
        options.methods,
        chunk_size=options.chunk_size,
        most=options.most,
    )
    print(table(rows))
    if network.cost != "mean-squared-error":  # bench's networks are classifiers
        layers = ",".join(map(str, network.sizes))
        print(
            f"\nTheir times: python -m bench network --layers {layers} "
            f"--hidden {network.activations[1]} --batch {m} --chunk-size {options.chunk_size}"
        )


def table(rows: Sequence[Agreement]) -> str:
    """Rows of ``compare_methods`` as text."""
    lines = [f"{'method':20}{'what it takes':>30}{'largest disagreement':>23}"]
    for row in rows:
        if row.disagreement is None:
            lines.append(f"{row.method:20}{'skipped: ' + row.skipped}")
        else:
            takes = f"{row.passes:,} {row.unit}"
            lines.append(f"{row.method:20}{takes:>30}{row.disagreement:>23.1e}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
