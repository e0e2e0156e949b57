"""What Bedrock's own evaluation jobs are asked, and what their results are read as."""

from __future__ import annotations

import json
from pathlib import Path

import botocore.session
import numpy as np
from botocore.validate import validate_parameters

from nova_rft.data import Message, Rollout
from nova_rft.evaluate import BASE, Contender, Part, Sampling, Wanted, read_scores, wanted_job
from nova_rft.evaluate._kept import Said, key_of
from nova_rft.judge import free_question
from nova_rft.sampling import keyed
from nova_rft.spec import OpenAIJudge

MODEL = Contender(
    BASE, OpenAIJudge(provider="openai", base_url="http://localhost/v1", id="Some_Model")
)


def sampling(folder: Path, *answers: str) -> Sampling:
    """A base that has given these answers, one to each prompt; an empty one did not come."""
    rollouts = [
        Rollout("", "", (Message("user", f"Question {place}?"),), "", str(place))
        for place in range(len(answers))
    ]
    made = Sampling([Part("", "v.jsonl", tuple(keyed(enumerate(rollouts, 1))))], [MODEL], 1, folder)
    for rollout, text in zip(rollouts, answers, strict=True):
        if text:
            key = key_of(MODEL, free_question(rollout.prompt))
            made.kept.add(Said(key, BASE, text, "stop", 0.1, 1, 1))
    made.kept.close()
    return made


def wanted(made: Sampling, prefix: str = "sums-dev") -> Wanted:
    return wanted_job(
        made,
        MODEL,
        prefix=prefix,
        evaluator="amazon.nova-pro-v1:0",
        metrics=["Builtin.Correctness"],
    )


def test_a_job_is_asked_about_the_answers_that_came(tmp_path: Path) -> None:
    made = sampling(tmp_path, "zero", "", "two")
    job = wanted(made)
    assert [json.loads(line) for line in job.dataset.splitlines()] == [
        {
            "prompt": f"Question {place}?",
            "referenceResponse": str(place),
            "modelResponses": [{"response": text, "modelIdentifier": "base"}],
        }
        for place, text in ((0, "zero"), (2, "two"))
    ]
    request = job.request("arn:aws:iam::123456789012:role/r", "s3://b-1/d.jsonl", "s3://b-1/o/")
    service = botocore.session.get_session().get_service_model("bedrock")
    shape = service.operation_model("CreateEvaluationJob").input_shape
    assert shape is not None
    validate_parameters(request, shape)
    # What is judged is in the name: the same answers are the same job, others another one.
    assert wanted(made).name == job.name
    assert wanted(sampling(tmp_path / "other", "zero", "one", "two")).name != job.name


def test_a_jobs_name_is_one_that_bedrock_takes(tmp_path: Path) -> None:
    name = wanted(sampling(tmp_path, "zero"), "A_Long-project-" * 6).name
    assert len(name) <= 63
    assert name == name.lower() and "_" not in name and "--" not in name


def test_scores_are_put_at_their_prompts_in_whatever_order_they_come(tmp_path: Path) -> None:
    made = sampling(tmp_path, "zero", "", "two")

    def row(place: int, text: str, result: object, metric: str = "Builtin.Correctness") -> object:
        score = {"metricName": metric, "result": result}
        return {
            "automatedEvaluationResult": {"scores": [score]},
            "inputRecord": {"prompt": f"Question {place}?"},
            "modelResponses": [{"response": text}],
        }

    rows = [
        row(2, "two", 0.5),
        row(0, "zero", 1.0),
        # Another answer than this one, no score, and nothing at all.
        row(0, "not zero", 0.0),
        row(2, "two", None, "Builtin.Relevance"),
        {},
    ]
    found = read_scores(rows, made, MODEL)  # type: ignore[arg-type]
    assert list(found) == ["Builtin.Correctness"]
    np.testing.assert_array_equal(found["Builtin.Correctness"], [1.0, np.nan, 0.5])
