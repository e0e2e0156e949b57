"""The rubric judge: a number for one response by defined criteria."""

from nova_rft.judge.rubric._judge import RubricJudge
from nova_rft.judge.rubric._prompt import RUBRIC_TOOL, rubric_request
from nova_rft.judge.rubric._read import Verdict, read_verdicts
from nova_rft.judge.rubric._record import UnreadableCriteria, criteria_of, record_criteria
from nova_rft.judge.rubric._value import Reading, Value, rubric_value, vote

__all__ = [
    "RUBRIC_TOOL",
    "Reading",
    "RubricJudge",
    "UnreadableCriteria",
    "Value",
    "Verdict",
    "criteria_of",
    "read_verdicts",
    "record_criteria",
    "rubric_request",
    "rubric_value",
    "vote",
]
