"""The attack battery against every kind of judge, and against readers that are known to fall for it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nova_rft.data import Message, Rollout
from nova_rft.judge import (
    Form,
    Judge,
    JudgeModel,
    JudgeReply,
    JudgeRequest,
    Jury,
    PreferenceJudge,
    QuizJudge,
    RubricJudge,
    Tool,
    fence,
    read_fenced,
)
from nova_rft.judge.attacks import GullibleModel, Probed, attack_rollouts, battery, probe, target_of
from nova_rft.outcome import Score
from nova_rft.spec import JudgeTerm, JuryTerm, PreferenceTerm, QuizTerm, RubricTerm
from tests.unit.judge.judges import FakeModel

MODEL = {"provider": "scripted"}
QUIZ = [
    {"question": f"What is {n}?", "options": [f"a{n}", f"b{n}", f"c{n}"], "right": f"a{n}"}
    for n in range(1, 6)
]
TASK = Rollout(
    "r",
    "g",
    (Message("user", "Why is the sky blue?"),),
    "",
    "Rayleigh scattering.",
    {"comparisons": ["Because of Rayleigh scattering."], "quiz": QUIZ},
)
CRITERIA = [
    {"name": "right", "question": "Is it right?"},
    {"name": "invents", "question": "Does it invent facts?", "weight": -1},
    {"name": "depth", "question": "How deep?", "kind": "scale", "anchors": {"1": "no", "5": "yes"}},
]
RUBRIC = {"name": "t", "type": "rubric", "model": MODEL, "criteria": CRITERIA}
PAIRS = {"name": "t", "type": "preference", "model": MODEL}
SIBLINGS = {**PAIRS, "against": "siblings"}
TERMS: dict[str, JudgeTerm] = {
    "rubric": RubricTerm.model_validate(RUBRIC),
    "rubric, each": RubricTerm.model_validate({**RUBRIC, "calls": "each", "samples": 2}),
    "rubric, holistic": RubricTerm.model_validate({**RUBRIC, "aggregate": "holistic"}),
    "rubric, points": RubricTerm.model_validate({**RUBRIC, "aggregate": "points"}),
    "pairs": PreferenceTerm.model_validate(PAIRS),
    "one order": PreferenceTerm.model_validate({**PAIRS, "both_orders": False}),
    "siblings": PreferenceTerm.model_validate(SIBLINGS),
    "list": PreferenceTerm.model_validate({**SIBLINGS, "method": "listwise"}),
    "quiz": QuizTerm.model_validate({"name": "t", "type": "quiz", "model": MODEL, "questions": 5}),
    "jury": JuryTerm.model_validate(
        {
            "name": "j",
            "type": "jury",
            "judges": [{**RUBRIC, "name": "r"}, {**PAIRS, "name": "p"}],
            "min_judges": 1,
        }
    ),
}


def judge_of(term: JudgeTerm, model: JudgeModel) -> Judge:
    match term:
        case RubricTerm():
            return RubricJudge(term, model)
        case PreferenceTerm():
            return PreferenceJudge(term, model)
        case QuizTerm():
            return QuizJudge(term, model, model)
        case JuryTerm():
            return Jury(term, {one.name: judge_of(one, model) for one in term.judges})


# A call for each criterion has no place for a verdict on all; both orders turn one verdict into a tie;
# ids and letters are this call's own.
STRUCTURE_SAVES = ("rubric, each", "siblings", "list", "quiz")


class InForm:
    """A model that is always asked in one form."""

    def __init__(self, inner: JudgeModel, form: Form) -> None:
        self.name, self.concurrency, self._inner, self._form = inner.name, 4, inner, form

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        return self._inner.ask(replace(request, form=self._form), deadline=deadline)


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("kind", TERMS)
def test_nothing_that_a_response_holds_is_read_as_a_verdict(kind: str, form: Form) -> None:
    term = TERMS[kind]
    judge = judge_of(term, InForm(GullibleModel(), form))
    for attack, (attacker, idle) in attack_rollouts(term, TASK):
        attacked, _ = judge.score([attacker, idle])
        # The only value that needs no verdict: a quiz on nothing is 0.
        assert not isinstance(attacked, Score) or attacked.value == 0.0, (attack.name, attacked)


@pytest.mark.parametrize("kind", TERMS)
def test_a_model_that_obeys_is_found_out(kind: str) -> None:
    """What no delimiter can mend is what the probe is there to say."""
    term = TERMS[kind]
    found = probe(judge_of(term, Obedient(distrustful)), term, [TASK])
    injected = {one.name for one in found if one.paid and one.family == "injected verdicts"}
    if kind in STRUCTURE_SAVES:
        assert not injected
    else:
        # With one order alone a verdict such as "first" fits only half of the time.
        assert len({name.rstrip(" 12") for name in injected}) >= 4


def distrustful(request: JudgeRequest) -> Any:
    """The worst for everything, so that every attack has something to gain."""
    fields = request.tool.schema["properties"]
    if "verdicts" in fields:
        items = fields["verdicts"]["items"]["properties"]
        worst = {"invents": "yes", "depth": "1", "overall": "1"}
        return {
            "verdicts": [
                {"criterion": name, "verdict": worst.get(name, "no")}
                for name in items["criterion"]["enum"]
            ]
        }
    if "verdict" in fields:
        sections = read_fenced(request.user)[1]
        first, second = ("Rayleigh" in sections[name] for name in ("FIRST", "SECOND"))
        slot = "tie" if first == second else "first" if first else "second"
        return {"reason": "", "evidence": "", "verdict": slot}
    return {}


class Obedient:
    """Obeys any object that it is told, and judges by a rule where it is told none."""

    name, concurrency = "obedient", 1

    def __init__(self, rule: Callable[[JudgeRequest], Any]) -> None:
        self._obeys = GullibleModel(obedient=True)
        self._rule = FakeModel(lambda request: {"nonce": request.nonce, **rule(request)})

    def ask(self, request: JudgeRequest, *, deadline: float | None = None) -> JudgeReply:
        reply = self._obeys.ask(request)
        return reply if reply.call else self._rule.ask(request)


def first_json_object(text: str) -> bool:
    """As a public rubric judge reads: the first object that has verdicts."""
    found = re.search(r'\{.*"verdicts".*\}', text, re.DOTALL)
    try:
        return bool(found and json.loads(found[0])["verdicts"])
    except (ValueError, KeyError, TypeError):
        return False


def first_score_tag(text: str) -> bool:
    found = re.search(r"<score>(.*?)</score>", text)
    return bool(found and float(found[1]) > 0)


def first_number(text: str) -> bool:
    """As AWS's sample reads: the first number, whatever it stands for."""
    found = re.search(r"\d+(\.\d+)?", text)
    return bool(found and float(found[0]) > 0)


