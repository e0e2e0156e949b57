"""This machine: Python, Node and the CDK, what is installed beside."""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from nova_rft.deploy import find_cdk
from nova_rft.doctor._look import Look, State, look
from nova_rft.errors import UsageError
from nova_rft.files import write_whole

_OLDEST: Final = (3, 11)
# One module of each extra, and what cannot be done without.
_EXTRAS: Final = {
    "deploy": ("aws_cdk", "nova-rft deploy"),
    "local": ("moto", "nova-rft local"),
    "data": ("pyarrow", "Parquet and compressed records"),
    "corpora": ("daft", "nova-rft data corpus"),
    "rehearse": ("trl", "nova-rft rehearse"),
    "mlflow": ("mlflow", "runs in MLflow"),
}


def machine(state: Path) -> Iterator[Look]:
    """Looks at this machine.

    Args:
        state: The folder of this machine's notes.
    """
    yield look("Python", _python)
    yield look("Node.js and the CDK", _cdk)
    yield look("state folder", lambda: _writes(state))
    yield _extras()


def _python() -> str:
    found = platform.python_version()
    if sys.version_info < _OLDEST:
        raise UsageError(f"Python is {found}; install 3.11 or newer")
    return f"{found} ({sys.executable})"


def _cdk() -> str:
    found = find_cdk()
    return f"CDK {found.version} ({found.path})"


def _writes(state: Path) -> str:
    proof = state / "doctor"
    try:
        write_whole(proof, "")
        proof.unlink()
    except OSError as error:
        raise UsageError(
            f"{state}: cannot be written ({error.strerror}); name another folder in NOVA_RFT_HOME"
        ) from None
    return f"{state.absolute()}"


def _extras() -> Look:
    missing = {
        extra: what
        for extra, (module, what) in _EXTRAS.items()
        if importlib.util.find_spec(module) is None
    }
    if not missing:
        return Look("optional packages", State.GOOD, "all are installed")
    said = "; ".join(f"{what} needs 'nova-rft[{extra}]'" for extra, what in missing.items())
    return Look("optional packages", State.WARNING, f"{said} (pip install)")
