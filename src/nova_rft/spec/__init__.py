"""What the user asks for: models, loading, limits and capabilities as sourced tables."""

from nova_rft.spec._capabilities import CAPABILITIES, Capability, models_for
from nova_rft.spec._digest import canonical_json, digest
from nova_rft.spec._judge import (
    BedrockJudge,
    Criterion,
    JudgeModelSpec,
    OpenAIJudge,
    ReplayJudge,
    ScriptedJudge,
)
from nova_rft.spec._limits import RFT_RECORDS, Limit, Within
from nova_rft.spec._load import InvalidSpec, SpecProblem, load, parse, parse_judge
from nova_rft.spec._reward import (
    DETERMINISTIC_TERMS,
    LengthUnit,
    MathTerm,
    NGrams,
    OnAbstain,
    RepetitionTerm,
    RepetitionUnit,
    RewardSpec,
    RubricTerm,
    SoftOverlongTerm,
    TermSpec,
)
from nova_rft.spec._spec import DataSpec, RftTraining, Spec

__all__ = [
    "CAPABILITIES",
    "DETERMINISTIC_TERMS",
    "RFT_RECORDS",
    "BedrockJudge",
    "Capability",
    "Criterion",
    "DataSpec",
    "InvalidSpec",
    "JudgeModelSpec",
    "LengthUnit",
    "Limit",
    "MathTerm",
    "NGrams",
    "OnAbstain",
    "OpenAIJudge",
    "RepetitionTerm",
    "RepetitionUnit",
    "ReplayJudge",
    "RewardSpec",
    "RftTraining",
    "RubricTerm",
    "ScriptedJudge",
    "SoftOverlongTerm",
    "Spec",
    "SpecProblem",
    "TermSpec",
    "Within",
    "canonical_json",
    "digest",
    "load",
    "models_for",
    "parse",
    "parse_judge",
]
