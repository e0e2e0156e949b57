"""The reward Lambda's asset, made without Docker and from the wheelhouse alone.

It holds `handler.py`, the parts of `nova_rft` that a reward needs, `reward.json` and wheels. Its hash
is taken over what goes in, never over what comes out: the same spec and package deploy nothing new.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import jsii

import nova_rft
import wheelhouse
from nova_rft.spec import MathTerm, OpenAIJudge, RewardSpec, canonical_json, judge_models_of

HANDLER_FOLDER: Final = Path(__file__).parents[1] / "lambdas" / "reward"
# Raise it when this file changes what comes out of the same input.
_RECIPE: Final = 1
_MODULES: Final = ("__init__.py", "errors.py", "outcome.py", "py.typed")
_SUBPACKAGES: Final = ("spec", "data", "judge", "reward", "aws")
# Test suites inside wheels: a third of SymPy's files, never imported.
_TESTS_OF: Final = ("sympy", "mpmath")


class BundlingError(RuntimeError):
    """The asset cannot be made; the message says what to do."""


def groups(reward: RewardSpec) -> list[str]:
    """The groups of wheels that a reward's terms need."""
    needed = ["base"]
    if any(isinstance(term, MathTerm) for term in reward.terms):
        needed.append("math")
    if any(isinstance(model, OpenAIJudge) for model in judge_models_of(reward.terms)):
        needed.append("openai")
    return needed


@dataclass(frozen=True, slots=True)
class RewardAsset:
    """What the asset is made from.

    Attributes:
        reward: The reward of the spec, resolved.
        target: What the Lambda runs on.
        wheels: The wheelhouse.
    """

    reward: RewardSpec
    target: wheelhouse.Target
    wheels: Path

    @property
    def pins(self) -> list[str]:
        """The wheels that go in."""
        return wheelhouse.pins(groups(self.reward))

    @property
    def compiler(self) -> str | None:
        """The interpreter that makes byte code for the target, where there is one."""
        return byte_compiler(self.target.python)

    @property
    def digest(self) -> str:
        """The asset's hash."""
        seen = hashlib.sha256()
        facts = [_RECIPE, self.target.tag, self.compiler is not None, self.pins]
        seen.update(canonical_json([*facts, canonical_json(self.reward)]).encode())
        for name, source in _sources():
            content = source.read_bytes()
            seen.update(f"\n{name} {len(content)}\n".encode())
            seen.update(content)
        return seen.hexdigest()

    def write(self, output: Path) -> None:
        """Makes the asset in a folder that is there and empty.

        Raises:
            BundlingError: the wheelhouse lacks a wheel, or pip is missing.
        """
        self._install(output)
        for name, source in _sources():
            place = output / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
        (output / "reward.json").write_text(canonical_json(self.reward), encoding="utf-8")
        if self.compiler:
            _byte_compile(self.compiler, output)

    def _install(self, output: Path) -> None:
        place = wheelhouse.folder(self.wheels, self.target)
        fill = f"`{Path(sys.executable).name} {wheelhouse.__file__} {self.wheels}`"
        if not place.is_dir():
            raise BundlingError(f"{place} is missing; fill the wheelhouse: {fill}")
        command = [sys.executable, "-m", "pip", "install", "--isolated", "--quiet"]
        command += ["--disable-pip-version-check", "--no-index", "--find-links", str(place)]
        command += ["--no-deps", "--no-compile", "--target", str(output)]
        done = subprocess.run(  # noqa: S603
            [*command, *self.target.pip_options, *self.pins],
            capture_output=True,
            text=True,
            # A configuration file could add places to look, and with them other builds.
            env={**os.environ, "PIP_CONFIG_FILE": os.devnull},
        )
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()] or ["nothing"]
            raise BundlingError(f"pip could not install the Lambda's wheels: {said[-1].strip()}")
        # Console scripts (they name this machine's interpreter) and manual pages.
        for leftover in ("bin", "share"):
            shutil.rmtree(output / leftover, ignore_errors=True)
        for package in _TESTS_OF:
            for tests in sorted((output / package).glob("**/tests")):
                shutil.rmtree(tests)


@jsii.implements(cdk.ILocalBundling)
class LocalBundling:
    """Lets CDK make the asset by calling `RewardAsset.write`; Docker is never asked."""

    def __init__(self, asset: RewardAsset) -> None:
        self._asset = asset

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        """CDK's callback: True, since there is no other way."""
        self._asset.write(Path(output_dir))
        return True


def _sources() -> Iterator[tuple[str, Path]]:
    """Every file of ours that goes in, by its name in the asset, in a fixed order."""
    yield "handler.py", HANDLER_FOLDER / "handler.py"
    package = Path(nova_rft.__file__).parent
    for name in _MODULES:
        yield f"nova_rft/{name}", package / name
    for part in _SUBPACKAGES:
        for source in sorted((package / part).rglob("*")):
            if source.is_file() and source.suffix != ".pyc":
                yield f"nova_rft/{source.relative_to(package).as_posix()}", source


@functools.cache
def byte_compiler(python: str) -> str | None:
    """An interpreter of the given version: this one, `NOVA_RFT_LAMBDA_PYTHON`, or one on PATH.

    Another version's byte code would be ignored. It is worth looking for: Lambda's folder is
    read-only, so what is not compiled here is compiled again at each cold start, which takes 2 s more
    with the libraries of a `math` term.
    """
    wanted = tuple(int(part) for part in python.split("."))
    if sys.version_info[:2] == wanted:
        return sys.executable
    for found in (os.environ.get("NOVA_RFT_LAMBDA_PYTHON"), shutil.which(f"python{python}")):
        # Asked, since a shim of pyenv's can be on PATH and lead nowhere.
        if found and _says(found, "import sys; print(sys.version_info[:2])") == str(wanted):
            return found
    return None


def _says(interpreter: str, program: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603
            [interpreter, "-I", "-c", program], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def _byte_compile(interpreter: str, output: Path) -> None:
    command = [interpreter, "-I", "-m", "compileall", "-q", "-j", "0"]
    # Without times and without this folder's name, so that the same source gives the same bytes.
    command += ["--invalidation-mode", "unchecked-hash", "-s", str(output), str(output)]
    # A file that does not compile is no module that a Lambda imports; it stays as it is.
    subprocess.run(command, capture_output=True)  # noqa: S603
