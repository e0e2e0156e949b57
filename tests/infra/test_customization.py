"""Each kind of need gets exactly the rights, the trust and the resources that it names."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from nova_rft.spec import CAPABILITIES, Need
from tests.infra.conftest import (
    ACCOUNT,
    KINDS,
    Templates,
    only,
    resources,
    spec_text,
    statements,
)

HERE = f"us-east-1:{ACCOUNT}"
LOG = f"arn:aws:logs:{HERE}:log-group:/aws/sagemaker/TrainingJobs"
PROFILE = f"arn:aws:bedrock:{HERE}:inference-profile/us.amazon.nova-pro-v1:0"
PROS = [
    f"arn:aws:bedrock:{region}::foundation-model/amazon.nova-pro-v1:0"
    for region in ("us-east-1", "us-east-2", "us-west-1", "us-west-2")
]
BATCHES = f"arn:aws:bedrock:{HERE}:model-invocation-job/*"


def right(actions: str, *on: str, where: Any = None) -> tuple[str, tuple[str, ...], str]:
    """One statement, as `granted` shows them."""
    return actions, tuple(sorted(on)), json.dumps(where) if where else ""


FILES = {
    right("s3:GetObject", "<data>/datasets/*"),
    right("s3:ListBucket", "<data>", where={"StringLike": {"s3:prefix": "datasets/*"}}),
    right("s3:GetObject s3:PutObject", "<output>/jobs/*"),
    right("s3:ListBucket", "<output>", where={"StringLike": {"s3:prefix": "jobs/*"}}),
}
REWARD = {right("lambda:InvokeFunction", "<reward>:*")}
LOGGED = {
    right("logs:CreateLogGroup logs:DescribeLogStreams", LOG, f"{LOG}:*"),
    right("logs:CreateLogStream logs:PutLogEvents", f"{LOG}:*"),
    right(
        "cloudwatch:PutMetricData",
        "*",
        where={"StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/TrainingJobs"}},
    ),
}


def pulls(name: str, account: str = "708977205387") -> set[tuple[str, tuple[str, ...], str]]:
    """An image."""
    return {
        right(
            "ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer",
            f"arn:aws:ecr:us-east-1:{account}:repository/{name}",
        ),
        right("ecr:GetAuthorizationToken", "*"),
    }


def reads(*hubs: tuple[str, str]) -> set[tuple[str, tuple[str, ...], str]]:
    """Contents of hubs, with the account of each."""
    start = "arn:aws:sagemaker:us-east-1"
    names = [contents.split("/")[0] for _, contents in hubs]
    at = [f"{start}:{account}:hub/{name}" for (account, _), name in zip(hubs, names, strict=True)]
    contents = [f"{start}:{account}:hub-content/{contents}" for account, contents in hubs]
    return {
        right("sagemaker:DescribeHub sagemaker:ListHubContents", *at),
        right("sagemaker:DescribeHubContent", *at, *contents),
    }


PUBLIC = ("aws", "SageMakerPublicHub/Model/nova-textgeneration-lite-v2/*")
REGISTERED = {
    right(
        "sagemaker:CreateModelPackage sagemaker:DescribeModelPackageGroup",
        f"arn:aws:sagemaker:{HERE}:model-package-group/<group>",
    ),
    right(
        "sagemaker:AddTags sagemaker:CreateModelPackage sagemaker:DescribeModelPackage "
        "sagemaker:ListModelPackages sagemaker:UpdateModelPackage",
        f"arn:aws:sagemaker:{HERE}:model-package/<group>/*",
    ),
}
THROUGH = {"ArnEquals": {"bedrock:InferenceProfileArn": PROFILE}}
BATCHED = {
    right("bedrock:InvokeModel", PROFILE),
    right("bedrock:InvokeModel", *PROS, where=THROUGH),
    right("bedrock:CreateModelInvocationJob", PROFILE, *PROS, BATCHES),
    right("bedrock:GetModelInvocationJob bedrock:StopModelInvocationJob", BATCHES),
    right("kms:Decrypt kms:DescribeKey kms:GenerateDataKey", "<key>"),
    right(
        "iam:PassRole",
        "<role>",
        where={"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}},
    ),
}
RIGHTS = {
    "rft on bedrock": FILES | REWARD,
    "sft on bedrock": FILES,
    "distillation on bedrock": FILES | {right("bedrock:InvokeModel", PROS[0])},
    "rft on bedrock-openai": REWARD,
    "rft on sagemaker": (
        FILES | REWARD | LOGGED | reads(PUBLIC, (ACCOUNT, "<hub>/JsonDoc/*")) | REGISTERED
    ),
    "sft on sagemaker": FILES | LOGGED | reads(PUBLIC) | REGISTERED,
    "rft on sagemaker-recipe": FILES | REWARD | LOGGED | pulls("nova-fine-tune-repo"),
    "sft on sagemaker-recipe": FILES | LOGGED | pulls("nova-fine-tune-repo"),
    "distillation on sagemaker-recipe": (
        FILES | LOGGED | pulls("nova-distillation-repo") | BATCHED
    ),
    "rft on hyperpod": FILES | REWARD,
    "sft on hyperpod": FILES,
}
MADE = {
    "bedrock": {"AWS::IAM::Role": 1, "AWS::IAM::Policy": 1},
    "bedrock-openai": {"AWS::IAM::ManagedPolicy": 1},
    "sagemaker": {"AWS::IAM::Role": 1, "AWS::IAM::Policy": 1},
    "sagemaker-recipe": {"AWS::IAM::Role": 1, "AWS::IAM::Policy": 1},
    "hyperpod": {"AWS::IAM::ManagedPolicy": 1},
}
TOLD = {
    "bedrock": "JobRoleArn",
    "bedrock-openai": "ApiKeyPolicyArn",
    "sagemaker": "JobRoleArn",
    "sagemaker-recipe": "JobRoleArn",
    "hyperpod": "ClusterPolicyArn",
}
_OURS = {
    r"p-dev-storage:ExportsOutputFnGetAttData\w+": "<data>",
    r"p-dev-storage:ExportsOutputFnGetAttOutput\w+": "<output>",
    r"p-dev-reward:ExportsOutputFnGetAttFunction\w+": "<reward>",
    r"p-dev-packages:PackageGroupName": "<group>",
    r"p-dev-evaluators:HubName": "<hub>",
}


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(_plain(part) for part in value["Fn::Join"][1])
    if "Fn::ImportValue" in value:
        found = [
            short for form, short in _OURS.items() if re.fullmatch(form, value["Fn::ImportValue"])
        ]
        return found[0]
    name = value["Fn::GetAtt"][0]
    return {"JobRole": "<role>", "AnswersKey": "<key>"}[name[:-8]]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def granted(found: Iterable[dict[str, Any]]) -> Counter[tuple[str, tuple[str, ...], str]]:
    """Statements as the tables above have them, each as often as it stands there."""
    assert all(statement["Effect"] == "Allow" for statement in found)
    return Counter(
        right(
            " ".join(_list(statement["Action"])),
            *(_plain(one) for one in _list(statement["Resource"])),
            where=statement.get("Condition"),
        )
        for statement in found
    )


def test_every_kind_of_need_is_here() -> None:
    assert set(KINDS) == set(RIGHTS)
    assert {need for cell in KINDS.values() for need in cell.needs} == set(Need)
    assert {one.backend for one in CAPABILITIES} == set(MADE)


@pytest.mark.parametrize("kind", KINDS)
def test_least_rights(of_kind: Callable[[str], Templates], kind: str) -> None:
    assert granted(statements(of_kind(kind)["customization"])) == Counter(RIGHTS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_and_told(of_kind: Callable[[str], Templates], kind: str) -> None:
    made, cell = of_kind(kind), KINDS[kind]
    template = made["customization"]
    kinds = Counter(resource["Type"] for resource in template["Resources"].values())
    key = {"AWS::KMS::Key": 1} if kind == "distillation on sagemaker-recipe" else {}
    assert kinds == {**MADE[cell.backend], **key}
    told = {
        TOLD[cell.backend],
        "Backend",
        "Technique",
        "BaseModel",
        *(["KmsKeyArn"] if key else []),
    }
    assert set(template["Outputs"]) == told
    assert template["Outputs"]["Backend"]["Value"] == cell.backend
    assert list(made) == [
        "storage",
        *(["reward"] if cell.technique == "rft" else []),
        *(["packages"] if cell.backend == "sagemaker" else []),
        *(["evaluators"] if kind == "rft on sagemaker" else []),
        "customization",
        *(["monitoring"] if cell.technique == "rft" else []),
    ]


def _trusts(service: str, matches: str, jobs: str) -> dict[str, Any]:
    return {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Condition": {
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
            matches: {"aws:SourceArn": jobs},
        },
    }


BEDROCK = _trusts(
    "bedrock.amazonaws.com", "ArnEquals", f"arn:aws:bedrock:{HERE}:model-customization-job/*"
)
SAGEMAKER = _trusts(
    "sagemaker.amazonaws.com", "ArnLike", f"arn:aws:sagemaker:{HERE}:training-job/*"
)

# What was trained on SageMaker is served by Bedrock, which reads it as this role.
IMPORTS = _trusts("bedrock.amazonaws.com", "ArnLike", f"arn:aws:bedrock:{HERE}:*")


@pytest.mark.parametrize("kind", KINDS)
def test_only_this_accounts_jobs_can_assume_the_role(
    of_kind: Callable[[str], Templates], kind: str
) -> None:
    roles = resources(of_kind(kind)["customization"], "AWS::IAM::Role").values()
    trusted = [role["Properties"]["AssumeRolePolicyDocument"]["Statement"] for role in roles]
    expected = {
        "bedrock": [[BEDROCK]],
        "sagemaker": [[SAGEMAKER, IMPORTS]],
        "sagemaker-recipe": [[SAGEMAKER, IMPORTS]],
    }.get(KINDS[kind].backend, [])
    assert trusted == expected


@pytest.mark.parametrize(
    ("part", "type_", "name"),
    [
        ("packages", "AWS::SageMaker::ModelPackageGroup", "ModelPackageGroupName"),
        ("evaluators", "AWS::SageMaker::Hub", "HubName"),
    ],
)
def test_what_holds_results_stays_under_a_name_of_its_own(
    of_kind: Callable[[str], Templates], part: str, type_: str, name: str
) -> None:
    template = of_kind("rft on sagemaker")[part]
    (resource,) = template["Resources"].values()
    assert resource["Type"] == type_
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    start, end = resource["Properties"][name]["Fn::Join"][1]
    assert start == "p-dev-"
    assert "AWS::StackId" in json.dumps(end)


def test_outputs_of_the_registry(of_kind: Callable[[str], Templates]) -> None:
    made = of_kind("rft on sagemaker")
    assert set(made["packages"]["Outputs"]) == {"PackageGroupArn", "PackageGroupName"}
    assert set(made["evaluators"]["Outputs"]) == {"HubName"}


def _rights(synthesise: Callable[..., Templates], kind: str, *lines: str) -> Counter[Any]:
    return granted(statements(synthesise(spec_text(KINDS[kind], *lines))["customization"]))


def test_a_teacher_behind_a_profile_brings_its_models(
    synthesise: Callable[..., Templates],
) -> None:
    asked = "training: {teacher: us.amazon.nova-pro-v1:0}"
    more = _rights(synthesise, "distillation on bedrock", asked) - Counter(FILES)
    assert more == Counter(
        {right("bedrock:InvokeModel", PROFILE), right("bedrock:InvokeModel", *PROS, where=THROUGH)}
    )


def test_a_named_image_is_pulled_and_no_other(synthesise: Callable[..., Templates]) -> None:
    image = f"compute: {{image: '{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/own/nova:v1'}}"
    more = _rights(synthesise, "sft on sagemaker-recipe", image) - Counter(FILES | LOGGED)
    assert more == Counter(pulls("own/nova", ACCOUNT))


def test_images_are_in_the_regions_own_registry(synthesise: Callable[..., Templates]) -> None:
    text = spec_text(KINDS["sft on sagemaker-recipe"])
    west = synthesise(text, region="us-west-2")["customization"]
    name = "arn:aws:ecr:us-west-2:176779409107:repository/nova-fine-tune-repo"
    assert name in {one for _, on, _ in granted(statements(west)) for one in on}
    with pytest.raises(ValueError, match="not known to have Nova's training images in eu-west-1"):
        synthesise(text, region="eu-west-1")


APP = f"arn:aws:sagemaker:{HERE}:mlflow-app/app-1"
LOGGING = right(
    "sagemaker-mlflow:CreateExperiment sagemaker-mlflow:CreateRun sagemaker-mlflow:GetExperiment "
    "sagemaker-mlflow:GetExperimentByName sagemaker-mlflow:GetRun sagemaker-mlflow:LogBatch "
    "sagemaker-mlflow:LogInputs sagemaker-mlflow:LogMetric sagemaker-mlflow:LogModel "
    "sagemaker-mlflow:LogParam sagemaker-mlflow:SetTag sagemaker-mlflow:UpdateRun "
    "sagemaker:CallMlflowAppApi sagemaker:DescribeMlflowApp",
    APP,
)


@pytest.mark.parametrize(
    ("kind", "uri", "more"),
    [
        ("sft on sagemaker", APP, {LOGGING}),
        ("sft on hyperpod", APP, {LOGGING}),
        ("sft on bedrock", APP, set()),
        ("sft on sagemaker", "http://mlflow.example", set()),
    ],
)
def test_runs_are_logged_to_the_named_app_alone(
    synthesise: Callable[..., Templates], kind: str, uri: str, more: set[Any]
) -> None:
    found = _rights(synthesise, kind, f"mlflow: {{tracking_uri: '{uri}'}}")
    assert _each(found) == _each(RIGHTS[kind] | more)


def test_an_image_elsewhere_is_refused(synthesise: Callable[..., Templates]) -> None:
    with pytest.raises(ValueError, match=r"compute.image is quay.io/x, which is not in Amazon ECR"):
        _rights(synthesise, "sft on sagemaker-recipe", "compute: {image: quay.io/x}")


def _each(found: Iterable[tuple[str, tuple[str, ...], str]]) -> set[tuple[str, str, str]]:
    """Action by action and resource by resource: the CDK merges statements that are alike."""
    return {
        (action, one, where)
        for actions, on, where in found
        for action in actions.split()
        for one in on
    }


PACKAGE = f"arn:aws:sagemaker:{HERE}:model-package/other/3"


@pytest.mark.parametrize(
    ("kind", "source", "more"),
    [
        ("sft on bedrock", f"arn:aws:bedrock:{HERE}:custom-model/m/abc", set()),
        ("sft on sagemaker", PACKAGE, {right("sagemaker:DescribeModelPackage", PACKAGE)}),
        (
            "sft on hyperpod",
            "s3://escrow/run/step_4/",
            {
                right(
                    "s3:GetObject",
                    "arn:aws:s3:::escrow/run/step_4",
                    "arn:aws:s3:::escrow/run/step_4/*",
                ),
                right(
                    "s3:ListBucket",
                    "arn:aws:s3:::escrow",
                    where={"StringLike": {"s3:prefix": ["run/step_4", "run/step_4/*"]}},
                ),
            },
        ),
    ],
)
def test_what_a_job_goes_on_from_can_be_read(
    synthesise: Callable[..., Templates], kind: str, source: str, more: set[Any]
) -> None:
    found = _rights(synthesise, kind, f"resume_from: '{source}'")
    assert _each(found) == _each(RIGHTS[kind] | more)


def test_hyperpods_reward_has_sagemaker_in_its_name(
    of_kind: Callable[[str], Templates], synthesise: Callable[..., Templates]
) -> None:
    function = only(of_kind("rft on hyperpod")["reward"], "AWS::Lambda::Function")
    assert function["FunctionName"] == "p-dev-SageMaker-reward"
    for kind in ("rft on sagemaker", "rft on sagemaker-recipe", "rft on bedrock-openai"):
        function = only(of_kind(kind)["reward"], "AWS::Lambda::Function")
        assert function["FunctionName"] == "p-dev-reward"
    longest = spec_text(KINDS["rft on hyperpod"], f"stage: {'s' * 12}")
    longest = longest.replace("project: p", f"project: {'p' * 24}")
    made = synthesise(longest)["reward"]
    assert len(only(made, "AWS::Lambda::Function")["FunctionName"]) == 54 <= 64
