"""Finding the function that a spec names."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from nova_rft.errors import UsageError
from nova_rft.spec import FunctionTerm


def load_function(spec: FunctionTerm, folder: Path) -> Callable[..., Any]:
    """The function, from a module beside the spec or from one that is installed.

    Raises:
        UsageError: there is no such module or function, or importing it fails.
    """
    name = spec.function.partition(":")[2]
    module = _module(spec, folder)
    function = getattr(module, name, None)
    if not callable(function):
        raise UsageError(
            f"reward term {spec.name}: {spec.module} has no function {name}; define it there"
        )
    found: Callable[..., Any] = function
    return found


def _module(spec: FunctionTerm, folder: Path) -> ModuleType:
    place = str(folder.resolve())
    if place not in sys.path:
        # Last: a file beside the spec must not take the place of a library.
        sys.path.append(place)
    try:
        module = importlib.import_module(spec.module)
    except ModuleNotFoundError as error:
        if error.name is not None and spec.module.split(".")[0] == error.name.split(".")[0]:
            raise UsageError(
                f"reward term {spec.name}: no module {spec.module} in {folder} and none installed; "
                f"write {spec.module.replace('.', '/')}.py beside the spec"
            ) from None
        raise UsageError(
            f"reward term {spec.name}: importing {spec.module} fails: {error}; the Lambda has the "
            "standard library, nova_rft and what the reward's terms bring"
        ) from None
    except Exception as error:
        raise UsageError(
            f"reward term {spec.name}: importing {spec.module} fails: {type(error).__name__}: {error}"
        ) from None
    return module
