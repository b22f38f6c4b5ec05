"""``python -m reports``: draw the report, compare runs, or follow them through time."""

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from ._compare import compare
from ._compare_text import comparison_lines, failure_lines
from ._draw import save
from ._history import figure, history, history_lines
from ._read import ResultsError, expand, newest
from ._report import report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 (slower than --fail-over allows) or 2 (cannot be done)."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without × or → is no reason to stop
    try:
        if arguments[:1] == ["compare"]:
            return _compare(arguments[1:])
        if arguments[:1] == ["history"]:
            return _history(arguments[1:])
        return _report(arguments)
    except ResultsError as error:
        print(f"reports: {error}", file=sys.stderr)
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"reports: cannot write {error.filename}: {error.strerror}", file=sys.stderr)
    return 2


def _report(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m reports",
        description="Draw a report from results files.",
        epilog="python -m reports compare OLD NEW [--fail-over FACTOR] compares runs; "
        "python -m reports history RUNS follows them through time.",
    )
    parser.add_argument(
        "paths", nargs="*", type=Path, help="results files (default: the newest under .benchmarks/)"
    )
    parser.add_argument(
        "--output", type=Path, default=Path("report"), help="folder to write (default: report)"
    )
    parser.add_argument("--no-png", dest="png", action="store_false", help="write the figures as SVG only")
    parser.add_argument(
        "--no-page",
        dest="page",
        action="store_false",
        help="write report.md, its tables and its figures as PNG, no page",
    )
    options = parser.parse_args(arguments)
    print(report(options.paths or [newest()], options.output, options.png, options.page))
    return 0


def _compare(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m reports compare",
        usage="python -m reports compare [--fail-over FACTOR] OLD NEW | OLD ... -- NEW ...",
        description="Show what got faster or slower beyond noise. A side is a results file, a folder of "
        "them, a pattern such as 'old/*.jsonl', or several of these: more runs show smaller changes, best "
        "if those of both sides were taken in turns.",
    )
    parser.add_argument("paths", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument(
        "--fail-over",
        type=_factor,
        metavar="FACTOR",
        help="exit with 1 if a mode or f itself is slower beyond noise by more than this, or a count larger",
    )
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    first, second = (parser.parse_intermixed_args(part) for part in (arguments[:cut], arguments[cut + 1 :]))
    sides = (first.paths, second.paths) if cut < len(arguments) else (first.paths[:1], first.paths[1:])
    if not all(sides) or (cut == len(arguments) and len(first.paths) != 2):
        parser.error("name both sides: OLD NEW, or OLD ... -- NEW ...")
    found = compare(*([path for name in side for path in expand(name)] for side in sides))
    print("\n".join(comparison_lines(found)))
    factor = first.fail_over or second.fail_over
    if factor is None:
        return 0
    failures = found.failures(factor)
    print("\n".join(["", *failure_lines(failures, factor)]))
    return 1 if failures else 0


def _history(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m reports history",
        description="Follow every mode through the runs of one machine and grid, and find the steps.",
    )
    parser.add_argument("paths", nargs="+", metavar="RUNS", help="results files, folders or patterns of them")
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("report"),
        help="folder for history.svg (default: report)",
    )
    options = parser.parse_args(arguments)
    found = history([path for name in options.paths for path in expand(name)])
    print("\n".join(history_lines(found)))
    options.output.mkdir(parents=True, exist_ok=True)
    print("", *save(figure(found), options.output, svg=True, png=False), sep="\n")
    return 0


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = float("nan")
    if not factor >= 1:
        raise argparse.ArgumentTypeError(f"{text}: must be a number, at least 1")
    return factor


if __name__ == "__main__":
    sys.exit(main())
