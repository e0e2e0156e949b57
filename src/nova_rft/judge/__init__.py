"""Judging: rubrics, preferences, quizzes and juries, with verdicts that cannot be forged.

    judge = RubricJudge(RubricTerm.model_validate({...}), model)
    outcomes = judge.score(rollouts)

A judge model is anything with `JudgeModel`'s three members; the one on Bedrock lives in
`nova_rft.aws`, since only that package speaks to AWS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.judge._ask import ask_all
    from nova_rft.judge._fence import fence, nonce_for, read_fenced
    from nova_rft.judge._free import free_question
    from nova_rft.judge._judge import Judge
    from nova_rft.judge._jury import Jury
    from nova_rft.judge._reading import UnreadableVerdict
    from nova_rft.judge._request import (
        Form,
        JudgeModel,
        JudgeReply,
        JudgeRequest,
        Token,
        Tool,
        Usage,
    )
    from nova_rft.judge.models import OpenAIModel, RecordingModel, ReplayModel, ScriptedModel
    from nova_rft.judge.preference import PreferenceJudge
    from nova_rft.judge.quiz import QuizJudge
    from nova_rft.judge.rubric import RubricJudge

__all__ = [
    "Form",
    "Judge",
    "JudgeModel",
    "JudgeReply",
    "JudgeRequest",
    "Jury",
    "OpenAIModel",
    "PreferenceJudge",
    "QuizJudge",
    "RecordingModel",
    "ReplayModel",
    "RubricJudge",
    "ScriptedModel",
    "Token",
    "Tool",
    "UnreadableVerdict",
    "Usage",
    "ask_all",
    "fence",
    "free_question",
    "nonce_for",
    "read_fenced",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.judge._ask": ("ask_all",),
        "nova_rft.judge._free": ("free_question",),
        "nova_rft.judge._fence": (
            "fence",
            "nonce_for",
            "read_fenced",
        ),
        "nova_rft.judge._judge": ("Judge",),
        "nova_rft.judge._jury": ("Jury",),
        "nova_rft.judge._reading": ("UnreadableVerdict",),
        "nova_rft.judge._request": (
            "Form",
            "JudgeModel",
            "JudgeReply",
            "JudgeRequest",
            "Token",
            "Tool",
            "Usage",
        ),
        "nova_rft.judge.models": (
            "OpenAIModel",
            "RecordingModel",
            "ReplayModel",
            "ScriptedModel",
        ),
        "nova_rft.judge.preference": ("PreferenceJudge",),
        "nova_rft.judge.quiz": ("QuizJudge",),
        "nova_rft.judge.rubric": ("RubricJudge",),
    },
)
