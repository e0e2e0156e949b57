"""Base, custom and other models compared on held-out records: sampled, measured, tested, told."""

from nova_rft.evaluate._answering import Answering
from nova_rft.evaluate._bedrock import BedrockJob, Wanted, bedrock_measure, read_scores, wanted_job
from nova_rft.evaluate._bill import Bill, bill_of
from nova_rft.evaluate._compare import Comparison
from nova_rft.evaluate._conclude import conclude, slice_labels
from nova_rft.evaluate._contender import BASE, CUSTOM, Contender, check_names, priced
from nova_rft.evaluate._evaluation import (
    Contrast,
    Evaluation,
    Example,
    ModelFacts,
    passed,
    unmet,
)
from nova_rft.evaluate._facts import model_facts
from nova_rft.evaluate._gain import Gain, How, gains
from nova_rft.evaluate._judge import JudgeFacts, facts_of, grading
from nova_rft.evaluate._leaks import check_leaks
from nova_rft.evaluate._measured import Measured, measured
from nova_rft.evaluate._pairs import Wins
from nova_rft.evaluate._plan import Plan, plan_of
from nova_rft.evaluate._production import Beside, Followed, beside, followed
from nova_rft.evaluate._records import question_of
from nova_rft.evaluate._sampling import Part, Sampling
from nova_rft.evaluate._until import OutOfTime, Until
from nova_rft.evaluate._verdict import Finding, SkillResult, Verdict

__all__ = [
    "BASE",
    "CUSTOM",
    "Answering",
    "BedrockJob",
    "Beside",
    "Bill",
    "Comparison",
    "Contender",
    "Contrast",
    "Evaluation",
    "Example",
    "Finding",
    "Followed",
    "Gain",
    "How",
    "JudgeFacts",
    "Measured",
    "ModelFacts",
    "OutOfTime",
    "Part",
    "Plan",
    "Sampling",
    "SkillResult",
    "Until",
    "Verdict",
    "Wanted",
    "Wins",
    "bedrock_measure",
    "beside",
    "bill_of",
    "check_leaks",
    "check_names",
    "conclude",
    "facts_of",
    "followed",
    "gains",
    "grading",
    "measured",
    "model_facts",
    "passed",
    "plan_of",
    "priced",
    "question_of",
    "read_scores",
    "slice_labels",
    "unmet",
    "wanted_job",
]
