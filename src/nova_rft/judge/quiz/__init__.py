"""The quiz judge: the share of questions on the source that the response answers."""

from nova_rft.judge.quiz._judge import QuizJudge

__all__ = ["QuizJudge"]
