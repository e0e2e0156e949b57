"""Stages: one file beside the spec, by name, refused where something in it is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nova_rft.errors import UsageError
from nova_rft.spec import InvalidSpec, Stage, load, load_stage

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
    with pytest.raises(UsageError, match=r"NOVA_RFT_STAGE=Prod!"):
        load(spec)


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
        ("stages: {}", "stages"),
        ("dev: {}", "dev"),
    ],
)
def test_what_is_wrong_is_said_with_file_line_and_key(spec: Path, text: str, says: str) -> None:
    stages(spec, f"{text}\n")
    with pytest.raises(InvalidSpec) as raised:
        load_stage(spec, "dev")
    assert re.search(r"stages\.yaml:1: ", str(raised.value))
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
