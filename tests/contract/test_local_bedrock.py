"""The embedded Bedrock against the real boto3: what it takes, refuses, shows, and how jobs end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

from tests.contract.conftest import REGION, TRUST, MakeFunction

Client = Callable[[str], Any]
GRADER = """
def handler(event, context):
    return [{"id": item["id"], "aggregate_reward_score": float(len(item["messages"][-1]["content"])),
             "metrics_list": []} for item in event]
"""


@pytest.fixture
def records(client: Client) -> str:
    """Training records whose prompts were recorded."""
    return put(client, "train.jsonl", range(100))


def put(client: Client, key: str, prompts: Any, **fields: Any) -> str:
    lines = [
        json.dumps({"messages": [{"role": "user", "content": f"question {n}"}], **fields})
        for n in prompts
    ]
    client("s3").put_object(Bucket="contract-bucket", Key=key, Body="\n".join(lines).encode())
    return f"s3://contract-bucket/{key}"


@pytest.fixture
def grader(client: Client, make_function: MakeFunction) -> str:
    try:
        return str(
            client("lambda").get_function(FunctionName="grader", Qualifier="1")["Configuration"][
                "FunctionArn"
            ]
        )
    except botocore.exceptions.ClientError:
        return make_function("grader", GRADER)


def request(name: str, training: str, arn: str, **changes: Any) -> dict[str, Any]:
    return {
        "jobName": name,
        "customModelName": name,
        "roleArn": "arn:aws:iam::123456789012:role/any",
        "clientRequestToken": f"token-{name}",
        "baseModelIdentifier": "amazon.nova-2-lite-v1:0:256k",
        "customizationType": "REINFORCEMENT_FINE_TUNING",
        "trainingDataConfig": {"s3Uri": training},
        "outputDataConfig": {"s3Uri": "s3://contract-bucket/out/"},
        "jobTags": [{"key": "team", "value": "a"}],
        "customModelTags": [{"key": "team", "value": "a"}],
        "customizationConfig": {
            "rftConfig": {
                "graderConfig": {"lambdaGrader": {"lambdaArn": arn}},
                "hyperParameters": {"batchSize": 32, "trainingSamplePerPrompt": 2, "epochCount": 1},
            }
        },
    } | changes


def hyper(asked: dict[str, Any], **changes: Any) -> dict[str, Any]:
    asked["customizationConfig"]["rftConfig"]["hyperParameters"] |= changes
    return asked


def ended(client: Client, arn: str) -> dict[str, Any]:
    for _ in range(600):
        job: dict[str, Any] = client("bedrock").get_model_customization_job(jobIdentifier=arn)
        if job["status"] not in ("InProgress", "Stopping"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"{arn} did not end")


def test_a_job_runs_to_a_model(client: Client, records: str, grader: str) -> None:
    bedrock = client("bedrock")
    arn = bedrock.create_model_customization_job(**request("runs", records, grader))["jobArn"]
    job = ended(client, arn)
    assert job["status"] == "Completed", job.get("failureMessage")
    phases = ("validationDetails", "dataProcessingDetails", "trainingDetails")
    assert [job["statusDetails"][phase]["status"] for phase in phases] == ["Completed"] * 3
    model = bedrock.get_custom_model(modelIdentifier=job["outputModelArn"])
    assert (model["modelName"], model["jobArn"]) == ("runs", arn)
    tags = bedrock.list_tags_for_resource(resourceARN=model["modelArn"])["tags"]
    assert {"key": "nova-rft:policy", "value": "recorded"} in tags
    assert {"key": "team", "value": "a"} in tags
    assert "runs" in [m["modelName"] for m in bedrock.list_custom_models()["modelSummaries"]]
    keys = [o["Key"] for o in client("s3").list_objects_v2(Bucket="contract-bucket")["Contents"]]
    (key,) = [k for k in keys if k.endswith("step_wise_training_metrics.csv") and arn[-12:] in k]
    body = client("s3").get_object(Bucket="contract-bucket", Key=key)["Body"].read().decode()
    lines = body.strip().splitlines()
    # 100 records in batches of 32: three whole steps and a rest of four.
    assert len(lines) == 1 + 4
    assert lines[0].startswith("step_number,epoch_number,critic/rewards/mean")


def test_what_botocore_lets_through_is_refused_with_every_problem(
    client: Client, records: str, grader: str
) -> None:
    asked = hyper(request("bad name!", records, grader), batchSize=513, reasoningEffort="huge")
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client("bedrock").create_model_customization_job(**asked)
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert "less than or equal to 512" in error["Message"]
    assert "enum value set: [low, medium, high]" in error["Message"]
    assert "regular expression pattern" in error["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"roleArn": "arn:aws:iam::123456789012:role/nobody"}, "does not exist"),
        ({"trainingDataConfig": {"s3Uri": "s3://contract-bucket/none.jsonl"}}, "none.jsonl"),
        ({"baseModelIdentifier": "amazon.nova-micro-v1:0:128k"}, "does not support"),
        ({"customizationType": "DISTILLATION"}, "does not support DISTILLATION"),
    ],
)
def test_what_does_not_exist_is_refused(
    client: Client, records: str, grader: str, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(botocore.exceptions.ClientError, match=said):
        client("bedrock").create_model_customization_job(
            **request("refused", records, grader, **changes)
        )


def test_a_role_that_bedrock_cannot_assume_is_refused(
    client: Client, records: str, grader: str
) -> None:
    trust = json.dumps(TRUST).replace("bedrock.", "ec2.")
    client("iam").create_role(RoleName="not-bedrocks", AssumeRolePolicyDocument=trust)
    role = "arn:aws:iam::123456789012:role/not-bedrocks"
    with pytest.raises(botocore.exceptions.ClientError, match="cannot be assumed"):
        client("bedrock").create_model_customization_job(
            **request("assume", records, grader, roleArn=role)
        )


def test_the_same_token_makes_one_job(client: Client, records: str, grader: str) -> None:
    bedrock, asked = client("bedrock"), request("once", records, grader)
    arns = {bedrock.create_model_customization_job(**asked)["jobArn"] for _ in range(3)}
    assert len(arns) == 1
    with pytest.raises(botocore.exceptions.ClientError, match="other parameters"):
        bedrock.create_model_customization_job(**(asked | {"jobTags": []}))
    with pytest.raises(botocore.exceptions.ClientError, match="in use"):
        bedrock.create_model_customization_job(**(asked | {"clientRequestToken": "other"}))


def test_jobs_are_found_by_name_and_arn_and_listed_in_pages(
    client: Client, records: str, grader: str
) -> None:
    bedrock = client("bedrock")
    for number in range(5):
        asked = request(f"page-{number}", records, grader)
        arn = bedrock.create_model_customization_job(**asked)["jobArn"]
    by_name = bedrock.get_model_customization_job(jobIdentifier="page-4")
    assert by_name["jobArn"] == arn
    pages = bedrock.get_paginator("list_model_customization_jobs").paginate(
        nameContains="page-", maxResults=2, sortBy="CreationTime", sortOrder="Ascending"
    )
    found = [[s["jobName"] for s in p["modelCustomizationJobSummaries"]] for p in pages]
    assert found == [["page-0", "page-1"], ["page-2", "page-3"], ["page-4"]]
    with pytest.raises(botocore.exceptions.ClientError, match="ResourceNotFound"):
        bedrock.get_model_customization_job(jobIdentifier="nobody")


def test_stop_ends_a_job_stopped_and_only_once(client: Client, records: str, grader: str) -> None:
    bedrock = client("bedrock")
    # Long enough to be still running when it is stopped.
    asked = hyper(request("stops", records, grader), epochCount=10)
    arn = bedrock.create_model_customization_job(**asked)["jobArn"]
    bedrock.stop_model_customization_job(jobIdentifier=arn)
    assert ended(client, arn)["status"] == "Stopped"
    with pytest.raises(botocore.exceptions.ClientError, match="cannot be stopped"):
        bedrock.stop_model_customization_job(jobIdentifier=arn)


def test_tags_come_and_go(client: Client, records: str, grader: str) -> None:
    bedrock = client("bedrock")
    arn = bedrock.create_model_customization_job(**request("tags", records, grader))["jobArn"]
    bedrock.tag_resource(resourceARN=arn, tags=[{"key": "x", "value": "y"}])
    bedrock.untag_resource(resourceARN=arn, tagKeys=["team"])
    assert bedrock.list_tags_for_resource(resourceARN=arn)["tags"] == [{"key": "x", "value": "y"}]


@pytest.mark.parametrize(
    ("name", "prompts", "changes", "said"),
    [
        ("few", range(99), {}, "99 training records; the service takes 100 to 20,000"),
        (
            "samples",
            range(100),
            {"trainingSamplePerPrompt": 3},
            "trainingSamplePerPrompt is 3, but 2",
        ),
        ("unknown", range(50, 150), {}, "no rollouts were recorded"),
    ],
)
def test_a_job_that_cannot_run_fails_with_the_reason(
    client: Client, grader: str, name: str, prompts: Any, changes: dict[str, Any], said: str
) -> None:
    training = put(client, f"{name}.jsonl", prompts)
    asked = hyper(request(f"fails-{name}", training, grader), **changes)
    arn = client("bedrock").create_model_customization_job(**asked)["jobArn"]
    job = ended(client, arn)
    assert job["status"] == "Failed"
    assert said in job["failureMessage"]


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("raises", "def handler(e, c):\n    raise ValueError('no judge')\n", "no judge"),
        ("short", "def handler(e, c):\n    return []\n", "0 items to an event of 64 items"),
        (
            "nan",
            "def handler(e, c):\n"
            "    return [{'id': i['id'], 'aggregate_reward_score': float('nan')} for i in e]\n",
            "no finite aggregate_reward_score",
        ),
        (
            "ids",
            "def handler(e, c):\n    return [{'id': 'x', 'aggregate_reward_score': 1.0} for i in e]\n",
            "answered nothing for the id",
        ),
    ],
)
def test_a_reward_lambda_that_is_wrong_fails_the_job(
    client: Client, records: str, make_function: MakeFunction, name: str, source: str, said: str
) -> None:
    arn = make_function(f"wrong-{name}", source)
    asked = request(f"wrong-{name}", records, arn)
    job = ended(client, client("bedrock").create_model_customization_job(**asked)["jobArn"])
    assert job["status"] == "Failed"
    assert said in job["failureMessage"]


def test_events_are_shaped_as_bedrock_sends_them(
    client: Client, make_function: MakeFunction
) -> None:
    # The grader puts the first event into its error, which becomes the job's failureMessage.
    source = "import json\ndef handler(e, c):\n    raise ValueError(json.dumps(e[1]))\n"
    training = put(client, "shape.jsonl", range(100), reference_answer={"answer": "7"}, topic="x")
    asked = request("shape", training, make_function("shape", source))
    job = ended(client, client("bedrock").create_model_customization_job(**asked)["jobArn"])
    message = json.loads(job["failureMessage"].split("): ", 1)[1])["errorMessage"]
    item = json.loads(message)
    assert item == {
        "id": "step-1-0-1",
        "messages": [
            {"role": "user", "content": "question 0"},
            {"role": "assistant", "content": "answer 1 answer 1 "},
        ],
        "metadata": {"reference_answer": {"answer": "7"}, "topic": "x"},
    }


def test_converse_says_that_no_model_has_answered(client: Client) -> None:
    answer = _runtime().converse(
        modelId="us.amazon.nova-pro-v1:0",
        messages=[{"role": "user", "content": [{"text": "hello"}]}],
    )
    assert answer["output"]["message"]["content"] == [{"text": "(scripted, sample 1) hello"}]
    assert answer["stopReason"] == "end_turn"


def _runtime() -> Any:
    import botocore.session

    return botocore.session.get_session().create_client("bedrock-runtime", region_name=REGION)


def test_converse_answers_as_score_judges(aws: Any) -> None:
    from nova_rft.aws.converse import BedrockModel
    from nova_rft.data import Message, Rollout
    from nova_rft.judge import ScriptedModel
    from nova_rft.judge.rubric import read_verdicts, rubric_request
    from nova_rft.spec import BedrockJudge, Criterion

    criteria = [Criterion(name=name, question="Is it so?") for name in ("one", "two")]
    rollout = Rollout("a", "g", (Message("user", "Count the ducks: 3 and 4."),), "3 + 4 ducks = 7")
    asked = rubric_request(criteria, rollout)
    model = BedrockModel(BedrockJudge(provider="bedrock", id="us.amazon.nova-pro-v1:0"), aws)
    replies = [model.ask(asked), ScriptedModel().ask(asked)]
    assert replies[0] == replies[1]
    assert read_verdicts(replies[0], asked, criteria)
