"""What a deployment would change: the templates of the app against those that are deployed."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from nova_rft.deploy._bundle import Progress
from nova_rft.deploy._work import Workplace, workplace
from nova_rft.errors import StorageError

Kind = Literal["add", "remove", "modify"]
# The first of the CDK's lines that is about a stack; before it come its own state, and Node's.
_FIRST: Final = re.compile(r"^Stack [\w-]+ \(")


@dataclass(frozen=True, slots=True)
class Change:
    """One resource or output that would change.

    Attributes:
        id: Its id in the template.
        type: Its type; `output` for an output.
        change: Whether it would be added, removed or modified.
        properties: Which of its properties would be modified, with dots.
    """

    id: str
    type: str
    change: Kind
    properties: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StackDiff:
    """One stack: whether it is there, and what of it would change."""

    stack: str
    exists: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """What `nova-rft deploy` would do.

    Attributes:
        stacks: Those of the app, in the order that they need each other.
        left_alone: Those that are there, of an earlier spec or stage, and would stay as they are.
        text: What the CDK printed of it, for people.
    """

    stacks: tuple[StackDiff, ...]
    left_alone: tuple[str, ...]
    text: str

    @property
    def changed(self) -> bool:
        """Whether anything would change."""
        return any(one.changes or not one.exists for one in self.stacks)


def diff(spec_path: str | Path = "nova-rft.yaml", *, progress: Progress = lambda _: None) -> Diff:
    """What deploying would change; it changes nothing, and makes no change set.

    Raises:
        UsageError: a tool, the region or the wheels are missing; the account is not the stage's.
        AwsRefused: AWS does not let the caller look.
    """
    from nova_rft.aws.stacks import project_stacks

    said = list[str]()

    def heard(line: str) -> None:
        said.append(line)
        progress(line)

    work = workplace(spec_path, heard)
    work.add_wheels()
    failed = "the difference could not be made out"
    work.cdk_run("diff", "--method=template", *work.app, failed=failed)
    written = _written(work)
    others = [name for name in project_stacks(work.aws, work.spec) if name not in written]
    return Diff(
        tuple(_stack(work, name, wanted) for name, wanted in written.items()),
        tuple(sorted(others)),
        "\n".join(itertools.dropwhile(lambda line: not _FIRST.search(line), said)),
    )


def _written(work: Workplace) -> dict[str, dict[str, Any]]:
    """The app's templates, by the names of their stacks."""
    try:
        manifest = json.loads((work.assembly / "manifest.json").read_text(encoding="utf-8"))
        return {
            name: json.loads(
                (work.assembly / about["properties"]["templateFile"]).read_text("utf-8")
            )
            for name, about in manifest["artifacts"].items()
            if about["type"] == "aws:cloudformation:stack"
        }
    except (OSError, ValueError, KeyError) as error:
        raise StorageError(f"{work.assembly}: no cloud assembly is there ({error})") from error


def _stack(work: Workplace, name: str, wanted: Mapping[str, Any]) -> StackDiff:
    from nova_rft.aws.stacks import template

    there = template(work.aws, name)
    return StackDiff(name, there is not None, tuple(changes(there or {}, wanted)))


def changes(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Change]:
    """What differs between two templates, but for metadata, which changes nothing in AWS."""
    for section, named in (("Resources", None), ("Outputs", "output")):
        before, after = there.get(section, {}), wanted.get(section, {})
        for key in [*before, *(key for key in after if key not in before)]:
            old, new = _plain(before.get(key)), _plain(after.get(key))
            if old == new:
                continue
            kind = named or (new or old or {}).get("Type", "")
            if old is None or new is None:
                yield Change(key, kind, "remove" if new is None else "add")
            else:
                yield Change(key, kind, "modify", tuple(_differing(old, new)))


def _plain(entry: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    kept = {key: value for key, value in entry.items() if key not in ("Metadata", "Properties")}
    return {**kept, **entry.get("Properties", {})}


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], at: str = "") -> Iterator[str]:
    for key in sorted({*old, *new}):
        one, other = old.get(key), new.get(key)
        if one == other:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from _differing(one, other, f"{at}{key}.")
        else:
            yield f"{at}{key}"
