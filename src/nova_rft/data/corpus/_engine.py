"""Daft, which runs the plans: on this machine, or on a Ray cluster."""

from __future__ import annotations

import os
from typing import Any

from nova_rft.errors import UsageError
from nova_rft.spec import Engine

_INSTALL = "pip install 'nova-rft[{extra}]'"


def daft_module() -> Any:
    """Daft itself, which reports home when it is imported unless it is told not to.

    Raises:
        UsageError: it is not installed.
    """
    os.environ["DO_NOT_TRACK"] = "true"
    os.environ.setdefault("DAFT_PROGRESS_BAR", "0")
    try:
        import daft
    except ImportError:
        raise UsageError(
            f"corpora need Daft, which is not installed; {_INSTALL.format(extra='corpora')}"
        ) from None
    return daft


def start(engine: Engine) -> None:
    """Chooses where plans run, once in a process.

    Raises:
        UsageError: Ray is asked for and not installed, or another engine runs already.
    """
    daft = daft_module()
    wanted = "native" if engine.runner == "embedded" else "ray"
    if daft.get_or_infer_runner_type() == wanted:
        return
    if wanted == "ray":
        _join(engine.address)
    try:
        daft.set_runner_ray() if wanted == "ray" else daft.set_runner_native()
    except daft.exceptions.DaftCoreException:
        raise UsageError(
            "plans of this process run on another engine already; start a new one"
        ) from None


def _join(address: str | None) -> None:
    try:
        import ray
    except ImportError:
        raise UsageError(
            f"engine: ray needs Ray, which is not installed; {_INSTALL.format(extra='ray')}"
        ) from None
    if not ray.is_initialized():
        # Workers import this package and must not report home either.
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level="ERROR",
            runtime_env={"env_vars": {"DO_NOT_TRACK": "true"}},
        )
