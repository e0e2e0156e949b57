"""The quiz judge: the share of questions on the source that the response answers."""

from nova_rft.judge.quiz._file import Written, write_quizzes
from nova_rft.judge.quiz._judge import QuizJudge
from nova_rft.judge.quiz._make import make_quizzes
from nova_rft.judge.quiz._prompt import ANSWER_TOOL
from nova_rft.judge.quiz._quiz import Question, Quiz, UnreadableQuiz, read_quiz
from nova_rft.judge.quiz._source import quiz_problem, ready_quiz, source_of

__all__ = [
    "ANSWER_TOOL",
    "Question",
    "Quiz",
    "QuizJudge",
    "UnreadableQuiz",
    "Written",
    "make_quizzes",
    "quiz_problem",
    "read_quiz",
    "ready_quiz",
    "source_of",
    "write_quizzes",
]
