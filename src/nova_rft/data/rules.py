"""Every rule that records are held to: one table, with its sources."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from nova_rft.data._finding import Severity

TECHNIQUES: Final = ("rft", "sft", "dpo", "cpt", "distillation", "evaluation")
_CONVERSE: Final = ("sft", "dpo", "distillation")
_READ: Final = "2026-11-01"
_BEDROCK: Final = f"Bedrock User Guide, preparing data for fine-tuning Nova ({_READ})"
_RFT: Final = f"Bedrock User Guide, reinforcement fine-tuning: datasets ({_READ})"
_NOVA: Final = f"Nova User Guide, data preparation ({_READ})"
_TOOLKIT: Final = "aws/nova-forge-sdk 1.4.10, dataset validators (2026-11-24)"
_RECIPES: Final = f"aws/sagemaker-hyperpod-recipes, Nova recipes ({_READ})"
_EVALUATION: Final = f"Bedrock User Guide, model evaluation: prompt datasets ({_READ})"
_OWN_EVALUATION: Final = f"Nova User Guide, evaluating on one's own dataset: gen_qa ({_READ})"
_JSON: Final = "RFC 8259"
_OURS: Final = "nova_rft: what a training set needs to mean what it says"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        id: Such as `rft.no_user_turn`.
        severity: `error` stops a submission, `warning` does not.
        text: What is right.
        source: Where that is written down.
        techniques: To whose records it applies.
    """

    id: str
    severity: Severity
    text: str
    source: str
    techniques: tuple[str, ...] = TECHNIQUES

    def as_dict(self) -> dict[str, Any]:
        """The rule as documented for `data rules --json`."""
        return {**asdict(self), "techniques": list(self.techniques)}


def _rules(*rules: Rule) -> dict[str, Rule]:
    return {rule.id: rule for rule in rules}


