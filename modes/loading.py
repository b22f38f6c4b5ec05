"""Functions by name, for command lines: ``module:f``, ``file.py:f``, ``folder/file.py:object.method``."""

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


class LoadError(ValueError):
    """There is no such function; the message is one sentence for the user."""


def load_function(name: str) -> Callable[..., Any]:
    """The function that a name on a command line means.

    Parameters
    ----------
    name : str
        ``module:f`` (modules in the working directory are found) or ``file.py:f``; behind the colon there may
        be attributes, ``Class.method``. A file inside a package is imported as a part of it.

    Raises
    ------
    LoadError
        Where the name is of another form, there is no such file, module or function, or the import fails.
    """
    source, colon, attribute = name.rpartition(":")
    if not colon or not source or not attribute:
        raise LoadError(f"{name!r} must be module:function or file.py:function")
    is_file = source.endswith(".py")
    if is_file and not Path(source).is_file():
        raise LoadError(f"there is no file {source}")
    try:
        module: Any = _import_file(Path(source).resolve()) if is_file else _import_module(source)
    except LoadError:
        raise
    except ImportError as error:
        raise LoadError(f"cannot import {source!r}: {error}") from error
    except (Exception, SystemExit) as error:  # of the user's own module
        raise LoadError(f"importing {source!r} raised {type(error).__name__}: {error}") from error
    value = module
    for part in attribute.split("."):
        value = getattr(value, part, None)
    if not callable(value):
        raise LoadError(f"{source!r} has no function {attribute!r}")
    return value


def _import_module(name: str) -> ModuleType:
    _find_in("")
    return importlib.import_module(name)


def _import_file(path: Path) -> ModuleType:
    """The module of a file: part of its package, if it is in one, else on its own."""
    folder, names = path.parent, [path.stem]
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    _find_in(str(folder))
    name = ".".join(names)
    known = sys.modules.get(name)
    if known is not None and Path(getattr(known, "__file__", None) or "").resolve() == path:
        return known
    if len(names) > 1:
        module = importlib.import_module(name)
        found = getattr(module, "__file__", None)
        if Path(found or "").resolve() != path:
            raise LoadError(
                f"{path} is {name} by the packages it lies in, but that is {found}; rename the folder "
                f"{names[0]}, or give module:function"
            )
        return module
    name = name.replace(".", "_")
    if name in sys.modules or _is_taken(name, path):
        name = f"{name}_py"  # a module of that name is another one
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _is_taken(name: str, path: Path) -> bool:
    spec = importlib.util.find_spec(name)
    return spec is not None and (spec.origin is None or Path(spec.origin).resolve() != path)


def _find_in(folder: str) -> None:
    if folder not in sys.path:
        sys.path.insert(0, folder)
