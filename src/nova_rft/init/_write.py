"""Writing a project from a template: whole or not at all, and over nothing that is there."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from nova_rft.deploy import bundle_root
from nova_rft.errors import StorageError, UsageError
from nova_rft.init._templates import TEMPLATES, Template
from nova_rft.spec import ProjectName

SPEC: Final = "nova-rft.yaml"
_PROJECT: Final = re.compile(r"^project: .*$", re.M)
_TECHNIQUE: Final = re.compile(r"^technique: *(\w+)", re.M)
_NAME: Final = TypeAdapter[str](ProjectName)
# Of a project's name, which is cut where another is added to it.
_MOST: Final = 24


@dataclass(frozen=True, slots=True)
class Written:
    """A project that was written.

    Attributes:
        folder: Where.
        files: Its files, relative to the folder.
        then: Commands that run at once in it.
        up: The command that starts an embedded AWS on which its job runs.
    """

    folder: Path
    files: tuple[str, ...]
    then: tuple[str, ...]
    up: str


def write_template(name: str, folder: Path, project: str) -> Written:
    """Writes a project from a template.

    Args:
        name: Of the template, one of `TEMPLATES`.
        folder: Where to: a new folder, or an empty one.
        project: The project's name; several specs of one template get it as a beginning.

    Raises:
        UsageError: there is no such template, the name is none, or something is in the folder.
        StorageError: the folder cannot be written.
    """
    found = TEMPLATES.get(name)
    if found is None:
        raise UsageError(f"there is no template {name}; there are {', '.join(TEMPLATES)} and own")
    check_place(folder, project)
    source = bundle_root() / "examples" / found.example

    def fill(place: Path) -> None:
        _copy(source, place, found)
        for spec in sorted(place.glob("*.yaml")):
            text = spec.read_text(encoding="utf-8")
            named = project if spec.name == SPEC else f"{project}-{spec.stem}"[:_MOST].rstrip("-")
            spec.write_text(_PROJECT.sub(f"project: {named}", text, count=1), encoding="utf-8")

    return write_folder(folder, fill, found.then)


def check_place(folder: Path, project: str) -> None:
    """Refuses a folder with something in it, and a name that cannot be a project's.

    Raises:
        UsageError: either.
    """
    try:
        _NAME.validate_python(project)
    except ValidationError:
        raise UsageError(
            f"the name {project!r} cannot be a project's; use up to {_MOST} lower-case letters, "
            "digits and hyphens, such as support-tone"
        ) from None
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise UsageError(
            f"{folder}: something is there already; name a folder that is new or empty"
        )


def write_folder(folder: Path, fill: Callable[[Path], None], then: tuple[str, ...]) -> Written:
    """Fills a folder beside the place first, or in it, and renames what is in there.

    Args:
        folder: The place.
        fill: A function that is given a folder and fills it.
        then: Commands to go on with.

    Raises:
        StorageError: the disk refused; nothing is left behind.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Inside an empty folder that is there, which may be the working folder: that is kept.
        there = folder.is_dir()
        with tempfile.TemporaryDirectory(
            dir=folder if there else folder.parent, prefix=f".{folder.name}."
        ) as parts:
            part = Path(parts) / "project"
            part.mkdir()
            fill(part)
            files = tuple(
                sorted(str(one.relative_to(part)) for one in part.rglob("*") if one.is_file())
            )
            if there:
                for one in sorted(part.iterdir()):
                    one.replace(folder / one.name)
            else:
                part.replace(folder)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written: {error.strerror}") from error
    return Written(folder, files, then, local_up(folder / SPEC))


def local_up(spec: Path) -> str:
    """The command for an embedded AWS on which a spec's job runs: one by reward needs a policy."""
    technique = _TECHNIQUE.search(spec.read_text(encoding="utf-8"))
    rewarded = technique is None or technique.group(1) == "rft"
    return "nova-rft local up --policy tiny" if rewarded else "nova-rft local up"


def _copy(source: Path, place: Path, template: Template) -> None:
    """The example's files that git would keep, the spec under its usual name."""
    left_out = shutil.ignore_patterns("__pycache__", ".*", *template.without)
    shutil.copytree(source, place, ignore=left_out, dirs_exist_ok=True)
    if template.spec != SPEC:
        (place / template.spec).rename(place / SPEC)
