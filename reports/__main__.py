"""``python -m reports``: draw the report, or compare two runs."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ._compare import Comparison, compare
from ._format import counted, shown
from ._read import ResultsError, newest
from ._report import report

MOST = 25  # cells listed by compare


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return 0, 1 (slower than --fail-over allows) or 2 (cannot be done)."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    try:
        if arguments[:1] == ["compare"]:
            return _compare(arguments[1:])
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
        epilog="python -m reports compare OLD NEW [--fail-over FACTOR] compares two runs.",
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
        prog="python -m reports compare", description="Show what got faster or slower beyond noise."
    )
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument(
        "--fail-over",
        type=_factor,
        metavar="FACTOR",
        help="exit with 1 if a cell or a series is slower beyond noise by more than this, or a count larger",
    )
    options = parser.parse_args(arguments)
    found = compare(options.old, options.new)
    _print(found)
    if options.fail_over is None:
        return 0
    failures = found.failures(options.fail_over)
    print(f"\n{counted(len(failures), 'failure')} over ×{options.fail_over:g}{':' if failures else '.'}")
    for failure in failures[:MOST]:
        print(f"  {failure}")
    return 1 if failures else 0


def _factor(text: str) -> float:
    factor = float(text)
    if not factor >= 1:
        raise argparse.ArgumentTypeError(f"{text}: must be at least 1")
    return factor


def _print(found: Comparison) -> None:
    cells, both = found.cells, counted(len(found.cells), "measurement")
    slower, faster = ((cells["verdict"] == name).sum() for name in ("slower", "faster"))
    print(f"{found.old} → {found.new}: {both} in both, {found.unmatched} in one only.")
    print(f"Beyond noise, {slower} slower, {faster} faster (f itself: ×{found.yardstick:.2f}).")
    changed = cells[cells["verdict"] != ""].drop(columns=["family", "cell", "library"])
    _table("Changed beyond noise (change = new / old, on the scale of f or of the reference work)", changed)
    _table("Series", found.series[found.series["verdict"] != ""])
    _table("Exact counts that changed", found.counts.drop(columns=["family", "cell", "library"]))


def _table(title: str, table: pd.DataFrame) -> None:
    if len(table):
        more = f"\n… and {len(table) - MOST} more" if len(table) > MOST else ""
        print(f"\n{title}\n{shown(table.head(MOST)).to_string(index=False)}{more}")


if __name__ == "__main__":
    sys.exit(main())
