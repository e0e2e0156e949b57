"""Reading a spec: YAML with line numbers in, a frozen `Spec` or every problem out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from nova_rft.errors import SpecError, UsageError
from nova_rft.spec._base import STAGE_NAME_LENGTH, StageName
from nova_rft.spec._capabilities import Refusal, capability
from nova_rft.spec._corpus import CorpusSpec
from nova_rft.spec._keys import known_keys, nearest
from nova_rft.spec._models import JudgeModelSpec
from nova_rft.spec._spec import Spec
from nova_rft.spec._stage import Stage, Stages
from nova_rft.spec.training import training_kind

STAGES_FILE: Final = "stages.yaml"
STAGE_VARIABLE: Final = "NOVA_RFT_STAGE"
_Location = tuple[str | int, ...]
_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class SpecProblem:
    """One thing wrong with a spec, where it stands, and what would be right."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        whole = "stages" if Path(self.file).name == STAGES_FILE else "spec"
        return f"{self.file}:{self.line}: {self.path or whole}: {self.message}"


class InvalidSpec(SpecError):
    """A spec with at least one problem; `problems` holds them all."""

    def __init__(self, problems: Sequence[SpecProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


def load(path: str | Path) -> Spec:
    """Reads a spec file, for the stage that it names, or that `NOVA_RFT_STAGE` names in its place.

    Raises:
        UsageError: the file is missing or cannot be read; there is no such stage.
        InvalidSpec: the file is no valid spec, or the stages beside it are not; every problem is named.
    """
    spec = _load(path, Spec)
    named = os.environ.get(STAGE_VARIABLE)
    if named:
        check_stage_name(named, f"{STAGE_VARIABLE}={named}")
        spec = spec.model_copy(update={"stage": named})
    region = load_stage(path, spec.stage).region
    return spec.model_copy(update={"region": region}) if region else spec


def load_stage(path: str | Path, name: str) -> Stage:
    """The settings of one stage, from `stages.yaml` beside the spec; without that file the defaults.

    Args:
        path: The spec's file.
        name: The stage.

    Raises:
        UsageError: the file has no such stage.
        InvalidSpec: the file is not valid; every problem is named.
    """
    file = Path(path).with_name(STAGES_FILE)
    if not file.exists():
        return Stage()
    stages = _load(file, Stages).stages
    if name not in stages:
        known = ", ".join(stages)
        raise UsageError(f"{file}: there is no stage {name}, but {known}; add it or name another")
    return stages[name]


def check_stage_name(name: str, given: str) -> None:
    """Refuses what can be no stage's name.

    Args:
        name: The name.
        given: What was typed, for the error.

    Raises:
        UsageError: it is none.
    """
    try:
        TypeAdapter[str](StageName).validate_python(name)
    except ValidationError:
        raise UsageError(
            f"{given}: no stage can have this name; it begins with a lower-case letter, holds "
            "lower-case letters, digits and single hyphens between them, and no more than "
            f"{STAGE_NAME_LENGTH} characters"
        ) from None


def load_corpus(path: str | Path) -> CorpusSpec:
    """Reads a corpus file; raises as `load` does."""
    return _load(path, CorpusSpec)


def parse(text: str, file: str = "<spec>") -> Spec:
    """Like `load`, from text; `file` is the name used in messages."""
    return _parse(text, file, Spec)


def _load(path: str | Path, model: type[_Model]) -> _Model:
    file = Path(path)
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UsageError(
            f"{file}: no such file; name another one, or begin a project: nova-rft init"
        ) from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _single(
            file, line, f"not UTF-8 text (byte {error.start}); save it as UTF-8"
        ) from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror}") from None
    return _parse(text, str(file), model)


def _parse(text: str, file: str, model: type[_Model]) -> _Model:
    # Late: the reward Lambda imports this package but never reads YAML.
    from nova_rft.spec import _yaml

    try:
        tree = _yaml.read(text)
    except _yaml.YamlProblem as problem:
        raise _single(file, problem.line, f"not valid YAML: {problem.what}") from None
    if not isinstance(tree, dict):
        needed = [name for name, known in model.model_fields.items() if known.is_required()]
        keys = ", ".join(needed)
        raise _single(file, 1, f"should be a mapping of keys such as {keys}")
    try:
        # As JSON, where strict means strict: `true` is no 1 and "32" is no 32, but a list is a tuple.
        return model.model_validate_json(json.dumps(_plain(tree), default=str), strict=True)
    except ValidationError as error:
        problems = _problems(error, tree, file, model)
        raise InvalidSpec(sorted(problems, key=lambda p: p.line)) from None


def parse_judge(text: str, option: str = "--judge") -> JudgeModelSpec:
    """Reads `scripted`, `replay:FILE`, `bedrock:MODEL` or `openai:URL#MODEL`.

    Args:
        text: What was given.
        option: Where, for errors.

    Raises:
        UsageError: the text has none of these forms.
    """
    provider, _, rest = text.partition(":")
    fields: dict[str, Any] = {"provider": provider}
    if provider == "replay" and rest:
        fields["file"] = rest
    elif provider == "bedrock" and rest:
        fields["id"] = rest
    elif provider == "openai" and "#" in rest:
        fields["base_url"], _, fields["id"] = rest.rpartition("#")
    elif text != "scripted":
        raise UsageError(
            f"{option} {text}: unknown form; "
            "use scripted, replay:FILE, bedrock:MODEL or openai:URL#MODEL"
        )
    try:
        judge: JudgeModelSpec = TypeAdapter(JudgeModelSpec).validate_python(fields)
    except ValidationError as error:
        raise UsageError(f"{option} {text}: {error.errors()[0]['msg']}") from None
    return judge


def _single(file: str | Path, line: int, message: str) -> InvalidSpec:
    return InvalidSpec([SpecProblem(str(file), line, "", message)])


def _plain(node: Any) -> Any:
    """The tree as plain data: ruamel's own scalar types would not be JSON."""
    if isinstance(node, Mapping):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, bool):
        return bool(node)
    for plain in (int, float, str):
        if isinstance(node, plain):
            return plain(node)
    return node


