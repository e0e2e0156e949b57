"""Where the CDK app, the Lambda's sources and its wheels are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nova_rft
from nova_rft.errors import NovaRftError, UsageError

Progress = Callable[[str], None]


def bundle_root() -> Path:
    """The folder that holds `infra`, `lambdas` and `package.json`: in the wheel, else the clone.

    Raises:
        UsageError: neither is there.
    """
    package = Path(nova_rft.__file__).resolve().parent
    for root in (package / "_bundle", package.parents[1]):
        if (root / "infra" / "app.py").is_file() and (root / "lambdas").is_dir():
            return root
    raise UsageError(f"{package}: the CDK app is not beside the package; install nova-rft again")


def wheelhouse(target: str = "arm64", *, progress: Progress = lambda _: None) -> Path:
    """The folder of the Lambda's wheels; those that are missing are fetched with pip.

    It is `NOVA_RFT_WHEELHOUSE`, else `.wheelhouse` of the clone, else one in the user's cache.

    Args:
        target: `arm64` or `host`.
        progress: Told what is going on.

    Raises:
        UsageError: the wheels are not there and cannot be fetched.
    """
    root = bundle_root()
    folder = _folder(root)
    script = root / "infra" / "wheelhouse.py"
    progress(f"wheels for the Lambda ({target}) in {folder}")
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(script), str(folder), "--target", target],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise UsageError(said[-1].removeprefix("error: "))
    progress(done.stderr.strip())
    return folder


def _folder(root: Path) -> Path:
    named = os.environ.get("NOVA_RFT_WHEELHOUSE")
    if named:
        return Path(named).absolute()
    if (root / "pyproject.toml").is_file():
        return root / ".wheelhouse"
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else _home() / ".cache") / "nova-rft" / "wheelhouse"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise NovaRftError(
            "there is no home folder; set NOVA_RFT_WHEELHOUSE to a folder"
        ) from error
