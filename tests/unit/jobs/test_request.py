"""The request is a pure function, and what it makes is what Bedrock's own model takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from nova_rft.jobs.requests import Identity, Place, Records, bedrock_request, identify
from nova_rft.spec import Spec, load

VERSION = "arn:aws:lambda:us-east-1:123456789012:function:gsm8k-math-dev-reward:3"


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load(Path(__file__).parents[3] / "examples" / "gsm8k-math" / "nova-rft.yaml")


def make(spec: Spec, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "region": "us-east-1",
        "account": "123456789012",
        "training_uri": "s3://data-bucket/datasets/aa.jsonl",
        "validation_uri": "s3://data-bucket/datasets/bb.jsonl",
        "output_uri": "s3://output-bucket/jobs/x/",
        "role_arn": "arn:aws:iam::123456789012:role/job",
        "reward_version_arn": VERSION,
        "records": 1043,
    }
    place = Place(**(given | changes))
    return bedrock_request(spec, Identity("gsm8k-math", "dev", "ab" * 32), place)


def input_shape() -> Any:
    service = botocore.session.get_session().get_service_model("bedrock")
    return service.operation_model("CreateModelCustomizationJob").input_shape


def test_botocore_takes_the_request(spec: Spec) -> None:
    report = ParamValidator().validate(make(spec), input_shape())
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("key", ["jobName", "customModelName", "clientRequestToken"])
def test_names_fit_the_patterns_that_botocore_does_not_check(spec: Spec, key: str) -> None:
    longest = Identity("a" * 24, "b" * 12, "ab" * 32, attempt=99)
    shape = input_shape().members[key]
    value = {
        "jobName": longest.name,
        "customModelName": longest.name,
        "clientRequestToken": longest.token,
    }[key]
    assert re.fullmatch(shape.metadata["pattern"], value)
    assert len(value) <= shape.metadata["max"]


def test_hyperparameters_are_the_services_own_and_typed(spec: Spec) -> None:
    given = make(spec)["customizationConfig"]["rftConfig"]["hyperParameters"]
    assert given == {
        "epochCount": 1,
        "batchSize": 32,
        "trainingSamplePerPrompt": 4,
        "learningRate": 5e-5,
        "maxPromptLength": 1024,
        "inferenceMaxTokens": 750,
        "reasoningEffort": "high",
        "evalInterval": 20,
    }


def test_what_the_spec_leaves_out_is_left_to_the_service(spec: Spec) -> None:
    bare = spec.model_copy(update={"training": type(spec.training)()})
    rft = make(bare)["customizationConfig"]["rftConfig"]
    assert rft["hyperParameters"] == {}
    assert "validationDataConfig" not in make(bare, validation_uri=None)


def test_the_job_is_pinned_to_the_version_and_says_so_in_its_tags(spec: Spec) -> None:
    request = make(spec)
    grader = request["customizationConfig"]["rftConfig"]["graderConfig"]
    assert grader == {"lambdaGrader": {"lambdaArn": VERSION}}
    tags = {tag["key"]: tag["value"] for tag in request["jobTags"]}
    assert tags["nova-rft:reward-version"] == "3"
    assert tags["nova-rft:digest"] == "ab" * 32
    assert request["customModelTags"] == request["jobTags"]


def test_identity_changes_with_everything_that_the_result_depends_on(spec: Spec) -> None:
    training, validation = Records("aa", 100), Records("bb", 10)
    base = identify(spec, training, validation, VERSION)
    others = [
        identify(spec, Records("cc", 100), validation, VERSION),
        identify(spec, training, None, VERSION),
        identify(spec, training, validation, VERSION.replace(":3", ":4")),
        identify(spec.model_copy(update={"stage": "prod"}), training, validation, VERSION),
    ]
    assert len({base, *others}) == 5
    renamed = spec.model_copy(update={"data": spec.data.model_copy(update={"train": "x.jsonl"})})
    assert identify(renamed, training, validation, VERSION) == base


def test_each_attempt_has_a_name_and_a_token_of_its_own() -> None:
    first, second = (Identity("p", "dev", "ab" * 32, attempt=n) for n in (1, 2))
    assert (first.name, second.name) == ("p-dev-abababababab-1", "p-dev-abababababab-2")
    assert first.token != second.token
    assert first.token == Identity("p", "dev", "ab" * 32).token
