"""`nova-rft judge`: what judges ask, quizzes for records, and whether a judge can be fooled."""

import typer

from nova_rft.cli.judge import criteria, probe, quiz

app = typer.Typer(help="Judges: criteria, quiz, probe.", no_args_is_help=True)
app.command()(criteria.criteria)
app.command()(quiz.quiz)
app.command()(probe.probe)

__all__ = ["app"]
