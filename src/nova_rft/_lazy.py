"""Packages whose names are imported when they are first used.

A reward Lambda starts from nothing, and with it the process that compares formulas: each imports the
part of the package that its reward needs, and no more.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any


def lazily(package: str, homes: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package.

    Args:
        package: Its `__name__`.
        homes: Names by the module that defines them.
    """
    home_of = {name: module for module, names in homes.items() for name in names}

    def found(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(_imported(home_of[name]), name)
        # The next time it is found without coming here.
        setattr(sys.modules[package], name, value)
        return value

    return found


def _imported(module: str) -> ModuleType:
    """The module; what an import makes is there to stay, and is not searched for garbage."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return import_module(module)
    finally:
        if collecting:
            gc.enable()