RULES: Final = _rules(
    # Of a file.
    Rule("file.encoding", "error", "The file is UTF-8.", _JSON),
    Rule(
        "file.bom", "warning", "The file begins with a record, not with a byte order mark.", _JSON
    ),
    Rule("file.crlf", "warning", "Lines end with a line feed alone.", "JSON Lines, jsonlines.org"),
    Rule("file.line_length", "error", "A line has at most 10,000,000 bytes.", _OURS),
    Rule("file.empty", "error", "The file holds records.", _OURS),
    Rule(
        "file.format",
        "warning",
        "Services take JSON Lines; another format is converted before it is sent.",
        _BEDROCK,
    ),
    Rule(
        "table.row", "error", "Each row has the head's columns, with values that JSON has.", _OURS
    ),
    Rule("shape.needs", "error", "Each record has what its new shape needs.", _OURS),
    Rule("shape.lost", "warning", "All of a record has a place in its new shape.", _OURS),
    Rule("shape.left_out", "warning", "Each entry of a log is an example.", _OURS),
    Rule("json.invalid", "error", "Each line is one JSON value.", _JSON),
    Rule("json.object", "error", "Each record is a JSON object.", _BEDROCK),
    Rule("text.nul", "error", "No text holds a NUL character.", _OURS),
    # Of all records.
    Rule("record.twice", "warning", "No two records are equal, ids aside.", _OURS),
    Rule("record.id_twice", "error", "Ids are unique.", _RFT),
    Rule("deep.leak", "warning", "No validation prompt is among the training prompts.", _OURS),
    Rule(
        "deep.near_leak",
        "warning",
        "No validation prompt is nearly a training prompt (Jaccard of 3-word runs from 0.8).",
        _OURS,
    ),
    Rule(
        "deep.near_twice",
        "warning",
        "No two records say nearly the same (Jaccard of 3-word runs from 0.8).",
        _OURS,
    ),
    Rule(
        "deep.contradiction",
        "warning",
        "No two pairs of one prompt prefer opposite answers.",
        _OURS,
        ("dpo",),
    ),
    # RFT.
    Rule(
        "rft.messages", "error", "`messages` is a list of turns with role and text.", _RFT, ("rft",)
    ),
    Rule(
        "rft.role", "error", "Roles are system, developer, user, assistant, tool.", _RFT, ("rft",)
    ),
    Rule("rft.empty", "error", "Every turn but the assistant's has text.", _RFT, ("rft",)),
    Rule("rft.no_user_turn", "error", "A user turn asks something.", _RFT, ("rft",)),
    Rule("rft.last_turn", "error", "The last turn is not the assistant's.", _RFT, ("rft",)),
    Rule("rft.id", "error", "`id` is a text.", _RFT, ("rft",)),
    Rule(
        "rft.tools",
        "error",
        "`tools` lists functions with name, description and parameters, each name once.",
        f"{_RFT}; {_TOOLKIT}",
        ("rft",),
    ),
    Rule(
        "rft.system_first", "warning", "A system turn stands before all others.", _TOOLKIT, ("rft",)
    ),
    Rule("rft.tokens", "warning", "A prompt fits into `max_prompt_length`.", _OURS, ("rft",)),
    Rule(
        "rft.reference",
        "error",
        "`reference_answer` is there where a term needs it.",
        _OURS,
        ("rft",),
    ),
    Rule("rft.count", "error", "A training set has 100 to 20,000 records.", _RFT, ("rft",)),
    # Converse: SFT, DPO, distillation.
    Rule(
        "converse.schema_version",
        "error",
        "`schemaVersion` is bedrock-conversation-2024.",
        _BEDROCK,
        _CONVERSE,
    ),
    Rule("converse.system", "error", "`system` is a list of text blocks.", _BEDROCK, _CONVERSE),
    Rule(
        "converse.messages",
        "error",
        "`messages` is a list of turns with content blocks.",
        _BEDROCK,
        _CONVERSE,
    ),
    Rule("converse.role", "error", "Roles are user and assistant.", _BEDROCK, _CONVERSE),
    Rule("converse.order", "error", "Turns alternate, and the user begins.", _BEDROCK, _CONVERSE),
    Rule(
        "converse.last_turn", "error", "The last turn is the assistant's.", _BEDROCK, ("sft", "dpo")
    ),
    Rule(
        "converse.content",
        "error",
        "Content is a list of blocks of known kinds.",
        _BEDROCK,
        _CONVERSE,
    ),
    Rule(
        "converse.empty",
        "error",
        "Every text has characters that can be seen.",
        _BEDROCK,
        _CONVERSE,
    ),
    Rule(
        "converse.reasoning",
        "error",
        "Reasoning content stands in assistant turns, and Nova 2 alone takes it.",
        _NOVA,
        _CONVERSE,
    ),
    Rule(
        "converse.media",
        "error",
        "Media go to models that take them: one kind a turn, at most 10 images or 1 video, from S3.",
        _NOVA,
        _CONVERSE,
    ),
    Rule(
        "converse.reserved",
        "error",
        "No text holds User:, Bot:, Assistant:, System:, [EOS], <image> or <video>.",
        _NOVA,
        _CONVERSE,
    ),
    Rule(
        "converse.suspect",
        "warning",
        "No text holds SYSTEM:, USER:, BOT:, ASSISTANT:, Thought: or <unk>.",
        _TOOLKIT,
        _CONVERSE,
    ),
    Rule(
        "converse.tools",
        "error",
        "Calls name tools of `toolConfig`, each id once; results follow their calls.",
        f"{_NOVA}; {_TOOLKIT}",
        _CONVERSE,
    ),
    Rule(
        "converse.field",
        "warning",
        "A record has schemaVersion, system, messages and toolConfig alone.",
        _TOOLKIT,
        _CONVERSE,
    ),
    Rule(
        "sft.count",
        "error",
        "Nova 1 takes 8 to 20,000 records, Nova 2 Lite 200 to 20,000.",
        _BEDROCK,
        ("sft",),
    ),
    Rule(
        "sft.validation",
        "error",
        "On Bedrock Nova 2 Lite takes no validation set for SFT.",
        _BEDROCK,
        ("sft",),
    ),
    Rule(
        "dpo.candidates",
        "error",
        "The last turn has one preferred and one non-preferred candidate.",
        _RECIPES,
        ("dpo",),
    ),
    Rule("dpo.same", "error", "The candidates differ.", _OURS, ("dpo",)),
    Rule("dpo.model", "error", "Nova 1 alone takes DPO.", _RECIPES, ("dpo",)),
    Rule("dpo.count", "warning", "At least 1,000 pairs are advised.", _RECIPES, ("dpo",)),
    Rule(
        "distillation.count",
        "error",
        "Bedrock takes 100 to 15,000 prompts, recipes 20,000.",
        _BEDROCK,
        ("distillation",),
    ),
    Rule(
        "distillation.line",
        "error",
        "In recipes a line has at most 180 KB.",
        _RECIPES,
        ("distillation",),
    ),
    Rule(
        "evaluation.prompt",
        "error",
        "`prompt` is a text; on SageMaker `query` and `response` are.",
        f"{_EVALUATION}; {_OWN_EVALUATION}",
        ("evaluation",),
    ),
    Rule(
        "evaluation.field",
        "error",
        "The other fields are known ones, each a text that is not empty.",
        f"{_EVALUATION}; {_OWN_EVALUATION}",
        ("evaluation",),
    ),
    Rule(
        "evaluation.responses",
        "error",
        "`modelResponses` is one object with `response` and `modelIdentifier`.",
        _EVALUATION,
        ("evaluation",),
    ),
    Rule(
        "evaluation.count",
        "error",
        "A Bedrock evaluation takes at most 1,000 prompts.",
        _EVALUATION,
        ("evaluation",),
    ),
    Rule("cpt.field", "warning", "A record has `text` alone.", _TOOLKIT, ("cpt",)),
    Rule("cpt.text", "error", "`text` is a text that is not empty.", _RECIPES, ("cpt",)),
)
