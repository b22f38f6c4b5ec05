"""``python -m modes trace module:f --at 0.5,2,1``: what each mode does to your function, as tables."""

import argparse
import json
import shutil
import sys

import numpy as np

import modes
from modes.loading import LoadError, load_function


def main(arguments=None):
    """Run the command line; returns the exit status. Errors of the user are one line on stderr."""
    options = _parser().parse_args(arguments)
    try:
        _trace(options)
    except (_UsageError, LoadError, modes.DifferentiationError) as error:
        print(f"python -m modes: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stderr.close()
    return 0


class _UsageError(Exception):
    """Something on the command line that is not as it must be."""


def _parser():
    parser = argparse.ArgumentParser(prog="python -m modes", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "trace", help="print the evaluation trace and every iteration of both modes"
    )
    command.add_argument("function", metavar="module:f", help="a function of one array (module or file.py)")
    command.add_argument(
        "--at", required=True, metavar="X", help="the point: numbers separated by commas, or a JSON array"
    )
    command.add_argument("--format", choices=["text", "markdown", "latex"], default="text")
    command.add_argument(
        "--arrays", action="store_true", help="one row an array operation, no tables of partials"
    )
    command.add_argument("--figure", metavar="FILE", help="also draw the graph to a file (.svg, .png, .pdf)")
    command.add_argument(
        "--iterations", type=int, default=5, help="how many iterations of each mode (default 5)"
    )
    return parser


def _point(text):
    try:
        return np.array(json.loads(text if text.lstrip().startswith("[") else f"[{text}]"), float)
    except (ValueError, TypeError) as error:
        raise _UsageError(
            f"--at must be numbers separated by commas or a JSON array, not {text!r}"
        ) from error


def _trace(options):
    f, x = load_function(options.function), _point(options.at)
    if options.iterations < 0:
        raise _UsageError(f"--iterations must not be negative, got {options.iterations}")
    try:
        trace = modes.trace(f, x, scalars=not options.arrays)
    except modes.DifferentiationError:
        raise
    except Exception as error:  # of the user's own function
        raise _UsageError(
            f"{options.function} at {options.at} raised {type(error).__name__}: {error}"
        ) from error
    print(document(trace, modes.counts(f, x), options.format, options.iterations), end="")
    if options.figure:
        try:
            trace.figure().figure.savefig(options.figure)
        except (OSError, ValueError) as error:
            raise _UsageError(f"cannot draw to {options.figure!r}: {error}") from error


def document(trace, counts, form, iterations):
    """Trace, iterations of both modes, and costs as one text in a format: text, markdown or latex."""
    size = shutil.get_terminal_size()
    limits = (size.lines, size.columns) if sys.stdout.isatty() else (None, None)
    style = trace.latex if form == "latex" else trace.text

    def written(part):
        return part.to_text(*limits) if form == "text" else getattr(part, f"to_{form}")()

    sections = [(f"Evaluation trace of {trace.name}", written(trace))]
    costs = str(counts).splitlines()
    if trace.is_scalar:
        for table, count in ((trace.forward_table, trace.n), (trace.reverse_table, len(trace.outputs))):
            for number in range(1, min(count, iterations) + 1):
                found = table(number)
                sections.append((found.title_in(style), written(found)))
            if count > iterations:
                sections.append((f"{count - iterations} more: --iterations {count} shows all", ""))
        for order in modes.ORDERS:
            found = modes.accumulate(trace, order)
            cost = f"{found.multiplications} multiplications, {found.additions} additions"
            costs.append(f"Jacobian by vertex elimination, {order}: {cost}")
    sections.append(("Operations", _LISTS[form](costs)))
    heading = {"text": "{}", "markdown": "## {}\n", "latex": r"\subsection*{{{}}}"}[form]
    return "\n\n".join(f"{heading.format(title)}\n{body}".rstrip() for title, body in sections) + "\n"


_IN_LATEX: dict = {ord("→"): r"$\to$", ord("^"): r"\^{}", ord("_"): r"\_", ord("%"): r"\%"}
_LISTS = {
    "text": "\n".join,
    "markdown": lambda lines: "\n".join(f"- {line}" for line in lines),
    "latex": lambda lines: "\n\n".join(line.translate(_IN_LATEX) for line in lines),
}


if __name__ == "__main__":
    sys.exit(main())
