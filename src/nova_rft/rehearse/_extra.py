"""The optional packages, imported late and on one thread."""

from __future__ import annotations

import importlib
import logging
import os
from types import ModuleType
from typing import Final

from nova_rft.errors import UsageError

_NEEDED: Final = ("torch", "transformers", "datasets", "trl")


def require_extra() -> None:
    """Imports what trains, and has it be quiet.

    Raises:
        UsageError: a package is missing, or cannot be imported; the message says what to install.
    """
    torch()
    for name in _NEEDED:
        _import(name)
    _be_quiet()


def torch() -> ModuleType:
    """PyTorch, on one thread: on two, small matrices wait for each other more than they compute.

    Raises:
        UsageError: it is missing.
    """
    # Tokenizers fork no threads of their own under a trainer that may fork.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    found = _import("torch")
    if not found.cuda.is_available():
        found.set_num_threads(1)
    return found


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(
            f"rehearse needs {name}, which cannot be imported ({error}); install what it needs: "
            "pip install 'nova-rft[rehearse]'"
        ) from error


def _be_quiet() -> None:
    """The libraries' bars and advice are meant for those who call them."""
    import datasets
    import transformers

    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
    datasets.utils.logging.disable_progress_bar()
    logging.getLogger("accelerate").setLevel(logging.ERROR)
