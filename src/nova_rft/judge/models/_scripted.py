"""The scripted judge: surface rules instead of a model, for tests and for work without credentials.

A criterion counts as met when the response uses enough of the task's own words and numbers; how many
is enough differs between criteria (by a checksum of the name), so that verdicts differ too. That is no
judgement of quality, and every reply says so.
"""

from __future__ import annotations

import re
import zlib
from typing import Any, Final

from nova_rft.judge._fence import read_fenced
from nova_rft.judge._request import JudgeReply, JudgeRequest, Usage

NOTICE: Final = "scripted judge: surface rules, no model has read this"
_SCALE = re.compile(r"a whole number from (-?\d+) to (-?\d+), where")
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]{4,}")


class ScriptedModel:
    """A `JudgeModel` that needs no service and always answers the same."""

    name = "scripted"
    concurrency = 1

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """Answers at once; see the module's text for the rule."""
        _, sections = read_fenced(request.user)
        share, response = _overlap(sections.get("TASK", ""), sections.get("RESPONSE", ""))
        verdicts = [
            _verdict(name, labels, share, response) for name, labels in _criteria(request).items()
        ]
        return JudgeReply(
            call={"nonce": request.nonce, "verdicts": verdicts},
            text=NOTICE,
            usage=Usage(_tokens(request.system) + _tokens(request.user), 40 * len(verdicts)),
            stop_reason="tool_use",
        )


def _overlap(task: str, response: str) -> tuple[float, str]:
    wanted = set(_WORD.findall(task.lower()))
    used = set(_WORD.findall(response.lower()))
    return (len(wanted & used) / len(wanted) if wanted else 0.0), response


def _verdict(criterion: str, labels: list[str], share: float, response: str) -> dict[str, Any]:
    enough = 0.1 + 0.3 * (zlib.crc32(criterion.encode()) % 1000) / 1000
    met = share >= enough
    # Of a scale the same share of its length, since labels run from the lowest to the highest.
    place = len(labels) - 1 if met else int(share / enough * (len(labels) - 1))
    reason = f"scripted rule: {share:.0%} of the task's words are used, {enough:.0%} is asked for"
    return {
        "criterion": criterion,
        "reason": reason,
        "evidence": response.strip()[:60] if met else "",
        "verdict": labels[place],
    }


def _criteria(request: JudgeRequest) -> dict[str, list[str]]:
    """Labels of each criterion, the worst first, as the question itself states them."""
    entry = request.tool.schema["properties"]["verdicts"]["items"]["properties"]
    names, labels = entry["criterion"]["enum"], entry["verdict"]["enum"]
    scales = {name: _SCALE.search(_part(request.system, name)) for name in names}
    yes_or_no = [label for label in labels if label in ("no", "yes")]
    return {
        name: [str(n) for n in range(int(found[1]), int(found[2]) + 1)] if found else yes_or_no
        for name, found in scales.items()
    }


def _part(system: str, criterion: str) -> str:
    return system.partition(f"\n- {criterion}: ")[2].partition("\n- ")[0]


def _tokens(text: str) -> int:
    # About four characters a token: an estimate, good enough for a stand-in's usage.
    return len(text) // 4
