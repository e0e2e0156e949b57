"""Graders of OpenAI's API that ask a model, and the templates that all of its graders are written in."""

from nova_rft.judge.grader._ask import ask_graders
from nova_rft.judge.grader._template import Unfilled, fill, names_of, problems_of

__all__ = ["Unfilled", "ask_graders", "fill", "names_of", "problems_of"]
