"""The reward: the Lambda's contract, and judge, verifiers and penalties composed into one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.outcome import Abstention, Cause, Outcome, Score
    from nova_rft.reward._answer import answer, to_json
    from nova_rft.reward._build import build_term
    from nova_rft.reward._costs import JudgeCalls, judge_calls
    from nova_rft.reward._event import BadItem, Item, MalformedEvent, read_event, read_item
    from nova_rft.reward._file import read_events, read_items, read_raw_events, read_raw_items
    from nova_rft.reward._function import RewardFunction
    from nova_rft.reward._models import JudgeModels, Models
    from nova_rft.reward._parallel import score_all
    from nova_rft.reward._records import Quizzes, check_records, check_records_for, count_quizzes
    from nova_rft.reward._references import check_terms
    from nova_rft.reward._resources import Resources
    from nova_rft.reward._score import Scored
    from nova_rft.reward._settle import RewardAbstained
    from nova_rft.reward._term import Term
    from nova_rft.reward._trace import is_trace, pack, read_trace, trace_rows

__all__ = [
    "Abstention",
    "BadItem",
    "Cause",
    "Item",
    "JudgeCalls",
    "JudgeModels",
    "MalformedEvent",
    "Models",
    "Outcome",
    "Quizzes",
    "Resources",
    "RewardAbstained",
    "RewardFunction",
    "Score",
    "Scored",
    "Term",
    "answer",
    "build_term",
    "check_records",
    "check_records_for",
    "check_terms",
    "count_quizzes",
    "is_trace",
    "judge_calls",
    "pack",
    "read_event",
    "read_events",
    "read_item",
    "read_items",
    "read_raw_events",
    "read_raw_items",
    "read_trace",
    "score_all",
    "to_json",
    "trace_rows",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.outcome": (
            "Abstention",
            "Cause",
            "Outcome",
            "Score",
        ),
        "nova_rft.reward._answer": (
            "answer",
            "to_json",
        ),
        "nova_rft.reward._build": ("build_term",),
        "nova_rft.reward._costs": (
            "JudgeCalls",
            "judge_calls",
        ),
        "nova_rft.reward._event": (
            "BadItem",
            "Item",
            "MalformedEvent",
            "read_event",
            "read_item",
        ),
        "nova_rft.reward._file": (
            "read_events",
            "read_items",
            "read_raw_events",
            "read_raw_items",
        ),
        "nova_rft.reward._function": ("RewardFunction",),
        "nova_rft.reward._models": (
            "JudgeModels",
            "Models",
        ),
        "nova_rft.reward._parallel": ("score_all",),
        "nova_rft.reward._records": (
            "Quizzes",
            "check_records",
            "check_records_for",
            "count_quizzes",
        ),
        "nova_rft.reward._references": ("check_terms",),
        "nova_rft.reward._resources": ("Resources",),
        "nova_rft.reward._score": ("Scored",),
        "nova_rft.reward._settle": ("RewardAbstained",),
        "nova_rft.reward._term": ("Term",),
        "nova_rft.reward._trace": (
            "is_trace",
            "pack",
            "read_trace",
            "trace_rows",
        ),
    },
)
