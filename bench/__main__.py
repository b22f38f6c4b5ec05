"""``python -m bench mymodule:f --inputs 0.5,2,1``: measure one function under every mode and advise.

``--sweep n=1..1024`` measures it at growing sizes.
``python -m bench network --layers 64,128,10`` does so for the ways to the gradient of a network.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Sequence

PLAIN = {"–": "-", "×": "x", "µ": "u", "±": "+-", "…": "...", "·": "*", "≤": "<=", "≥": ">=", "→": "->"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status.

    0; 1 if a mode gave a wrong Jacobian or nothing could be measured; 2 for a mistake in the call; 130 if it
    was interrupted.
    """
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")
    try:
        from ._command import run  # waits for every library, which an interrupt may end

        status = run(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print("python -m bench: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Return letters that every terminal knows for those that this one does not."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end


if __name__ == "__main__":
    sys.exit(main())
