"""`nova-rft judge`: what judges ask, quizzes for records, and whether a judge can be fooled."""

import typer

from nova_rft.cli._examples import Examples, command
from nova_rft.cli.judge import criteria, probe, quiz

app = typer.Typer(
    help="Judges: criteria, quiz, probe.",
    epilog=Examples("nova-rft judge criteria", "nova-rft judge probe --prompts 5"),
    no_args_is_help=True,
)
command(app, "nova-rft judge criteria")(criteria.criteria)
command(app, "nova-rft judge quiz data/train.jsonl --out quizzed.jsonl")(quiz.quiz)
command(app, "nova-rft judge probe --prompts 5")(probe.probe)

__all__ = ["app"]
