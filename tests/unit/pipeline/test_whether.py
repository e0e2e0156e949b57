"""Where a run compares its model with the base, and why not elsewhere."""

from __future__ import annotations

import pytest

from nova_rft.errors import UsageError
from nova_rft.pipeline import asked_models, not_evaluated
from nova_rft.spec import Pipeline, Spec, parse

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:key-AbCdEf"
JUDGE = "{provider: openai, base_url: 'https://judge.example/v1', id: m%s}"
MATCH = "{name: a, type: match}"
RUBRIC = (
    "{name: r, type: rubric, model: {provider: bedrock, id: us.amazon.nova-pro-v1:0}, "
    "criteria: [{name: c, question: Right?}]}"
)


def spec(
    *lines: str,
    term: str = MATCH,
    data: str = "{train: a.jsonl, validation: b.jsonl}",
    head: str = "model: amazon.nova-2-lite-v1:0:256k",
) -> Spec:
    reward = f"reward: {{range: [0, 1], terms: [{term}]}}" if term else ""
    return parse("\n".join(("project: p", head, f"data: {data}", reward, *lines)))


def judged(judge: str) -> Spec:
    return spec(f"evaluation: {{judge: {judge}}}", term=RUBRIC)


SFT = "technique: sft\nmodel: amazon.nova-lite-v1:0:300k"
OPEN_WEIGHT = "backend: bedrock-openai\nmodel: openai.gpt-oss-20b"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (spec(), ""),
        (spec("evaluation: {records: c.jsonl}", data="{train: a.jsonl}"), ""),
        (spec(data="{train: a.jsonl}"), "no held-out records"),
        (spec(term="", head=SFT), "no reward"),
        (spec(head=OPEN_WEIGHT), "another API"),
        (spec(term="{name: code, type: code}"), "run programs"),
        (spec(term=RUBRIC), "name another"),
        (judged("{provider: bedrock, id: amazon.nova-pro-v1:0}"), "a judge of the reward"),
        (judged("{provider: bedrock, id: us.amazon.nova-premier-v1:0}"), ""),
        (judged(JUDGE % ""), "names no secret"),
        (judged(JUDGE % f", api_key_secret: {SECRET!r}"), ""),
        (spec("evaluation: {primary: win_rate}"), "needs a judge"),
    ],
)  # fmt: skip
def test_wherever_it_can_be_done(asked: Spec, why: str) -> None:
    found = not_evaluated(asked, Pipeline())
    assert why in found and bool(found) is bool(why)
    if why:
        with pytest.raises(UsageError, match="says evaluate: true for its pipeline, but "):
            not_evaluated(asked, Pipeline(evaluate=True))


def test_a_stage_may_do_without() -> None:
    assert "evaluate: false" in not_evaluated(spec(), Pipeline(evaluate=False))


def test_all_that_is_asked_is_known_beforehand() -> None:
    """What the function's role may call: base, judge, others, a skill's own judge."""
    own = RUBRIC.replace("nova-pro", "nova-micro")
    asked = spec(
        "evaluation:",
        "  judge: {provider: bedrock, id: us.amazon.nova-premier-v1:0}",
        "  models: {other: {provider: bedrock, id: us.amazon.nova-lite-v1:0}}",
        f"  skills: [{{name: s, file: s.jsonl, terms: [{own}]}}]",
    )
    assert [getattr(one, "id", "") for one in asked_models(asked, "us-east-1")] == [
        "us.amazon.nova-2-lite-v1:0",
        "us.amazon.nova-lite-v1:0",
        "us.amazon.nova-premier-v1:0",
        "us.amazon.nova-micro-v1:0",
    ]
