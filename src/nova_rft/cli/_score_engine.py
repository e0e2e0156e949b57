"""`nova-rft score --engine`: many responses by an engine, with a ledger."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from nova_rft.cli._common import console
from nova_rft.cli._spending import spending

if TYPE_CHECKING:
    from nova_rft.project import Project
    from nova_rft.scale import Summary


def score_by_engine(
    project: Project, file: str, out: str | None, *, json: bool, **how: Any
) -> None:
    """Scores a file by an engine; exit status 1 where items could not be scored.

    Args:
        project: The project.
        file: Reward events, here or in S3.
        out: Where rows go, here or in S3; None: nowhere but with `json` to standard output.
        json: Print the list that the Lambda answers.
        **how: As `Project.scoring` takes them.
    """
    said = console()
    with (
        said.status("reading") as status,
        project.scoring(file, **how, say=lambda text: status.update(text)) as scoring,
    ):
        summary = scoring.run(
            lambda done, of: status.update(f"{done:,} of {of:,} responses have a row")
        )
        if out is not None:
            project.write_rows(scoring.rows(), out)
        if json:
            _stream(scoring.rows())
    show(summary, project, out)
    if summary.failed or any(cause in summary.abstained for cause in _passing()):
        raise typer.Exit(1)


def _passing() -> tuple[str, ...]:
    from nova_rft.scale import PASSING

    return tuple(map(str, PASSING))


def _stream(rows: Iterator[dict[str, Any]]) -> None:
    """The answer list as AWS's Lambda runtime writes it, item by item, so that memory stays flat."""
    from nova_rft.reward import to_json

    before = "["
    for row in rows:
        sys.stdout.write(before + to_json([row])[1:-1])
        before = ", "
    sys.stdout.write("]\n" if before == ", " else "[]\n")
    sys.stdout.flush()


def show(summary: Summary, project: Project, out: str | None) -> None:
    """What came of it, for people."""
    said = console()
    mean = f"{summary.reward:+.4f}" if summary.reward is not None else "none"
    abstained = sum(summary.abstained.values())
    said.print(f"{summary.items:,} rollouts, mean reward {mean}, {abstained:,} abstained")
    for name, value in summary.terms.items():
        said.print(f"  {name}: mean {value:+.4f}", markup=False)
    for cause, count in summary.abstained.items():
        said.print(f"  abstained, {cause}: {count:,}", markup=False)
    for note in summary.notes:
        said.print(note, markup=False)
    if summary.known:
        said.print(f"{summary.known:,} had a row from before, and cost nothing now", markup=False)
    spent = spending(summary.spent, project.spec.required_reward)
    if spent:
        said.print(f"{spent}, {summary.seconds:.0f} s", markup=False)
    if summary.unknown:
        said.print(f"what {summary.unknown:,} events took is not known", markup=False)
    if out is not None:
        said.print(f"{out}: {summary.items:,} rows", markup=False)
    if summary.failed:
        said.print(f"[yellow]{summary.failed:,} have no score[/]:", *summary.failures[:1])
    if summary.failed or any(cause in summary.abstained for cause in _passing()):
        said.print("the same command asks again for those, and for nothing else", markup=False)
