"""The layers of the house: imports run one way, also inside functions, and there is no circle."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("modes", "ffnn", "reports", "bench")

# Of a line, each folder may import those before it (and itself); `modes` at the top is the public face.
MODES = (
    "modes.maps",
    "modes.core",
    "modes.tracers",
    "modes.rules",
    "modes.jacobians",
    "modes.graph",
)
# What each package may import of the project; `modes` only by its public face and its top-level files.
MAY = {"modes": (), "ffnn": ("modes",), "reports": (), "bench": ("modes", "ffnn", "reports")}


def modules():
    """Name and path of every module of the packages."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


NAMES = dict(modules())


def imported(name, path):
    """The project's modules that a module imports, anywhere in it."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            source = ".".join(filter(None, [base, node.module]))
            found = [f"{source}.{a.name}" if f"{source}.{a.name}" in NAMES else source for a in node.names]
        else:
            continue
        yield from (module for module in found if module.split(".")[0] in PACKAGES)


GRAPH = {name: sorted(set(imported(name, path)) - {name}) for name, path in NAMES.items()}


def layer(name):
    """The position of a module of `modes` among the layers; the public face and its neighbours are on top."""
    places = [i for i, folder in enumerate(MODES) if name == folder or name.startswith(folder + ".")]
    return min(places, default=len(MODES))


@pytest.mark.parametrize("name", [name for name in GRAPH if name.startswith("modes.")])
def test_nothing_imports_upward(name):
    upward = [other for other in GRAPH[name] if layer(other) > layer(name)]
    beside = [other for other in GRAPH[name] if other == "modes" and layer(name) < len(MODES)]
    assert upward + beside == []


@pytest.mark.parametrize("name", [name for name in GRAPH if not name.startswith("modes")])
def test_packages_import_one_way(name):
    package = name.split(".")[0]
    for other in GRAPH[name]:
        owner = other.split(".")[0]
        assert owner == package or owner in MAY[package], f"{name} imports {other}"
        assert owner != "modes" or package == "modes" or layer(other) == len(MODES), f"{name} imports {other}"


def test_there_is_no_circle():
    state: dict = {}

    def visit(name, path):
        if state.get(name) == "done":
            return
        assert name not in path, " → ".join([*path[path.index(name) :], name])
        for other in GRAPH[name]:
            if not name.startswith(other + "."):  # a package is there before its modules
                visit(other, [*path, name])
        state[name] = "done"

    for name in GRAPH:
        visit(name, [])


def test_the_walk_sees_lazy_and_relative_imports(tmp_path):
    path = tmp_path / "x.py"
    path.write_text("def f():\n    from ..jacobians import forward\n    import modes.graph.tally\n")
    assert list(imported("modes.rules.x", path)) == ["modes.jacobians.forward", "modes.graph.tally"]
