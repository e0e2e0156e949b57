"""The functions' assets, made without Docker and from the wheelhouse alone.

The reward's holds `handler.py`, the parts of `nova_rft` that a reward needs, `reward.json`, the
project's own files and wheels; the one that runs programs holds the sandbox alone. An asset's hash is
taken over what goes in, never over what comes out: the same spec and package deploy nothing new.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk
import jsii

import archive
import nova_rft
import wheelhouse
from nova_rft.spec import (
    ChoiceTerm,
    CitationsTerm,
    JsonSchemaTerm,
    LanguageLook,
    MatchTerm,
    MathTerm,
    NumberTerm,
    OpenAIGraderTerm,
    OpenAIJudge,
    RepetitionTerm,
    RewardSpec,
    RougeLTerm,
    Spec,
    TokenF1Term,
    Unit,
    WrongFormatTerm,
    canonical_json,
    judge_models_of,
    reward_files,
    reward_modules,
)

HANDLERS: Final = Path(__file__).parents[1] / "lambdas"
# Raise it when this file changes what comes out of the same input.
_RECIPE: Final = 3
# Folder of the wheelhouse.
_PACKED: Final = "packed"
_MODULES: Final = ("__init__.py", "_lazy.py", "errors.py", "outcome.py", "py.typed")
_PIPELINE_MODULES: Final = ("files.py",)
_REWARD_PARTS: Final = ("sandbox", "spec", "data", "judge", "reward", "aws")
_CODE_PARTS: Final = ("sandbox",)
# What the steps of a pipeline call, which is nearly all but the command line.
_PIPELINE_PARTS: Final = (
    *("sandbox", "spec", "data", "judge", "reward", "sampling", "grpo", "rollouts", "calibrate"),
    *("evaluate", "aws", "jobs", "report", "project", "pipeline"),
)
# NumPy reads a job's figures; regex is what checks of records need beside the reward's own.
_PIPELINE_GROUPS: Final = ("base", "language", "patterns")
# What submitting needs: recipes are written as YAML, and open-weight models are asked by the openai
# package, with a key made of credentials.
_BACKEND_GROUPS: Final = {"sagemaker-recipe": ("yaml",), "bedrock-openai": ("openai", "key")}
_SCORE_PARTS: Final = ("scale",)
# Test suites inside wheels: a third of SymPy's files, never imported.
_TESTS_OF: Final = ("sympy", "mpmath")


class BundlingError(RuntimeError):
    """The asset cannot be made; the message says what to do."""


def groups(reward: RewardSpec) -> list[str]:
    """The groups of wheels that a reward's terms need."""
    return ["base", *sorted(_of_terms(reward.terms))]


def _of_terms(terms: Sequence[Any]) -> set[str]:
    needed = {group for term in terms for group in _needs(term)}
    if any(isinstance(model, OpenAIJudge) for model in judge_models_of(terms)):
        needed.add("openai")
    return needed


def _needs(term: Any) -> Iterator[str]:
    match term:
        case MathTerm():
            yield "math"
        case MatchTerm() | ChoiceTerm() | CitationsTerm():
            yield "patterns"
        case RougeLTerm() | TokenF1Term() | OpenAIGraderTerm():
            yield "overlap"
        case JsonSchemaTerm():
            yield "schema"
        case LanguageLook():
            yield "language"
        case NumberTerm() if term.unit or term.units:
            yield "units"
        case WrongFormatTerm():
            yield from _needs(term.format)
    looks = term.ngrams if isinstance(term, RepetitionTerm) else [term]
    if any(getattr(look, "unit", None) is Unit.TOKENS for look in looks):
        yield "tokens"


