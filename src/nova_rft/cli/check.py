"""`nova-rft check`: the spec and its records, every finding with its place."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nova_rft.cli._common import (
    SPEC_FILE,
    JsonOption,
    SpecArgument,
    console,
    print_json,
    say_deploy,
)
from nova_rft.cli._findings import print_findings

if TYPE_CHECKING:
    from nova_rft.data import Finding, RecordCheck
    from nova_rft.project import Project
    from nova_rft.reward import Quizzes


def check(
    spec: SpecArgument = SPEC_FILE,
    aws: Annotated[
        bool,
        typer.Option(
            "--aws",
            help="Also ask whether judge models may be used, and what SageMaker's hub allows today.",
        ),
    ] = False,
    deep: Annotated[
        bool,
        typer.Option(
            "--deep",
            help="Also what takes long: run every record's program, look for near duplicates and leaks.",
        ),
    ] = False,
    page: Annotated[
        Path | None,
        typer.Option(help="Write what was found in the training records, with pictures, as HTML."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Check the spec and its records; nothing is sent anywhere without --aws.

    Exit status 1 when a finding is an error.
    """
    findings, facts = _load(spec, aws, deep, page)
    if json:
        print_json({"findings": [finding.as_dict() for finding in findings], **facts})
    else:
        _print(findings, facts)
        _say_next(findings, facts, spec)
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(1)


def _load(
    spec: Path, aws: bool, deep: bool, page: Path | None
) -> tuple[list[Finding], dict[str, Any]]:
    from nova_rft.data import Finding
    from nova_rft.project import Project
    from nova_rft.spec import InvalidSpec, digest

    try:
        project = Project.load(spec)
    except InvalidSpec as invalid:
        return [
            Finding(p.file, p.line, p.path, "spec", "error", p.message) for p in invalid.problems
        ], {}
    checks = project.check(deep=deep)
    findings = project.check_terms()
    findings += [finding for _, checked in checks for finding in checked.findings]
    if page is not None:
        train = project.spec.data.train
        written = project.data_page(dict(checks)[train].findings, page)
        console().print(f"page: {written}", markup=False, soft_wrap=True)
    if aws:
        findings += project.check_judges()
        findings += project.check_hyperparameters()
    samples = project.spec.training.rollouts_per_prompt
    facts = {
        "samples_per_prompt": samples,
        "judge_calls": [asdict(calls) for calls in project.judge_calls()],
        "quizzes": [asdict(quizzes) for quizzes in _quizzes(project)],
        "records": {name: checked.records for name, checked in checks if not _missing(checked)},
        "training": {
            name: {"value": value, "said": said}
            for name, (value, said) in project.hyperparameters().items()
        },
        "spec_digest": digest(project.spec),
        "reward_digest": digest(project.spec.reward) if project.spec.reward else None,
    }
    return findings, facts


def _missing(checked: RecordCheck) -> bool:
    return any(finding.rule == "data.missing" for finding in checked.findings)


def _quizzes(project: Project) -> list[Quizzes]:
    from nova_rft.errors import UsageError

    try:
        return project.quizzes()
    except UsageError:
        return []  # That the file is missing is a finding already.


def _print(findings: list[Finding], facts: dict[str, Any]) -> None:
    out = console()
    print_findings(findings)
    for name, count in facts.get("records", {}).items():
        out.print(f"{name}: {count:,} records", markup=False)
    _print_training(facts)
    _print_calls(facts)
    for quizzes in facts.get("quizzes", []):
        out.print(
            f"quizzes for {quizzes['term']}: {quizzes['records']:,} records bring one; for "
            f"{quizzes['proven']:,} of them the source scores 100% and an empty response 0%"
            + (f"; {quizzes['missing']:,} bring none" if quizzes["missing"] else ""),
            markup=False,
            soft_wrap=True,
        )


def _say_next(findings: list[Finding], facts: dict[str, Any], spec: Path) -> None:
    out = console()
    if findings:
        out.print(f"[bold]{len(findings):,} finding{'s' if len(findings) > 1 else ''}[/]")
        if any(finding.severity == "error" for finding in findings):
            out.print("Next: mend the errors, and check again.")
            return
    good = "" if findings else "[green]No findings.[/] "
    say_deploy(spec, good)
    if facts["reward_digest"]:
        people = "nova-rft calibrate, for the judge, and " if facts["judge_calls"] else ""
        out.print(f"Before money is spent: {people}nova-rft rehearse")


def _print_training(facts: dict[str, Any]) -> None:
    """What the job will be told, and what holds where it is told nothing."""
    training = facts.get("training", {})
    for said, what in ((True, "training"), (False, "left to the service")):
        values = [
            f"{name} {_shown(one['value'])}"
            for name, one in training.items()
            if one["said"] is said
        ]
        if values:
            console().print(f"{what}: {', '.join(values)}", markup=False, soft_wrap=True)


def _shown(value: Any) -> str:
    if value is None:
        return "(its own)"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _print_calls(facts: dict[str, Any]) -> None:
    samples = facts.get("samples_per_prompt")
    whom = f"the {samples} rollouts of a prompt" if samples else "each rollout of a prompt"
    for calls in facts.get("judge_calls", []):
        once = ""
        if calls["per_source"]:
            once = f", and {calls['per_source']} or more once for a source without a quiz"
        console().print(
            f"judge calls of {calls['term']} for {whom}: {calls['per_prompt']:,}{once}",
            markup=False,
            soft_wrap=True,
        )
