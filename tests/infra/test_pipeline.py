"""The pipeline's stack: no state without a limit, another try and a way for its failures."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nova_rft.spec import Pipeline
from tests.infra.conftest import ACCOUNT, ROOT, Templates, only, resources

EXAMPLE = ROOT / "examples" / "gsm8k-math"


@pytest.fixture(scope="module")
def template(synthesise: Callable[..., Templates]) -> dict[str, Any]:
    """The stack with all that it can have."""
    stage = {
        "pipeline": {"on_deploy": True},
        "notify": {
            "emails": ["a@example.com"],
            "slack_secret": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:slack-AbCdEf",
        },
    }
    text = (EXAMPLE / "nova-rft.yaml").read_text()
    return synthesise(text, stage=stage, folder=EXAMPLE)["pipeline"]


def states(settings: Pipeline | None = None) -> dict[str, Any]:
    from machine import definition

    made = definition(settings or Pipeline(), "arn:aws:lambda:r:1:function:f", "https://queue")
    found: dict[str, Any] = made["States"]
    return found


def working(all_states: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from ((name, one) for name, one in all_states.items() if one["Type"] == "Task")


def test_every_state_that_works_has_a_limit_another_try_and_a_way_out() -> None:
    for name, state in working(states()):
        assert {"TimeoutSeconds", "TimeoutSecondsPath"} & state.keys(), name
        assert state["Retry"][0]["MaxAttempts"] >= 8 and state["Retry"][0]["BackoffRate"] > 1, name
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"], name


def test_failures_take_one_way_that_ends() -> None:
    known = states()
    ways = {name: state["Catch"][-1]["Next"] for name, state in working(known)}
    after = {"Dead letter": "Note failure", "Note failure": "Failed"}
    assert ways == dict.fromkeys(ways, "Dead letter") | after
    assert known["Failed"]["Type"] == "Fail"


@pytest.mark.parametrize("approval", [True, False])
@pytest.mark.parametrize("serve", [True, False])
def test_every_way_leads_to_a_state_and_every_state_is_reached(approval: bool, serve: bool) -> None:
    known = states(Pipeline(approval=approval, serve=serve))
    led = set(re.findall(r'"(?:Next|Default)": "([^"]+)"', json.dumps(known)))
    assert led == known.keys() - {"Begin"}
    assert ("Approve" in known, "Serve" in known) == (approval, serve)


@pytest.mark.parametrize("approval", [True, False])
def test_a_run_can_be_resumed_at_every_step(approval: bool) -> None:
    from nova_rft.pipeline import STEPS

    begin = states(Pipeline(approval=approval))["Begin"]
    asked = {choice["StringEquals"] for choice in begin["Choices"]}
    assert asked | {"validate"} == set(STEPS) and begin["Default"] == "Validate"


def test_a_month_of_looks_does_not_fill_the_history() -> None:
    """25,000 events are an execution's limit; a round of looking and resting takes thirteen."""
    age, rounds = 60.0, 0
    while age < 365 * 86_400:
        age += max(Pipeline().look_every_s, age / 100)
        rounds += 1
    assert rounds * 13 < 24_000


def test_ten_minutes_of_refusals_are_outlasted_in_the_mean() -> None:
    (retry,) = states()["Submit"]["Retry"]
    pauses = [min(retry["MaxDelaySeconds"], 2.0 * 2**n) for n in range(retry["MaxAttempts"])]
    assert sum(pauses) / 2 > 600  # Full jitter: half of each in the mean.


def test_what_the_machine_runs_is_the_definition(template: dict[str, Any]) -> None:
    machine = only(template, "AWS::StepFunctions::StateMachine")
    parts = machine["DefinitionString"]["Fn::Join"][1]
    text = "".join(part if isinstance(part, str) else "X" for part in parts)
    assert json.loads(text)["States"].keys() == states().keys()
    assert machine["StateMachineType"] == "STANDARD"


def test_the_log_holds_no_data(template: dict[str, Any]) -> None:
    machine = only(template, "AWS::StepFunctions::StateMachine")
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    assert machine["TracingConfiguration"] == {"Enabled": True}


def roles(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        role["Properties"]["Description"].split(" of ")[0]: role["Properties"]
        for role in resources(template, "AWS::IAM::Role").values()
    }