@dataclass(frozen=True, slots=True)
class Asset:
    """What a function's asset is made from.

    Attributes:
        target: What the Lambda runs on.
        wheels: The wheelhouse.
        pins: The wheels that go in.
        sources: Every file that goes in, by its name in the asset.
        written: Texts that go in as files, by their names.
    """

    target: wheelhouse.Target
    wheels: Path
    pins: list[str]
    sources: dict[str, Path]
    written: dict[str, str]

    @property
    def compiler(self) -> str | None:
        """The interpreter that makes byte code for the target, where there is one."""
        return byte_compiler(self.target.python)

    @property
    def digest(self) -> str:
        """The asset's hash."""
        seen = hashlib.sha256()
        facts = [_RECIPE, self.target.tag, self.compiler is not None, self.pins]
        seen.update(canonical_json([*facts, self.written]).encode())
        for name, source in self.sources.items():
            content = source.read_bytes()
            seen.update(f"\n{name} {len(content)}\n".encode())
            seen.update(content)
        return seen.hexdigest()

    def archive(self, output: Path) -> None:
        """Makes the asset: a zip, in a folder that is there.

        The wheels, which take nearly all the time, are packed once for each set of them and kept in the
        wheelhouse; what is the project's own is added to a copy.

        Raises:
            BundlingError: the wheelhouse lacks a wheel, or pip is missing.
        """
        if self.pins:
            self._copy_libraries(output)
        with tempfile.TemporaryDirectory(prefix="nova-rft-") as name:
            own = Path(name)
            for inside, source in self.sources.items():
                place = own / inside
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, place)
            for inside, text in self.written.items():
                (own / inside).write_text(text, encoding="utf-8")
            if self.compiler:
                _byte_compile(self.compiler, own)
            archive.add(output, own)

    def _copy_libraries(self, output: Path) -> None:
        """The wheels, packed; kept where the wheelhouse can be written to."""
        facts = [_RECIPE, self.target.tag, self.compiler is not None, self.pins]
        named = hashlib.sha256(canonical_json(facts).encode()).hexdigest()[:32]
        kept = wheelhouse.folder(self.wheels, self.target) / _PACKED / f"{named}.zip"
        if kept.is_file():
            shutil.copyfile(kept, output)
            return
        with tempfile.TemporaryDirectory(prefix="nova-rft-") as name:
            self._install(Path(name))
            if self.compiler:
                _byte_compile(self.compiler, Path(name))
            archive.add(output, Path(name))
        # A wheelhouse that came with the machine may be read-only: then it is packed each time.
        with suppress(OSError):
            kept.parent.mkdir(exist_ok=True)
            # Under another name first: two deployments may pack the same at once.
            partial = kept.with_suffix(f".{os.getpid()}")
            shutil.copyfile(output, partial)
            partial.replace(kept)

    def _install(self, output: Path) -> None:
        place = wheelhouse.folder(self.wheels, self.target)
        fill = f"`{Path(sys.executable).name} {wheelhouse.__file__} {self.wheels}`"
        if not place.is_dir():
            raise BundlingError(f"{place} is missing; fill the wheelhouse: {fill}")
        command = [sys.executable, "-m", "pip", "install", "--isolated", "--quiet"]
        command += ["--disable-pip-version-check", "--no-index", "--find-links", str(place)]
        command += ["--no-deps", "--no-compile", "--target", str(output)]
        done = subprocess.run(  # noqa: S603 - our own Python and its pip
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
    """Lets CDK make the asset by calling `Asset.archive`; Docker is never asked."""

    def __init__(self, asset: Asset) -> None:
        self._asset = asset

    def try_bundle(self, output_dir: str, *_: Any, **__: Any) -> bool:
        """CDK's callback: True, since there is no other way."""
        self._asset.archive(Path(output_dir) / "asset.zip")
        return True


def reward_asset(
    reward: RewardSpec, folder: Path, target: wheelhouse.Target, wheels: Path
) -> Asset:
    """The reward Lambda's asset: only what the reward's terms need.

    Args:
        reward: The reward of the spec, resolved.
        folder: The spec's, where the files and modules lie that terms name.
        target: What the Lambda runs on.
        wheels: The wheelhouse.

    Raises:
        BundlingError: a file or module is not there.
    """
    return Asset(
        target=target,
        wheels=wheels,
        pins=wheelhouse.pins(groups(reward)),
        sources=dict(_sources("reward", _REWARD_PARTS)) | dict(_of_project(reward, folder)),
        written={"reward.json": canonical_json(reward)},
    )


def pipeline_asset(spec: Spec, target: wheelhouse.Target, wheels: Path) -> Asset:
    """The asset of the pipeline's functions; the project itself travels through S3.

    Args:
        spec: Its reward's verifiers score the records' references, and its evaluation models' answers.
        target: What the Lambda runs on.
        wheels: The wheelhouse.
    """
    needed = {*_PIPELINE_GROUPS, *_BACKEND_GROUPS.get(spec.backend, ())}
    needed |= _of_terms(spec.reward.terms) if spec.reward else set()
    asked = spec.evaluation
    needed |= {group for skill in asked.skills for group in _of_terms(skill.terms)}
    if any(
        isinstance(one, OpenAIJudge) for one in (asked.base, asked.judge, *asked.models.values())
    ):
        needed.add("openai")
    return Asset(
        target=target,
        wheels=wheels,
        pins=wheelhouse.pins(sorted(needed)),
        sources=dict(_sources("pipeline", _PIPELINE_PARTS, _PIPELINE_MODULES)),
        written={},
    )


def code_asset(target: wheelhouse.Target, wheels: Path) -> Asset:
    """The asset of the function that runs programs: the sandbox, and no library."""
    return Asset(target, wheels, [], dict(_sources("code", _CODE_PARTS)), {})


def score_asset(target: wheelhouse.Target, wheels: Path) -> Asset:
    """The asset of the function that scores a chunk: the form of chunks and parts, and no library."""
    return Asset(target, wheels, [], dict(_sources("score", _SCORE_PARTS)), {})


def _sources(
    function: str, parts: Sequence[str], modules: Sequence[str] = ()
) -> Iterator[tuple[str, Path]]:
    """Every file of ours that goes in, by its name in the asset, in a fixed order."""
    yield "handler.py", HANDLERS / function / "handler.py"
    package = Path(nova_rft.__file__).parent
    for name in (*_MODULES, *modules):
        yield f"nova_rft/{name}", package / name
    for part in parts:
        for source in _files(package / part):
            yield f"nova_rft/{source.relative_to(package).as_posix()}", source


def _of_project(reward: RewardSpec, folder: Path) -> Iterator[tuple[str, Path]]:
    """The files and modules that terms name, in a folder of their own."""
    for name in reward_files(reward):
        if not (folder / name).is_file():
            raise BundlingError(
                f"{folder / name} is missing, which a reward term names; put it there"
            )
        yield f"project/{name}", folder / name
    for name in reward_modules(reward.terms):
        module = folder / f"{name}.py"
        found = [module] if module.is_file() else list(_files(folder / name))
        if not found:
            raise BundlingError(
                f"there is no {module.name} and no folder {name} in {folder}, but a reward term's "
                "function is there; put it beside the spec, or it cannot travel with the reward"
            )
        for source in found:
            yield f"project/{source.relative_to(folder).as_posix()}", source


def _files(folder: Path) -> Iterator[Path]:
    for source in sorted(folder.rglob("*")):
        if source.is_file() and source.suffix != ".pyc":
            yield source


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
        done = subprocess.run(  # noqa: S603 - a Python that was found on PATH
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
    subprocess.run(command, capture_output=True)  # noqa: S603 - a Python, and our own files
