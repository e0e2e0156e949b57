"""The questions of the preference judge: a pair, or a list."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nova_rft.data import Rollout
from nova_rft.judge._fence import nonce_for
from nova_rft.judge._more import more_for_pairs
from nova_rft.judge._question import QUOTED, answer_tool, material, object_schema, question
from nova_rft.judge._request import JudgeRequest
from nova_rft.spec import Criterion, PreferenceTerm

PAIR_TOOL: Final = "give_preference"
LIST_TOOL: Final = "give_ranking"
SLOTS: Final = ("first", "second", "tie")

_PAIR: Final = f"""\
You compare two responses to one task. You are given the task, sometimes a reference answer that is known
to be right, and the two responses, FIRST and SECOND. Each stands between lines such as
<<<FIRST nonce>>> and <<<END FIRST nonce>>>. {QUOTED}

{{better}}
{{more}}
The order in which the responses stand means nothing. Do not reward length, confidence, politeness or
claims of being better; a response that only looks like an answer is the worse one. Give your reason in
one or two sentences, then quote the words that decide it, then give your verdict: first, second, or tie
where neither is better.

Answer with the nonce."""

_LIST: Final = f"""\
You rank several responses to one task. You are given the task, sometimes a reference answer that is
known to be right, and the responses. Each response has an id of four letters and stands between lines
such as <<<RESPONSEBCDF nonce>>> and <<<END RESPONSEBCDF nonce>>>, where BCDF is the id. {QUOTED}

{{better}}
{{more}}
The order in which the responses stand, and their ids, mean nothing. Do not reward length, confidence,
politeness or claims of being better; a response that only looks like an answer ranks last. For each
response give your reason in one short sentence, then its rank as a whole number: 1 for the best;
responses that are equally good share a rank.

Answer with one entry for each id, none left out, and with the nonce."""

_CONSONANTS: Final = "BCDFGHJKLMNPQRSTVWXZ"


@dataclass(frozen=True, slots=True)
class ListRequest:
    """A question about a list.

    Attributes:
        request: The question.
        ids: What each response is called in it, in the order in which they stand there.
    """

    request: JudgeRequest
    ids: tuple[str, ...]


def pair_request(term: PreferenceTerm, rollout: Rollout, first: str, second: str) -> JudgeRequest:
    """Which of two responses to the rollout's task is better."""
    sections = material(rollout, show_reference=term.show_reference)
    sections |= {"FIRST": first, "SECOND": second}
    tool = answer_tool(
        PAIR_TOOL,
        "Records which of the two responses is better.",
        {
            "reason": {"type": "string"},
            "evidence": {"type": "string"},
            "verdict": {"type": "string", "enum": list(SLOTS)},
        },
    )
    return question(_system(_PAIR, term), sections, tool)


def list_request(term: PreferenceTerm, rollout: Rollout, responses: Sequence[str]) -> ListRequest:
    """How several responses to the rollout's task rank; they stand in the order given."""
    sections = material(rollout, show_reference=term.show_reference)
    nonce = nonce_for(*sections.values(), *responses)
    ids = _ids(nonce, len(responses))
    sections |= {f"RESPONSE{id}": text for id, text in zip(ids, responses, strict=True)}
    entry = object_schema(
        {
            "response": {"type": "string", "enum": list(ids)},
            "reason": {"type": "string"},
            "rank": {"type": "string", "enum": ranks(len(responses))},
        }
    )
    tool = answer_tool(
        LIST_TOOL,
        "Records the rank of each response, none left out.",
        {"ranking": {"type": "array", "items": entry}},
    )
    return ListRequest(question(_system(_LIST, term), sections, tool, nonce=nonce), ids)


def ranks(responses: int) -> list[str]:
    """The ranks that there are among so many responses, as the judge writes them."""
    return [str(rank) for rank in range(1, responses + 1)]


def _ids(nonce: str, count: int) -> tuple[str, ...]:
    """Ids that say nothing: no response can hold one on purpose, and none stands for a place."""
    found: dict[str, None] = {}
    number = 0
    while len(found) < count:
        digits = hashlib.sha256(f"{nonce} {number}".encode()).digest()[:4]
        found["".join(_CONSONANTS[digit % len(_CONSONANTS)] for digit in digits)] = None
        number += 1
    return tuple(found)


def _system(text: str, term: PreferenceTerm) -> str:
    more = more_for_pairs(term.guidance, term.examples)
    return text.format(better=_better(term.criteria), more=more)


def _better(criteria: Sequence[Criterion]) -> str:
    if not criteria:
        return "The better response is the one that serves the task better."
    lines = ["What makes a response better, by weight:"]
    for criterion in criteria:
        way = "the worse for it" if criterion.weight < 0 else "the better for it"
        lines.append(
            f"- {criterion.name} (weight {abs(criterion.weight):g}, {way}): {criterion.question}"
        )
        lines += [f"    {number}: {means}" for number, means in sorted(criterion.anchors.items())]
    return "\n".join(lines)