def allowed(template: dict[str, Any], role: str) -> list[dict[str, Any]]:
    for policy in resources(template, "AWS::IAM::Policy").values():
        if policy["Properties"]["Roles"][0]["Ref"].startswith(role):
            return policy["Properties"]["PolicyDocument"]["Statement"]  # type: ignore[no-any-return]
    raise AssertionError(f"{role} has no policy")


def test_the_machine_calls_one_function_and_writes_to_one_queue(template: dict[str, Any]) -> None:
    told = {
        str(one["Action"]): one["Resource"]
        for one in allowed(template, "MachineRole")
        if one["Resource"] != "*"
    }
    assert told.keys() == {"lambda:InvokeFunction", "sqs:SendMessage"}
    assert [list(one) for one in told.values()] == [["Fn::GetAtt"], ["Fn::GetAtt"]]


def test_the_machine_is_trusted_for_this_account_and_itself_alone(template: dict[str, Any]) -> None:
    trust = roles(template)["The pipeline's state machine"]["AssumeRolePolicyDocument"]
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": "states.amazonaws.com"}
    conditions = statement["Condition"]
    assert conditions["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert str(conditions["ArnEquals"]["aws:SourceArn"]).endswith(":gsm8k-math-dev-pipeline")


def actions_of(template: dict[str, Any], role: str) -> set[str]:
    found = set()
    for one in allowed(template, role):
        found |= {one["Action"]} if isinstance(one["Action"], str) else set(one["Action"])
    return found


def test_the_listener_may_only_answer_write_down_and_tell(template: dict[str, Any]) -> None:
    assert actions_of(template, "EventsRole") == {
        *("logs:CreateLogStream", "logs:PutLogEvents", "dynamodb:GetItem", "dynamodb:UpdateItem"),
        *("states:SendTaskSuccess", "sns:Publish", "secretsmanager:GetSecretValue"),
        "sqs:SendMessage",
    }


def test_no_function_may_stop_a_job_or_delete_anything(template: dict[str, Any]) -> None:
    for role in ("StepsRole", "EventsRole", "StartRole"):
        bad = [one for one in actions_of(template, role) if re.search(r":(Delete|Stop|\*)", one)]
        assert not bad, role


def test_events_have_other_tries_and_a_place_when_all_fail(template: dict[str, Any]) -> None:
    rules = resources(template, "AWS::Events::Rule")
    targets = [one for rule in rules.values() for one in rule["Properties"]["Targets"]]
    assert len(targets) == 2
    for target in targets:
        assert target["DeadLetterConfig"] and target["RetryPolicy"]["MaximumRetryAttempts"] > 1
    invoked = only(template, "AWS::Lambda::EventInvokeConfig")
    assert invoked["MaximumRetryAttempts"] == 2 and invoked["DestinationConfig"]["OnFailure"]


def test_what_slack_could_not_be_told_is_a_dead_letter(
    synthesise: Callable[..., Templates],
) -> None:
    secret = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:slack-AbCdEf"
    stage = {"pipeline": {}, "network": {}, "notify": {"slack_secret": secret}}
    made = synthesise((EXAMPLE / "nova-rft.yaml").read_text(), stage=stage)["pipeline"]
    invoked = [
        one["Properties"] for one in resources(made, "AWS::Lambda::EventInvokeConfig").values()
    ]
    assert len(invoked) == 2
    for one in invoked:
        assert one["DestinationConfig"]["OnFailure"]["Destination"]["Fn::GetAtt"]


def test_only_events_of_the_projects_own_jobs_are_heard(template: dict[str, Any]) -> None:
    patterns = [
        rule["Properties"]["EventPattern"]
        for rule in resources(template, "AWS::Events::Rule").values()
    ]
    (jobs,) = [one for one in patterns if one["source"] == ["aws.bedrock"]]
    assert jobs["detail"] == {"jobName": [{"prefix": "gsm8k-math-dev-"}]}


def test_dead_letters_are_encrypted_kept_and_alarmed_of(template: dict[str, Any]) -> None:
    queue = only(template, "AWS::SQS::Queue")
    assert queue["SqsManagedSseEnabled"] and queue["MessageRetentionPeriod"] == 14 * 86_400
    assert only(template, "AWS::CloudWatch::Alarm")["AlarmActions"]


def test_the_table_of_runs_can_be_brought_back_and_outlives_the_stack(
    template: dict[str, Any],
) -> None:
    (table,) = resources(template, "AWS::DynamoDB::Table").values()
    recovery = table["Properties"]["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionPolicy"] == "Retain"


def test_the_webhook_is_named_and_never_told(template: dict[str, Any]) -> None:
    function = next(iter(resources(template, "AWS::Lambda::Function").values()))
    variables = function["Properties"]["Environment"]["Variables"]
    assert variables["NOVA_RFT_SLACK_SECRET"].startswith("arn:aws:secretsmanager:")


def test_deploying_starts_once_for_each_digest(
    synthesise: Callable[..., Templates], template: dict[str, Any], tmp_path: Path
) -> None:
    def digest(folder: Path) -> str:
        text = (folder / "nova-rft.yaml").read_text()
        made = synthesise(text, stage={"pipeline": {"on_deploy": True}}, folder=folder)
        return str(only(made["pipeline"], "AWS::CloudFormation::CustomResource")["Digest"])

    first = only(template, "AWS::CloudFormation::CustomResource")["Digest"]
    copy = tmp_path / "copy"
    shutil.copytree(EXAMPLE, copy)
    assert digest(copy) == first
    records = copy / "data" / "train.jsonl"
    records.write_bytes(b"".join(records.read_bytes().splitlines(keepends=True)[:-1]))
    assert digest(copy) != first


def test_whoever_is_told_is_there_until_the_start_is_deleted(
    synthesise: Callable[..., Templates],
) -> None:
    """CloudFormation deletes a resource before those that it depends on."""
    notify = {
        "emails": ["a@example.com"],
        "slack_secret": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:slack-AbCdEf",
    }
    data = "data: {train: data/train.jsonl}"
    text = f"project: p\ntechnique: sft\nmodel: amazon.nova-lite-v1:0:300k\n{data}\n"
    stage = {"pipeline": {"on_deploy": True}, "network": {}, "notify": notify}
    made = synthesise(text, stage=stage, folder=EXAMPLE)["pipeline"]
    (job,) = resources(made, "AWS::CloudFormation::CustomResource").values()
    needed = {
        name
        for kind in ("AWS::SNS::Topic", "AWS::SNS::Subscription")
        for name in resources(made, kind)
    }
    assert len(needed) == 3
    needed |= {name for name in made["Resources"] if name.startswith(("StartRole", "SlackAllow"))}
    assert needed <= set(job["DependsOn"])
    assert "sns:Publish" in actions_of(made, "StartRole")
    (log,) = (
        one for name, one in resources(made, "AWS::Logs::LogGroup").items() if "Start" in name
    )
    assert log["DeletionPolicy"] == "Delete"


def test_where_nobody_is_told_the_log_of_the_start_stays_under_a_name_of_its_own(
    synthesise: Callable[..., Templates],
) -> None:
    text = (EXAMPLE / "nova-rft.yaml").read_text()
    stage = {"pipeline": {"on_deploy": True}, "removal": "destroy"}
    made = synthesise(text, stage=stage, folder=EXAMPLE)["pipeline"]
    logs = resources(made, "AWS::Logs::LogGroup")
    stays = {name for name, one in logs.items() if one["DeletionPolicy"] == "Retain"}
    assert [name[:8] for name in stays] == ["StartLog"]
    # The next deployment of the project makes another: of the same name it would fail.
    assert all("LogGroupName" not in logs[name]["Properties"] for name in stays)
    assert "sns:Publish" not in actions_of(made, "StartRole")


def test_without_a_pipeline_in_the_stage_there_is_no_stack(templates: Templates) -> None:
    assert "pipeline" not in templates


def test_a_backend_that_the_function_cannot_submit_to_is_refused(
    synthesise: Callable[..., Templates],
) -> None:
    from settings import SettingsError
    from tests.infra.conftest import KINDS, spec_text

    kind = next(one for name, one in KINDS.items() if name.endswith("on hyperpod"))
    with pytest.raises(SettingsError, match="does not submit jobs on hyperpod"):
        synthesise(spec_text(kind), stage={"pipeline": {}})


@pytest.mark.parametrize("kind", ["rft on sagemaker-recipe", "rft on bedrock-openai"])
def test_what_each_backend_s_jobs_need_is_there_and_no_more(
    kind: str, synthesise: Callable[..., Templates]
) -> None:
    from bundling import pipeline_asset, reward_asset
    from nova_rft.spec import parse
    from tests.infra.conftest import KINDS, spec_text
    from wheelhouse import ARM64

    text = spec_text(KINDS[kind])
    made = synthesise(text, stage={"pipeline": {}})["pipeline"]
    actions = actions_of(made, "StepsRole")
    spec = parse(text)
    packed = " ".join(pipeline_asset(spec, ARM64, Path("/nowhere")).pins)
    if kind.endswith("recipe"):
        assert {"sagemaker:CreateTrainingJob", "logs:FilterLogEvents"} <= actions
        assert not {one for one in actions if "Hub" in one or one.startswith("bedrock-mantle")}
        assert "ruamel.yaml==" in packed and "token-generator" not in packed
    else:
        assert {"bedrock-mantle:CreateFineTuningJob", "bedrock-mantle:CreateFile"} <= actions
        assert not {one for one in actions if one.startswith(("bedrock:", "sagemaker:", "iam:"))}
        role = resources(made, "AWS::IAM::Role")
        (policies,) = [
            one["Properties"]["ManagedPolicyArns"]
            for name, one in role.items()
            if name.startswith("StepsRole")
        ]
        assert "ApiKeyPolicy" in str(policies)
        assert "aws-bedrock-token-generator==" in packed and "openai==" in packed
        # No event is known of these jobs: they are looked at.
        assert len(resources(made, "AWS::Events::Rule")) == 1
    own = reward_asset(spec.required_reward, Path("/nowhere"), ARM64, Path("/nowhere"))
    assert not [pin for pin in own.pins if "ruamel" in pin or "token-generator" in pin]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def invoked(template: dict[str, Any]) -> set[str]:
    return {
        str(resource)
        for one in allowed(template, "StepsRole")
        # What else is allowed on the same resources stands in the same statement.
        if "bedrock:InvokeModel" in listed(one["Action"])
        for resource in listed(one["Resource"])
    }


def granted(template: dict[str, Any], role: str, action: str) -> list[tuple[str, Any]]:
    """Each resource on which a role may do something, its tokens as text, and its condition."""
    return [
        (json.dumps(resource), one.get("Condition"))
        for one in allowed(template, role)
        if action in listed(one["Action"])
        for resource in listed(one["Resource"])
    ]


@pytest.mark.parametrize("kind", ["rft on bedrock", "rft on sagemaker", "rft on bedrock-openai"])
def test_rights_end_where_the_stage_does(kind: str, synthesise: Callable[..., Templates]) -> None:
    """Jobs, stacks, hub and base model by their names; of buckets what is below a prefix."""
    from nova_rft.jobs.requests import Identity
    from nova_rft.local_aws.iam._conditions import arn_matches
    from nova_rft.spec import parse
    from tests.infra.conftest import KINDS, spec_text

    text = spec_text(KINDS[kind])
    made = synthesise(text, stage={"pipeline": {}})["pipeline"]
    role = "StepsRole"
    for _, condition in granted(made, role, "s3:ListBucket"):
        assert condition["StringLike"]["s3:prefix"].endswith("/*")
    stacks = [name for name, _ in granted(made, role, "cloudformation:DescribeStacks")]
    start = f"arn:aws:cloudformation:us-east-1:{ACCOUNT}:stack/p-dev-"
    assert stacks == sorted(json.dumps(f"{start}{part}/*") for part in parse(text).parts)
    jobs = granted(made, role, "sagemaker:DescribeTrainingJob")
    assert bool(jobs) is (kind == "rft on sagemaker")
    for pattern, _ in jobs:
        for stage, own in (("dev", True), ("dev-x", False), ("dev-abc-def", False)):
            name = Identity("p", stage, "0123456789abcdef", attempt=12).name
            arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/{name}"
            assert arn_matches(json.loads(pattern), arn) is own
    for action in ("sagemaker:DescribeHubContent", "sagemaker:ImportHubContent"):
        assert all("p-dev-evaluators:HubName" in name for name, _ in granted(made, role, action))
    bases = [
        name
        for name, _ in granted(made, role, "bedrock:CreateModelCustomizationJob")
        if "foundation-model" in name
    ]
    assert [name.rpartition("/")[2].strip('"') for name in bases] == (
        [KINDS[kind].model] if kind == "rft on bedrock" else []
    )


def test_a_start_lists_packed_projects_alone(template: dict[str, Any]) -> None:
    ((_, condition),) = granted(template, "StartRole", "s3:ListBucket")
    assert condition == {"StringLike": {"s3:prefix": "pipelines/*"}}
    assert not [
        name
        for name, _ in granted(template, "StartRole", "cloudformation:DescribeStacks")
        if "math-dev-*" in name
    ]


EVALUATED = """
evaluation:
  judge: {provider: openai, base_url: "https://judge.example/v1", id: judge, api_key_secret: "%s"}
"""
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:judge-AbCdEf"


def test_the_function_may_ask_the_models_that_are_compared_and_no_others(
    synthesise: Callable[..., Templates],
) -> None:
    text = (EXAMPLE / "nova-rft.yaml").read_text() + EVALUATED % SECRET
    made = synthesise(text, stage={"pipeline": {}}, folder=EXAMPLE)["pipeline"]
    asked = invoked(made)
    assert any(one.endswith(":custom-model-deployment/*") for one in asked)
    models = {one.rpartition("/")[2] for one in asked} - {"*"}
    assert models == {"us.amazon.nova-2-lite-v1:0", "amazon.nova-2-lite-v1:0"}
    secrets = [
        one["Resource"]
        for one in allowed(made, "StepsRole")
        if one["Action"] == "secretsmanager:GetSecretValue"
    ]
    assert secrets == [SECRET]
    without = synthesise(text, stage={"pipeline": {"evaluate": False}}, folder=EXAMPLE)["pipeline"]
    assert not invoked(without) and "evaluations/" not in json.dumps(without)


def test_what_cannot_be_evaluated_is_refused_where_it_is_asked_for(
    synthesise: Callable[..., Templates],
) -> None:
    text = (EXAMPLE / "nova-rft.yaml").read_text()
    with pytest.raises(ValueError, match=r"evaluate: true for its pipeline, but .* name another"):
        synthesise(text, stage={"pipeline": {"evaluate": True}}, folder=EXAMPLE)


def test_inside_a_network_all_but_slacks_messenger(synthesise: Callable[..., Templates]) -> None:
    notify = {"slack_secret": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:slack-AbCdEf"}
    stage = {"pipeline": {"on_deploy": True}, "network": {}, "notify": notify}
    text = (EXAMPLE / "nova-rft.yaml").read_text()
    made = synthesise(text, stage=stage, folder=EXAMPLE)
    template = made["pipeline"]
    functions = {
        one["Properties"]["FunctionName"].removeprefix("gsm8k-math-dev-"): one["Properties"]
        for one in resources(template, "AWS::Lambda::Function").values()
        if "FunctionName" in one["Properties"]
    }
    inside = {name for name, one in functions.items() if "VpcConfig" in one}
    assert (inside, set(functions) - inside) == (
        {"pipeline", "pipeline-events", "pipeline-start"},
        {"pipeline-slack"},
    )
    told = {name for name, one in functions.items() if "SLACK" in json.dumps(one["Environment"])}
    assert told == {"pipeline-slack"}
    for role in ("StepsRole", "EventsRole", "StartRole"):
        assert "ec2:CreateNetworkInterface" in actions_of(template, role), role
    assert actions_of(template, "SlackRole") == {
        *("logs:CreateLogStream", "logs:PutLogEvents", "secretsmanager:GetSecretValue"),
        "sqs:SendMessage",
    }
    subscription = only(template, "AWS::SNS::Subscription")
    assert subscription["FilterPolicy"] == {"told_by": ["pipeline"]}
    ends = {
        one["Properties"]["ServiceName"].removeprefix("com.amazonaws.us-east-1."): one["Properties"]
        for one in resources(made["network"], "AWS::EC2::VPCEndpoint").values()
    }
    assert set(ends) == {
        *("bedrock", "bedrock-runtime", "cloudformation", "lambda", "monitoring", "sns", "states"),
        *("dynamodb", "s3"),
    }
    answering = ends["s3"]["PolicyDocument"]["Statement"][1]
    assert answering["Action"] == "s3:PutObject"
    assert answering["Resource"].endswith(":cloudformation-custom-resource-response-useast1/*")


def test_nobody_is_told_where_notify_is_left_out(synthesise: Callable[..., Templates]) -> None:
    text = (EXAMPLE / "nova-rft.yaml").read_text()
    made = synthesise(text, stage={"pipeline": {}, "removal": "destroy"})["pipeline"]
    assert not resources(made, "AWS::SNS::Topic")
    assert not resources(made, "AWS::CloudFormation::CustomResource")
    (table,) = resources(made, "AWS::DynamoDB::Table").values()
    assert table["DeletionPolicy"] == "Delete"
