"""The tools that a deployment needs, and one sentence for each that is missing."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nova_rft.deploy._bundle import bundle_root
from nova_rft.errors import UsageError

_NODE: Final = 20
_CDK: Final = Path("node_modules") / ".bin" / "cdk"


@dataclass(frozen=True, slots=True)
class Cdk:
    """The CDK command line that was found, and its version."""

    path: Path
    version: str


def find_cdk() -> Cdk:
    """Finds the CDK command line of the pinned version, and what it runs on.

    Looked for in `NOVA_RFT_CDK`, in `node_modules` of the working folder, of the folders above it and
    of the bundle's, then on PATH.

    Raises:
        UsageError: Node, the CDK library or the command line is missing or of another version.
    """
    _check_node()
    for module in ("aws_cdk", "cdk_nag"):
        if importlib.util.find_spec(module) is None:
            raise UsageError(
                f"the Python package {module} is missing; install it: pip install 'nova-rft[deploy]'"
            )
    pinned = _pinned()
    others: list[Cdk] = []
    for path in _candidates():
        cdk = Cdk(path, _version(path))
        if cdk.version == pinned:
            return cdk
        others.append(cdk)
    install = f"npm install aws-cdk@{pinned}"
    if others:
        raise UsageError(
            f"the CDK command line {others[0].path} has version {others[0].version}, but {pinned} is "
            f"needed; install it in the working folder: {install}"
        )
    raise UsageError(
        f"the CDK command line is missing; install it in the working folder: {install}"
    )


def _check_node() -> None:
    node = shutil.which("node")
    if node is None:
        raise UsageError(
            f"Node.js is missing (no `node` on PATH); the CDK needs it: install Node.js {_NODE} or "
            "newer from nodejs.org or your package manager"
        )
    said = _output([node, "--version"])
    version = re.match(r"v(\d+)\.", said)
    if version is None:
        raise UsageError(f"{node} --version says {said!r}; install Node.js {_NODE} or newer")
    if int(version[1]) < _NODE:
        raise UsageError(f"{node} is Node.js {said}; the CDK needs Node.js {_NODE} or newer")


def _pinned() -> str:
    package = json.loads((bundle_root() / "package.json").read_text(encoding="utf-8"))
    return str(package["devDependencies"]["aws-cdk"])


def _candidates() -> Iterator[Path]:
    named = os.environ.get("NOVA_RFT_CDK")
    if named:
        if not Path(named).is_file():
            raise UsageError(f"NOVA_RFT_CDK names {named}, which is no file; name the cdk program")
        yield Path(named).absolute()
        return
    working = Path.cwd()
    for folder in (working, *working.parents, bundle_root()):
        if (folder / _CDK).is_file():
            yield folder / _CDK
    found = shutil.which("cdk")
    if found:
        yield Path(found)


def _version(cdk: Path) -> str:
    # Reading beats running: starting the command line takes half a second.
    manifest = cdk.resolve().parents[1] / "package.json"
    try:
        package = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        package = {}
    if isinstance(package, dict) and package.get("name") == "aws-cdk":
        return str(package.get("version"))
    said = _output([str(cdk), "--version"]).split()
    return said[0] if said else "unknown"


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
