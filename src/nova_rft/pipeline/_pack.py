"""A project as it travels: one archive, under the digest of what is in it.

The spec resolved, the records as JSON Lines wherever they came from, the calibration, what an evaluation
reads, and the files and modules that terms name. What the spec calls its records by is changed to where
they lie in the archive; a job's name does not depend on that.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nova_rft.errors import UsageError
from nova_rft.project import Project
from nova_rft.spec import Spec, reward_files, reward_modules, term_files

_SPEC: Final = "spec.json"
_TRAINING: Final = "records/training.jsonl"
_VALIDATION: Final = "records/validation.jsonl"
_HELD_OUT: Final = "records/held-out.jsonl"
# The earliest that a zip can hold: the same content gives the same archive at any time.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Pack:
    """A project, packed.

    Attributes:
        digest: Of all that is in it, as 64 hexadecimal digits.
        body: The archive.
    """

    digest: str
    body: bytes = field(repr=False)

    @property
    def key(self) -> str:
        """Where it lies in the output bucket."""
        return key_of(self.digest)


def key_of(digest: str) -> str:
    """Where what has that digest lies in the output bucket."""
    return f"pipelines/{digest}/project.zip"


def pack(project: Project) -> Pack:
    """Packs a project.

    Raises:
        FindingsError: records could not be converted.
        UsageError: a file that it needs is missing.
        AwsRefused: records in S3 may not be read.
    """
    contents = dict(sorted(_contents(project)))
    seen, archive = hashlib.sha256(), io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in contents.items():
            seen.update(f"\n{name} {len(content)}\n".encode())
            seen.update(content)
            zipped.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return Pack(seen.hexdigest(), archive.getvalue())


def unpack(body: bytes, folder: Path) -> Project:
    """The project that an archive holds.

    Args:
        body: The archive, as `pack` made it.
        folder: An empty one, or one that it was unpacked to before.
    """
    with zipfile.ZipFile(io.BytesIO(body)) as zipped:
        zipped.extractall(folder)
    return project_in(folder)


def project_in(folder: Path) -> Project:
    """The project in a folder that it was unpacked to."""
    file = folder / _SPEC
    return Project(Spec.model_validate_json(file.read_bytes(), strict=True), file)


def _contents(project: Project) -> Iterator[tuple[str, bytes]]:
    files = project.record_files()
    spec = project.spec
    data: dict[str, Any] = {"train": _TRAINING}
    yield _TRAINING, _read(files.training)
    if files.validation:
        data["validation"] = _VALIDATION
        yield _VALIDATION, _read(files.validation)
    evaluation = spec.evaluation.model_dump(mode="json", exclude_none=True)
    yield from _of_evaluation(project, evaluation)
    changed = {"data": data, "evaluation": evaluation}
    tree = spec.model_dump(mode="json", exclude_none=True) | changed
    yield _SPEC, (json.dumps(tree, sort_keys=True, indent=1) + "\n").encode()
    calibration = project.folder / spec.calibration.file
    if calibration.is_file():
        yield spec.calibration.file, _read(calibration)
    if spec.reward is not None:
        yield from _of_reward(project.folder, spec)


def _of_evaluation(project: Project, tree: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """What an evaluation reads beside the validation records; its names are changed in the tree."""
    asked, folder = project.spec.evaluation, project.folder
    if asked.records:
        tree["records"] = _HELD_OUT
        yield _HELD_OUT, _read(project.records(asked.records).path)
    for skill, told in zip(asked.skills, tree.get("skills", ()), strict=True):
        told["file"] = f"records/skill-{skill.name}.jsonl"
        yield told["file"], _read(project.records(skill.file).path)
        for name in term_files(skill.terms):
            yield name, _read(folder / name)
        yield from _modules(folder, skill.terms)
    if asked.production and asked.production.file:
        yield asked.production.file, _read(folder / asked.production.file)


def _of_reward(folder: Path, spec: Spec) -> Iterator[tuple[str, bytes]]:
    reward = spec.required_reward
    for name in reward_files(reward):
        yield name, _read(folder / name)
    yield from _modules(folder, reward.terms)


def _modules(folder: Path, terms: Sequence[Any]) -> Iterator[tuple[str, bytes]]:
    for module in reward_modules(terms):
        file = folder / f"{module}.py"
        sources = [file] if file.is_file() else sorted((folder / module).rglob("*.py"))
        if not sources:
            raise UsageError(
                f"there is no {file.name} and no folder {module} in {folder}, but a reward term's "
                "function is there; put it beside the spec"
            )
        for source in sources:
            yield source.relative_to(folder).as_posix(), _read(source)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}; put it there") from None
