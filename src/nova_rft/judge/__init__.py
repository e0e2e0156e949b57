"""Judging: rubrics, verdicts that cannot be forged, and judge models behind one protocol.

A judge model is anything with `JudgeModel`'s three members; the one on Bedrock lives in
`nova_rft.aws`, since only that package speaks to AWS.
"""

from nova_rft.judge._ask import ask_all
from nova_rft.judge._model import JudgeModel, JudgeReply, JudgeRequest, Tool, Usage
from nova_rft.judge._openai import OpenAIModel
from nova_rft.judge._replay import RecordingModel, ReplayModel
from nova_rft.judge._rubric import (
    UnreadableVerdict,
    Verdict,
    read_verdicts,
    rubric_request,
    rubric_value,
)
from nova_rft.judge._scripted import ScriptedModel

__all__ = [
    "JudgeModel",
    "JudgeReply",
    "JudgeRequest",
    "OpenAIModel",
    "RecordingModel",
    "ReplayModel",
    "ScriptedModel",
    "Tool",
    "UnreadableVerdict",
    "Usage",
    "Verdict",
    "ask_all",
    "read_verdicts",
    "rubric_request",
    "rubric_value",
]