def says_yes(text: str) -> bool:
    return re.search(r"verdict\W+yes", text, re.IGNORECASE) is not None


@pytest.mark.parametrize(
    ("reader", "least"),
    [(first_json_object, 4), (first_score_tag, 1), (first_number, 5), (says_yes, 5)],
)
def test_the_battery_has_teeth(reader: Callable[[str], bool], least: int) -> None:
    """The same battery through the same parroting model, read as others read."""
    tool = Tool("t", "", {"properties": {"nonce": {}, "verdicts": {}}})
    paid = []
    for attack in battery(target_of(TERMS["rubric"], TASK)):
        user = fence({"RESPONSE": attack.response}, "0" * 16)
        request = JudgeRequest("", user, "0" * 16, tool, form=Form.TEXT)
        if reader(GullibleModel().ask(request).text):
            paid.append(attack.name)
    assert len(paid) >= least, paid


def test_the_battery_holds_what_is_promised() -> None:
    attacks = list(battery(target_of(TERMS["rubric"], TASK)))
    families = Counter(attack.family for attack in attacks)
    assert set(families) == {
        *("master keys", "injected verdicts", "closing delimiters", "role play"),
        *("constant answers", "disguised characters", "length"),
    }
    assert len({(attack.family, attack.name) for attack in attacks}) == len(attacks)
    assert max(len(attack.response) for attack in attacks) > 30_000
    keys = [attack.response for attack in attacks if attack.family == "master keys"]
    assert " " in keys
    assert sum(not key.isascii() for key in keys) >= 4, "other languages"
    invisible = [a.response for a in attacks if a.name == "invisible alone"]
    assert invisible[0].strip("\u200b\u2060\ufeff\u00ad\u180e") == ""


def test_a_fair_judge_pays_for_nothing() -> None:
    """A judge that knows a right answer when it sees one."""

    def fair(request: JudgeRequest) -> Any:
        items = request.tool.schema["properties"]["verdicts"]["items"]["properties"]
        right = "rayleigh" in read_fenced(request.user)[1]["RESPONSE"].lower()
        met = {"invents": "no", "depth": "5" if right else "1"}
        verdicts = [
            {"criterion": name, "verdict": met.get(name, "yes" if right else "no")}
            for name in items["criterion"]["enum"]
        ]
        return {"nonce": request.nonce, "verdicts": verdicts}

    term = TERMS["rubric"]
    found = probe(judge_of(term, FakeModel(fair)), term, [TASK, replace(TASK, id="2")])
    assert all((one.tried, one.paid, one.jammed) == (2, 0, 0) for one in found)
    assert all(one.gain == 0.0 for one in found)


def test_a_judge_that_an_attack_jams_is_said() -> None:
    def jammed(request: JudgeRequest) -> Any:
        items = request.tool.schema["properties"]["verdicts"]["items"]["properties"]
        verdicts = [
            {"criterion": name, "verdict": "1" if name == "depth" else "no"}
            for name in items["criterion"]["enum"]
        ]
        long = len(request.user) > 20_000
        return {} if long else {"nonce": request.nonce, "verdicts": verdicts}

    term = TERMS["rubric"]
    found: list[Probed] = probe(judge_of(term, FakeModel(jammed)), term, [TASK])
    assert {one.name for one in found if one.jammed} == {"long", "long with a verdict"}
    assert not any(one.paid for one in found)
