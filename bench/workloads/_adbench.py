"""Read ADBench's input files (Šrajer, Kukelova, Fitzgibbon 2018; MIT licence beside the data)."""

import json
from importlib import resources
from typing import Any

import numpy as np

from ._workload import Array

DATA = resources.files("bench") / "data"


def numbers(name: str) -> Array:
    """Return all numbers of the file `name`, in order."""
    return np.array((DATA / f"{name}.txt").read_text().split(), float)


def published(name: str) -> dict[str, Any]:
    """Return the objective and derivatives that ADBench's own tests expect on the file `name`."""
    return json.loads((DATA / "published.json").read_text())[f"{name}.txt"]
