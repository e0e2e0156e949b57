"""The quiz judge: the share of questions on the source that the response answers."""

from nova_rft.judge.quiz._judge import QuizJudge
from nova_rft.judge.quiz._source import source_problem

__all__ = ["QuizJudge", "source_problem"]
