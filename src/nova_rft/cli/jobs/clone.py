"""`nova-rft jobs clone`: an earlier job's spec, with changes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, print_json
from nova_rft.errors import UsageError


def clone(
    name: Annotated[
        str | None, typer.Argument(help="The earlier job; by default the newest.")
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="A change, such as training.learning_rate=1e-5; KEY= leaves a key out."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the changed spec there instead of submitting it.")
    ] = None,
    spec: SpecOption = SPEC_FILE,
    json: JsonOption = False,
) -> None:
    """Submit an earlier job again with changes; its spec and records are read from AWS."""
    from nova_rft.project import Project

    cloned = Project.load(spec).clone(name, dict(map(_change, change or ())))
    if out is not None:
        _write(cloned.spec.model_dump(mode="json", exclude_none=True), out)
        console().print(
            f"Written: {out}. Next: nova-rft submit {out}", markup=False, soft_wrap=True
        )
        return
    with console().status("submitting") as status:
        handle = cloned.submit(progress=status.update)
    if json:
        print_json({"created": handle.created, "job": handle.job.as_dict()})
        return
    word = "Submitted" if handle.created else "Already submitted"
    console().print(f"[green]{word}[/] {handle.name} ({handle.job.status})")


def _change(text: str) -> tuple[str, Any]:
    """A dotted key and its value, read as YAML reads it."""
    from nova_rft.spec import YamlProblem, yaml_value

    key, equals, value = text.partition("=")
    if not key or not equals:
        raise UsageError(f"--set {text}: no change; write KEY=VALUE, such as training.epochs=2")
    try:
        return key, yaml_value(value) if value else None
    except YamlProblem as problem:
        raise UsageError(f"--set {text}: {value} is no value: {problem.what}") from None


def _write(tree: dict[str, Any], out: Path) -> None:
    from nova_rft.files import write_whole
    from nova_rft.spec import yaml_text

    write_whole(out, yaml_text(tree))