def _problems(
    error: ValidationError, tree: Any, file: str, model: type[BaseModel]
) -> Iterable[SpecProblem]:
    for detail in error.errors(include_url=False):
        if detail["type"] == "too_short" and detail["input"]:
            continue  # A list whose every item is wrong; each of them has its own problem.
        absent = detail["type"] in ("missing", "extra_forbidden", "reward_missing")
        location = _in_tree(detail["loc"], tree, absent=absent)
        line = _line(location, tree)
        here = _training_of(tree) if model is Spec and location[:1] == ("training",) else None
        yield SpecProblem(file, line, _dotted(location), _sentence(detail, location, model, here))


def _training_of(tree: Any) -> type[BaseModel] | None:
    """The kind of hyperparameters that a spec asks for, where it says so rightly."""
    technique, backend = tree.get("technique", "rft"), tree.get("backend", "bedrock")
    found = capability(technique, backend, str(tree.get("model")), tree.get("adapter"))
    return None if isinstance(found, Refusal) else training_kind(found)


def _in_tree(location: _Location, tree: Any, *, absent: bool) -> _Location:
    """Drops the steps that pydantic adds for the branch of a union, which no user wrote.

    The last step of an `absent` location stays: a key that is missing, or that is no text in YAML.
    """
    steps: list[str | int] = []
    node = tree
    for index, step in enumerate(location):
        asked_for = absent and index == len(location) - 1
        if _indexes(node, step):
            steps.append(step)
            node = node[step]
        elif isinstance(node, dict) and (step in node or asked_for):
            steps.append(step)
            node = node.get(step)
        elif asked_for and isinstance(step, int):
            steps.append(step)
    return tuple(steps)


def _line(location: _Location, tree: Any) -> int:
    """Line of the deepest part of the location that the file has, counted from 1."""
    node: Any = tree
    line = 1
    for step in location:
        known: bool = step in node if isinstance(node, dict) else _indexes(node, step)
        if not known:
            break
        if step not in (node.lc.data or ()):
            break  # A key that a merge (`<<`) brought in stands elsewhere.
        line = (node.lc.key(step) if hasattr(node, "keys") else node.lc.item(step))[0] + 1
        node = node[step]
    return line


def _indexes(node: Any, step: str | int) -> bool:
    return isinstance(node, list) and isinstance(step, int) and step < len(node)


def _dotted(location: _Location) -> str:
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _sentence(
    detail: ErrorDetails,
    location: _Location,
    model: type[BaseModel],
    training: type[BaseModel] | None,
) -> str:
    kind, given = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        key, said = str(location[-1]), "is not a key of the spec"
        if model is Stages:
            said = f"is not a key of {STAGES_FILE}"
        if training is not None:
            return said + known_keys(training, detail["loc"][1:], key)
        return said + known_keys(model, detail["loc"], key)
    if kind == "missing":
        return "is missing; add it"
    if kind == "union_tag_not_found":
        key = str(detail.get("ctx", {}).get("discriminator", "type")).strip("'")
        return f"has no {key}; add one"
    if kind == "union_tag_invalid":
        context = detail.get("ctx", {})
        known = str(context.get("expected_tags", "")).replace("'", "")
        tag = str(context.get("tag", ""))
        return f"{tag} is not known; use one of {known}" + nearest(tag, known.split(", "))
    if kind in ("dict_type", "model_type"):
        such = "dev: {}" if model is Stages and location == ("stages",) else "key: value"
        other = "a list" if isinstance(given, list) else repr(given)
        return f"should be keys, each with what it stands for (`{such}`), and is {other}"
    if isinstance(given, dict | list) or kind == "reward_missing":
        return detail["msg"]
    message = detail["msg"].replace("Input should", "should").replace("String should", "should")
    return message if str(given) in message else f"{given!r} {message}"
