"""What the user asks for: models, loading, limits and capabilities as sourced tables."""

from nova_rft.spec._capabilities import (
    CAPABILITIES,
    PROFILE_GEOGRAPHIES,
    Capability,
    models_for,
)
from nova_rft.spec._criteria import Criterion, clashes, from_library, nothing_to_earn
from nova_rft.spec._digest import canonical_json, digest
from nova_rft.spec._families import MODEL_FAMILIES, ModelFamily, family_of
from nova_rft.spec._judges import (
    JUDGE_TERMS,
    JudgeTerm,
    JuryTerm,
    PreferenceTerm,
    QuizTerm,
    RubricTerm,
    judge_models_of,
    single_judges,
    with_models,
)
from nova_rft.spec._library import CRITERIA
from nova_rft.spec._limits import RFT_RECORDS, Limit, Within
from nova_rft.spec._load import InvalidSpec, SpecProblem, load, parse, parse_judge
from nova_rft.spec._models import (
    BedrockJudge,
    Budget,
    JudgeModelSpec,
    OpenAIJudge,
    Price,
    ReplayJudge,
    ScriptedJudge,
)
from nova_rft.spec._reward import (
    DETERMINISTIC_TERMS,
    LengthUnit,
    MathTerm,
    NGrams,
    OnAbstain,
    RepetitionTerm,
    RepetitionUnit,
    RewardSpec,
    SoftOverlongTerm,
    TermSpec,
)
from nova_rft.spec._spec import DataSpec, RftTraining, Spec

__all__ = [
    "CAPABILITIES",
    "CRITERIA",
    "DETERMINISTIC_TERMS",
    "JUDGE_TERMS",
    "MODEL_FAMILIES",
    "PROFILE_GEOGRAPHIES",
    "RFT_RECORDS",
    "BedrockJudge",
    "Budget",
    "Capability",
    "Criterion",
    "DataSpec",
    "InvalidSpec",
    "JudgeModelSpec",
    "JudgeTerm",
    "JuryTerm",
    "LengthUnit",
    "Limit",
    "MathTerm",
    "ModelFamily",
    "NGrams",
    "OnAbstain",
    "OpenAIJudge",
    "PreferenceTerm",
    "Price",
    "QuizTerm",
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
    "clashes",
    "digest",
    "family_of",
    "from_library",
    "judge_models_of",
    "load",
    "models_for",
    "nothing_to_earn",
    "parse",
    "parse_judge",
    "single_judges",
    "with_models",
]
