"""`nova-rft judge quiz`: quizzes made on the records' sources and written into them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nova_rft.cli._common import SPEC_FILE, JsonOption, SpecOption, console, print_json
from nova_rft.cli._spending import spending
from nova_rft.cli.judge._choose import JudgeOption, TermOption, choose

_SHOWN = 5


def quiz(
    records: Annotated[Path, typer.Argument(help="Training records, JSON Lines.")],
    out: Annotated[Path, typer.Option("--out", help="Where they are written with their quizzes.")],
    spec: SpecOption = SPEC_FILE,
    term: TermOption = None,
    judge: JudgeOption = None,
    json: JsonOption = False,
) -> None:
    """Write each record with a quiz on its source; a run that ended goes on where it was.

    A question is kept when the judge answers it rightly from the source and not from nothing. Exit
    status 1 when a record was left without a quiz.
    """
    from dataclasses import asdict

    from nova_rft.judge.quiz import write_quizzes
    from nova_rft.project import Project
    from nova_rft.spec import QuizTerm, parse_judge, single_judges

    project = Project.load(spec)
    chosen = parse_judge(judge) if judge else None
    quizzes = {
        t.name: t
        for t in single_judges(project.spec.required_reward.terms)
        if isinstance(t, QuizTerm)
    }
    settings = choose(quizzes, term, "quiz")
    models = project.judge_models(chosen)
    told = console()
    with told.status("making quizzes") as status:
        written = write_quizzes(
            settings,
            records,
            out,
            model=models(chosen or settings.model),
            writer=models(chosen or settings.writer or settings.model),
            progress=lambda so_far: status.update(f"{so_far.records:,} records written"),
        )
    if json:
        print_json(asdict(written))
    told.print(
        f"{out}: {written.records:,} records, {written.quizzed:,} with a quiz, "
        f"{written.questions:,} questions kept, {written.dropped:,} dropped",
        markup=False,
        soft_wrap=True,
    )
    if written.quizzed:
        told.print("The source itself scores 100% on each of them, an empty response 0%.")
    for number, reason in written.without[:_SHOWN]:
        told.print(f"{records}:{number}: no quiz: {reason}", markup=False, soft_wrap=True)
    if len(written.without) > _SHOWN:
        told.print(f"{len(written.without) - _SHOWN} more without a quiz; --json lists all")
    told.print(spending(models.totals, project.spec.required_reward), markup=False)
    if written.without:
        raise typer.Exit(1)
