"""The scripted judge: surface rules instead of a model, for tests and for work without credentials.

A criterion counts as met when the response uses enough of the task's own words and numbers; how many
is enough differs between criteria (by a checksum of the name), so that verdicts differ too. That is no
judgement of quality, and every reply says so.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final

from nova_rft.errors import JudgeRefused
from nova_rft.judge._fence import read_fenced
from nova_rft.judge._request import Form, JudgeReply, JudgeRequest, Usage

NOTICE: Final = "scripted judge: surface rules, no model has read this"
_ANSWER: Final = "(scripted, sample "
_SCALE = re.compile(r"a whole number from (-?\d+) to (-?\d+), where")
_SENTENCE = re.compile(r"[^.!?\n]{20,}")
_WRONG = re.compile(r"(\d+) wrong answers")
_GAP = "____"
_ASKED = re.compile(r"(q\d+): (.*)\n((?:  [a-h]\. .*\n?)+)")
_OPTION = re.compile(r"  ([a-h])\. (.*)")
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]{4,}")


class ScriptedModel:
    """A `JudgeModel` that needs no service and always answers the same."""

    name = "scripted"
    concurrency = 1

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        """Answers at once; see the module's text for the rule.

        Raises:
            JudgeRefused: it is asked for something that it has no rule for.
        """
        if request.form is Form.FREE:
            return _free(request)
        _, sections = read_fenced(request.user)
        fields = request.tool.schema["properties"].keys() - {"nonce"}
        rule = next((rule for field, rule in _RULES.items() if field in fields), None)
        if rule is None:
            raise JudgeRefused(f"the scripted judge has no rule for {request.tool.name}")
        answer = {"nonce": request.nonce, **rule(request, sections)}
        return JudgeReply(
            call=answer,
            text=NOTICE,
            usage=Usage(_tokens(request.system) + _tokens(request.user), _tokens(str(answer))),
            stop_reason="tool_use",
        )


def is_scripted(text: str) -> bool:
    """Whether an answer to a free question is this model's, whatever name it was asked for by."""
    return text.startswith(_ANSWER)


def _rubric(request: JudgeRequest, sections: Mapping[str, str]) -> dict[str, Any]:
    share, response = _overlap(sections.get("TASK", ""), sections.get("RESPONSE", ""))
    return {
        "verdicts": [
            _verdict(name, labels, share, response) for name, labels in _criteria(request).items()
        ]
    }


def _pair(request: JudgeRequest, sections: Mapping[str, str]) -> dict[str, Any]:
    first, second = (
        _overlap(sections.get("TASK", ""), sections.get(name, ""))[0]
        for name in ("FIRST", "SECOND")
    )
    return {
        "reason": f"scripted rule: {first:.0%} of the task's words against {second:.0%}",
        "evidence": "",
        "verdict": "tie" if first == second else "first" if first > second else "second",
    }


def _list(request: JudgeRequest, sections: Mapping[str, str]) -> dict[str, Any]:
    ids = request.tool.schema["properties"]["ranking"]["items"]["properties"]["response"]["enum"]
    shares = {
        id: _overlap(sections.get("TASK", ""), sections.get(f"RESPONSE{id}", ""))[0] for id in ids
    }
    return {
        "ranking": [
            {
                "response": id,
                "reason": f"scripted rule: {share:.0%} of the task's words",
                "rank": str(1 + sum(other > share for other in shares.values())),
            }
            for id, share in shares.items()
        ]
    }


def _write(request: JudgeRequest, sections: Mapping[str, str]) -> dict[str, Any]:
    """A gap in each sentence, to be filled by its longest word; wrong: those of other sentences."""
    asked = _WRONG.search(request.system)
    wanted = int(asked[1]) if asked else 1
    sentences = _SENTENCE.findall(sections.get("SOURCE", ""))
    words = {sentence: max(_WORD.findall(sentence), key=len, default="") for sentence in sentences}
    questions = []
    for sentence, right in words.items():
        wrong = [word for word in dict.fromkeys(words.values()) if word and word != right]
        if right and len(wrong) >= wanted:
            gap = f"Which word is missing: {sentence.strip().replace(right, _GAP, 1)}"
            questions.append({"question": gap, "right": right, "wrong": wrong[:wanted]})
    return {"questions": questions}


def _answer(request: JudgeRequest, sections: Mapping[str, str]) -> dict[str, Any]:
    """The one option that stands in the text, for a gap with its sentence around; else unknown."""
    text = sections.get("TEXT", "")
    answers = []
    for name, question, options in _ASKED.findall(sections.get("QUIZ", "")):
        sentence = question.partition(": ")[2]
        filled = {
            letter: sentence.replace(_GAP, option) if _GAP in sentence else option
            for letter, option in _OPTION.findall(options)
        }
        said = [letter for letter, words in filled.items() if words and _stands_in(words, text)]
        found = said[0] if len(said) == 1 else "unknown"
        answers.append({"question": name, "evidence": filled.get(found, ""), "answer": found})
    return {"answers": answers}


def _stands_in(words: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text) is not None


def _rewrite(request: JudgeRequest, sections: Mapping[str, str]) -> dict[str, Any]:
    """Each text of a part with a number in it: proposals differ, and none of them means anything."""
    fields = {k: v for k, v in request.tool.schema["properties"].items() if k != "nonce"}
    said = f"(scripted proposal {request.sample + 1})"
    return {
        name: {key: f"{key} {said}" for key in field["properties"]}
        if "properties" in field
        else f"Does the response serve the task? {said}"
        for name, field in fields.items()
    }


_RULES: Final[Mapping[str, Callable[[JudgeRequest, Mapping[str, str]], dict[str, Any]]]] = {
    "verdicts": _rubric,
    "verdict": _pair,
    "ranking": _list,
    "questions": _write,
    "answers": _answer,
    "analysis": _rewrite,
}


def _free(request: JudgeRequest) -> JudgeReply:
    """Sentences of the question, as many as the sample's number says: samples differ, and say so."""
    sentences = [found.strip() for found in _SENTENCE.findall(request.user)] or [
        request.user.strip()
    ]
    said = ". ".join(sentences[: 1 + request.sample % max(len(sentences), 1)])
    text = f"{_ANSWER}{request.sample + 1}) {said}"
    usage = Usage(_tokens(request.system + request.user), _tokens(text))
    return JudgeReply(None, text, usage, "end_turn")


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
