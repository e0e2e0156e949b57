"""Finding the function that a spec names."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    try:
        with _beside(spec, folder.resolve()):
            return importlib.import_module(spec.module)
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
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(
            f"reward term {spec.name}: importing {spec.module} fails: {type(error).__name__}: {error}"
        ) from None


@contextmanager
def _beside(spec: FunctionTerm, folder: Path) -> Iterator[None]:
    """Puts the spec's folder before all others while its own module is imported, and then last.

    Two specs may have modules of one name in one process; each gets its own.
    """
    top = spec.module.partition(".")[0]
    own = (folder / f"{top}.py").is_file() or (folder / top).is_dir()
    if own and top in sys.stdlib_module_names:
        raise UsageError(
            f"reward term {spec.name}: {folder / top} bears the name of a module of Python's own; "
            "rename it"
        )
    place = str(folder)
    if own:
        _forget(top, folder)
        sys.path.insert(0, place)
    try:
        yield
    finally:
        if own:
            sys.path.remove(place)
        if place not in sys.path:
            # What the module imports later, inside its functions.
            sys.path.append(place)


def _forget(top: str, folder: Path) -> None:
    loaded = sys.modules.get(top)
    where = getattr(loaded, "__file__", None)
    own = (folder / f"{top}.py", folder / top / "__init__.py")
    if loaded is not None and (where is None or Path(where) not in own):
        for name in [name for name in sys.modules if name == top or name.startswith(f"{top}.")]:
            del sys.modules[name]
    importlib.invalidate_caches()
