"""Stages: one file beside the spec, by name, refused where something in it is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import botocore.session
import pytest

from nova_rft.errors import UsageError
from nova_rft.spec import InvalidSpec, Pipeline, Stage, load, load_stage
from nova_rft.spec._stage import LogDays

SPEC = """\
project: tone
technique: sft
model: amazon.nova-2-lite-v1:0:256k
region: us-west-2
data: {train: train.jsonl}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    file = tmp_path / "nova-rft.yaml"
    file.write_text(SPEC)
    return file


def stages(spec: Path, text: str) -> None:
    spec.with_name("stages.yaml").write_text(text)


def test_without_the_file_every_setting_has_its_default(spec: Path) -> None:
    assert load_stage(spec, "dev") == Stage()
    assert load(spec).region == "us-west-2"


def test_a_stage_has_a_region_of_its_own(spec: Path) -> None:
    stages(spec, "stages: {dev: {region: us-east-1}, prod: {kept: {log_days: 365}}}\n")
    assert load(spec).region == "us-east-1"
    assert load_stage(spec, "prod").kept.log_days == 365


def test_the_environment_names_another_stage(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stages(spec, "stages: {dev: {}, prod: {region: us-east-1}}\n")
    monkeypatch.setenv("NOVA_RFT_STAGE", "prod")
    found = load(spec)
    assert (found.stage, found.region) == ("prod", "us-east-1")
    assert found.stack_name("storage") == "tone-prod-storage"


def test_a_stage_that_is_not_there_is_named_with_those_that_are(spec: Path) -> None:
    stages(spec, "stages: {test: {}, prod: {}}\n")
    with pytest.raises(UsageError, match="no stage dev, but test, prod"):
        load(spec)


def test_a_name_that_is_none_is_refused(spec: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOVA_RFT_STAGE", "Prod!")
    with pytest.raises(
        UsageError, match=r"NOVA_RFT_STAGE=Prod!: .* begins with a lower-case letter"
    ):
        load(spec)


def test_a_wait_for_approval_that_nobody_asks_for_may_be_of_any_length() -> None:
    assert Pipeline(approval=False, timeout_days=3).approval_days == 7
    assert Pipeline(approval_days=14).timeout_days == 14


def test_logs_are_kept_as_cloudwatch_takes_it() -> None:
    shape = botocore.session.get_session().get_service_model("logs").shape_for("Days")
    listed = re.findall(r"\d+", shape.documentation.partition("</p>")[0])
    assert get_args(LogDays) == tuple(map(int, listed))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("stages: {dev: {kept: {log_days: 8}}}", "log_days"),
        ("stages: {dev: {removal: delete}}", "removal"),
        ("stages: {dev: {account: '12'}}", "account"),
        ("stages: {dev: {key: arn:aws:kms:us-east-1:1:alias/x}}", "key"),
        ("stages: {dev: {network: {vpc: vpc-1}}}", "needs subnets and security_groups"),
        ("stages: {dev: {network: {subnets: [subnet-1]}}}", "makes its own subnets"),
        ("stages: {dev: {retention: 3}}", "retention"),
        ("stages: {dev: {tags: {'AWS:x': y}}}", "the tag AWS:x is not a stage's to set"),
        ("stages: {dev: {tags: {'nova-rft:stage': y}}}", "is not a stage's to set"),
        ("stages: {dev: {tags: {x: 'a*b'}}}", "tags.x"),
        (
            "stages: {dev: {buckets: {output: one}}, test: {buckets: {output: one}}}",
            "dev and test both write into one",
        ),
        (
            "stages: {dev: {concurrency: {reserved: 2, provisioned: 3}}}",
            "provisioned is more than reserved",
        ),
        ("stages: {dev: {removall: destroy}}", "not a key of stages.yaml (did you mean removal?)"),
        (
            "stages: {dev: {pipeline: {aproval: true}}}",
            "stages.dev.pipeline.aproval: is not a key of stages.yaml (did you mean approval?)",
        ),
        ("stages: {dev: {notify: {x: y}}}", "keys here are emails, slack_secret, topic"),
        ("stages: {dev: {buckets: {x: y}, qqq: 1}}", "keys here are account, alarms, buckets, "),
        (
            "stages: [dev]",
            "stages: should be keys, each with what it stands for (`dev: {}`), and is a",
        ),
        (
            "stages: {dev: 3}",
            "stages.dev: should be keys, each with what it stands for (`key: value`",
        ),
        ("stages: {dev: {}", "2: stages: not valid YAML: "),
        ("[dev]", "1: stages: should be a mapping of keys such as stages"),
        (
            "stages: {dev: {pipeline: {approval_days: 30, timeout_days: 3}}}",
            "approval_days 30 is more than timeout_days 3",
        ),
        ("stages: {}", "stages"),
        ("dev: {}", "dev"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_key(spec: Path, text: str, says: str) -> None:
    stages(spec, f"{text}\n")
    with pytest.raises(InvalidSpec) as raised:
        load_stage(spec, "dev")
    assert re.search(r"stages\.yaml:[12]: ", str(raised.value))
    assert says in str(raised.value)


def test_the_account_is_the_stages_where_it_names_one() -> None:
    Stage().check_account("111122223333")
    stage = Stage(account="111122223333")
    stage.check_account("111122223333")
    with pytest.raises(
        UsageError, match=r"account 999988887777, but stages.yaml names 111122223333"
    ):
        stage.check_account("999988887777")


def test_the_pages_examples_are_valid(spec: Path, root: Path) -> None:
    text = (root / "docs" / "infrastructure.md").read_text()
    shown = re.findall(r"```yaml\n(stages:.*?)```", text, re.DOTALL)
    assert len(shown) == 2
    for example in shown:
        stages(spec, example)
        assert load_stage(spec, "prod").region in (None, "us-east-1")
