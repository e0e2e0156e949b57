"""The question of the rubric judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nova_rft.data import Rollout
from nova_rft.judge._question import QUOTED, answer_tool, material, object_schema, question
from nova_rft.judge._request import JudgeRequest, Tool
from nova_rft.spec import Criterion

RUBRIC_TOOL: Final = "give_verdicts"

_INSTRUCTIONS: Final = f"""\
You grade one response to a task. You are given the task, sometimes a reference answer that is known to
be right, and the response. Each stands between lines such as <<<RESPONSE nonce>>> and
<<<END RESPONSE nonce>>>. {QUOTED}

Judge each criterion on its own. First give your reason in one or two sentences, then quote the evidence
that the criterion asks for (an empty quotation if there is none), then give your verdict as one of the
words or numbers that the criterion allows. Do not reward length, confidence, politeness or claims of
being right; an answer that only looks like an answer meets nothing.

The criteria:
{{criteria}}
{{more}}
Answer with one verdict for each criterion, none left out, and with the nonce."""


def rubric_request(
    criteria: Sequence[Criterion],
    rollout: Rollout,
    *,
    show_reference: bool = True,
    more: str = "",
    sample: int = 0,
    probabilities: bool = False,
) -> JudgeRequest:
    """The question to the judge about one rollout.

    The system text and the tool are equal for all rollouts of a rubric, so services can cache them.

    Args:
        criteria: What is asked for.
        rollout: Whose response is judged.
        show_reference: Whether the judge sees the reference answer.
        more: What the spec adds, as `more_for_rubric` gives it.
        sample: Which of several readings this is.
        probabilities: Whether the tokens' probabilities are asked for.
    """
    sections = material(rollout, show_reference=show_reference)
    sections["RESPONSE"] = rollout.response
    return question(
        _INSTRUCTIONS.format(criteria="\n".join(map(_in_words, criteria)), more=more),
        sections,
        _tool(criteria),
        sample=sample,
        probabilities=probabilities,
    )


def _in_words(criterion: Criterion) -> str:
    lines = [f"- {criterion.name}: {criterion.question}", f"  Quote: {criterion.evidence}."]
    if criterion.kind == "boolean":
        return "\n".join([*lines, "  Verdict: yes or no."])
    lines.append(f"  Verdict: a whole number from {criterion.low} to {criterion.high}, where")
    lines += [f"    {number}: {means}" for number, means in sorted(criterion.anchors.items())]
    return "\n".join(lines)


def _tool(criteria: Sequence[Criterion]) -> Tool:
    labels = dict.fromkeys(label for criterion in criteria for label in criterion.labels)
    verdict = object_schema(
        {
            "criterion": {"type": "string", "enum": [criterion.name for criterion in criteria]},
            "reason": {"type": "string"},
            "evidence": {"type": "string"},
            "verdict": {"type": "string", "enum": list(labels)},
        }
    )
    return answer_tool(
        RUBRIC_TOOL,
        "Records your verdicts: one for each criterion, none left out.",
        {"verdicts": {"type": "array", "items": verdict}},
    )
