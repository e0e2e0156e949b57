"""The embedded Converse answers every kind of judge in every form, as the scripted judge does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nova_rft.aws.converse import BedrockModel
from nova_rft.aws.session import Aws
from nova_rft.data import Message, Rollout
from nova_rft.judge import Form, JudgeRequest, ScriptedModel, free_question
from nova_rft.judge.preference._prompt import list_request, pair_request
from nova_rft.judge.quiz import Question
from nova_rft.judge.quiz._prompt import answer_request, write_request
from nova_rft.judge.rubric import rubric_request
from nova_rft.spec import BedrockJudge, Criterion, PreferenceTerm

TASK = Rollout("a", "g", (Message("user", "Count the ducks: 3 and 4."),), "3 + 4 ducks = 7")
SOURCE = "The tenant pays nine hundred euros. The contract runs for twelve years. Pets are welcome."
PAIRS = PreferenceTerm.model_validate(
    {"name": "p", "type": "preference", "model": {"provider": "scripted"}}
)
QUIZ = [Question(question="Which word is missing: Pets are ____", options=("a", "b"), right="a")]
REQUESTS: dict[str, JudgeRequest] = {
    "rubric": rubric_request([Criterion(name="one", question="Is it so?")], TASK),
    "pair": pair_request(PAIRS, TASK, "3 ducks", "no ducks"),
    "list": list_request(PAIRS, TASK, ["3 ducks", "no ducks", "Count the ducks"]).request,
    "write": write_request(SOURCE, 3, 2),
    "answer": answer_request(QUIZ, SOURCE),
}


@pytest.mark.parametrize("form", [form for form in Form if form is not Form.FREE])
@pytest.mark.parametrize("kind", REQUESTS)
def test_the_same_answer_in_every_form(aws: Aws, kind: str, form: Form) -> None:
    asked = replace(REQUESTS[kind], form=form)
    spec: dict[str, Any] = {"provider": "bedrock", "id": "us.amazon.nova-pro-v1:0"}
    reply = BedrockModel(BedrockJudge.model_validate(spec), aws).ask(asked)
    expected = ScriptedModel().ask(asked)
    assert reply.call == expected.call
    assert reply.call["nonce"] == asked.nonce


def test_what_is_no_judges_question_is_answered_and_says_by_what(aws: Aws) -> None:
    turns = [Message("user", "Why?"), Message("assistant", "Why what?"), Message("user", "So?")]
    asked = free_question(turns, sample=1)
    spec: dict[str, Any] = {"provider": "bedrock", "id": "us.amazon.nova-pro-v1:0"}
    reply = BedrockModel(BedrockJudge.model_validate(spec), aws).ask(asked)
    assert reply.call is None
    assert reply.text == "(scripted, sample 1) So?"
    assert reply.stop_reason == "end_turn"
