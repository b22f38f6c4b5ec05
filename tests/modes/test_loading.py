"""Functions by name."""

import sys

import pytest

from modes.loading import LoadError, load_function


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    before = set(sys.modules)
    (tmp_path / "mine.py").write_text(
        "def f(x):\n    return 2 * x\nclass C:\n    def g(self):\n        return 7\nc = C()\n"
    )
    (tmp_path / "json.py").write_text("from mine import f as other\nf = lambda x: other(x) + 1\n")
    package = tmp_path / "outer" / "inner"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").write_text("")
    (package / "part.py").write_text("from .beside import k\nf = lambda x: k * x\n")
    (package / "beside.py").write_text("k = 5\n")
    (tmp_path / "broken.py").write_text("1 / 0\n")
    (tmp_path / "leaves.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "v1.2-b.py").write_text("f = lambda x: x + 5\n")
    taken = tmp_path / "user" / "modes"  # a package of the user's with the name of an imported one
    taken.mkdir(parents=True)
    (taken / "__init__.py").write_text("")
    (taken / "example.py").write_text("f = lambda x: 7 * x\n")
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mine:f", 6),
        ("mine.py:f", 6),
        ("./mine.py:f", 6),
        ("json.py:f", 7),  # not the standard library's
        ("outer/inner/part.py:f", 15),
        ("outer.inner.part:f", 15),
        ("v1.2-b.py:f", 8),
    ],
)
def test_functions_are_found(name, value):
    assert load_function(name)(3) == value
    assert load_function(name)(3) == value


def test_attributes_behind_the_colon():
    assert load_function("mine.py:c.g")() == 7


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("mine", "must be module:function"),
        ("mine:", "must be module:function"),
        (":f", "must be module:function"),
        ("none.py:f", "there is no file none.py"),
        ("leaves.py:f", "importing 'leaves.py' raised SystemExit: 3"),
        ("user/modes/example.py:f", "by the packages it lies in, but that is .*; rename the folder modes"),
        ("no_such_module:f", "cannot import 'no_such_module'"),
        ("mine:h", "'mine' has no function 'h'"),
        ("mine.py:c.h", "has no function 'c.h'"),
        ("broken.py:f", "importing 'broken.py' raised ZeroDivisionError: division by zero"),
        ("..:f", "cannot import|raised"),
    ],
)
def test_errors_are_one_sentence(name, message):
    with pytest.raises(LoadError, match=message) as caught:
        load_function(name)
    assert "\n" not in str(caught.value)
