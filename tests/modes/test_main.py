"""``python -m modes trace``: what it prints, how it fails, and the page that it made."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import modes
from modes.__main__ import main
from modes.example import f
from modes.graph.figure import layout

PAGE = Path(modes.__file__).parent / "EXAMPLE.md"
COMMAND = ["trace", "modes.example:f", "--at", "0.5,2,1"]


def test_the_page_is_what_the_command_prints(capsys):
    assert main([*COMMAND, "--format", "markdown"]) == 0
    out, page = capsys.readouterr().out, PAGE.read_text(encoding="utf-8")
    tape = re.compile(r"^- tape: .*$", re.MULTILINE)  # its bytes depend on the version of Python
    assert tape.sub("", page).endswith(tape.sub("", out))
    assert f"python -m modes {' '.join(COMMAND)} --format markdown" in page


def test_text(capsys):
    assert main(COMMAND) == 0
    out = capsys.readouterr().out
    assert "u₅   = u₀·u₃ = y₂   = −0.693147" in out
    assert out.count("∂u") > 24
    assert sum(line.startswith("∂u") for line in out.splitlines()) == 24
    assert sum(line.startswith("∂y") for line in out.splitlines()) == 16
    assert "reverse sweep: 5 multiplications, 2 additions; Jacobian in 2: 10 and 4" in out


def test_latex(capsys):
    assert main([*COMMAND, "--format", "latex"]) == 0
    out = capsys.readouterr().out
    assert out.count(r"\begin{align*}") == 6
    assert r"\subsection*{Forward iteration 1: all partials by $x_1$}" in out


def test_iterations_left_out_are_told(capsys):
    assert main([*COMMAND, "--iterations", "1"]) == 0
    out = capsys.readouterr().out
    assert "2 more: --iterations 3 shows all" in out
    assert "1 more: --iterations 2 shows all" in out


def test_a_function_in_a_file_and_arrays(tmp_path, capsys):
    (tmp_path / "own_function.py").write_text("import numpy as np\ndef g(x):\n    return np.tanh(x @ x)\n")
    assert main(["trace", f"{tmp_path}/own_function.py:g", "--at", "[[1, 2], [3, 4]]", "--arrays"]) == 0
    out = capsys.readouterr().out
    assert "matmul(u₀, u₀)" in out
    assert "iteration" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trace", "modes.example", "--at", "1"], "must be module:function"),
        (["trace", "no_such_module:f", "--at", "1"], "cannot import 'no_such_module'"),
        (["trace", "no_such_file.py:f", "--at", "1"], "there is no file no_such_file.py"),
        (["trace", "modes.example:g", "--at", "1"], "'modes.example' has no function 'g'"),
        (["trace", "modes.example:f", "--at", "one"], "--at must be numbers"),
        (["trace", "modes.example:f", "--at", '[{"a": 1}]'], "--at must be numbers"),
        (["trace", "modes.example:f", "--at", "1,2"], "raised ValueError: not enough values"),
        ([*COMMAND, "--iterations", "-1"], "--iterations must not be negative"),
        ([*COMMAND, "--figure", "graph.nonsense"], "cannot draw to 'graph.nonsense'"),
        ([*COMMAND, "--figure", "graph.svg", "--arrays"], "scalars=True"),
    ],
)
def test_errors_are_one_sentence(arguments, message, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.startswith("python -m modes: ")
    assert captured.err.count("\n") == 1


def test_figure(tmp_path):
    path = tmp_path / "graph.svg"
    assert main([*COMMAND, "--figure", str(path)]) == 0
    assert path.stat().st_size > 5000
    axes = modes.trace(f, np.array([0.5, 2.0, 1.0])).figure()
    texts = [text.get_text() for text in axes.texts]
    assert "u₅ = u₀·u₃ = y₂\n−0.693147" in texts
    assert sorted(t for t in texts if t and "\n" not in t) == sorted(
        ["1", "−1", "−1", "2", "1", "0.5", "−0.693147", "1"]
    )
    with pytest.raises(modes.DifferentiationError, match="cannot be read"):
        modes.trace(np.sin, np.ones(100)).figure()


def test_rows_of_the_figure_stand_behind_their_operands():
    trace = modes.trace(f, np.array([0.5, 2.0, 1.0]))
    places = layout(trace)
    assert len(set(places)) == len(trace)
    for position, row in enumerate(trace.rows):
        assert all(places[operand][0] < places[position][0] for operand in row.links)


def test_importing_modes_imports_no_heavy_library():
    code = "import modes, sys; print([m for m in ('pandas', 'matplotlib', 'scipy') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_as_a_module():
    run = subprocess.run(
        [sys.executable, "-m", "modes", *COMMAND], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0
    assert "−x₃/(1 − x₁)" in run.stdout
