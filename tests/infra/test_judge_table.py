"""The judges' table: there only where something outlives a container, with the least rights."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.infra.conftest import Templates, only, resources, statements

SPEC = """
project: p
model: amazon.nova-2-lite-v1:0:256k
data: {train: a.jsonl}
reward:
  range: [0, 1]
  terms:
    - name: judge
      type: rubric
      model: {provider: bedrock, id: us.amazon.nova-pro-v1:0}
      criteria: [{name: a, question: Is it right?}]
  prices: {us.amazon.nova-pro-v1:0: {input: 1, output: 4}}
"""


@pytest.mark.parametrize(
    ("more", "actions"),
    [
        ("  budget: {total: 5}", {"dynamodb:GetItem", "dynamodb:UpdateItem"}),
        ("  cache: true", {"dynamodb:GetItem", "dynamodb:PutItem"}),
        (
            "  cache: true\n  budget: {total: 5}",
            {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"},
        ),
    ],
)
def test_table_and_rights(
    synthesise: Callable[..., Templates], more: str, actions: set[str]
) -> None:
    template = synthesise(f"{SPEC}{more}\n")["reward"]
    ((name, _),) = resources(template, "AWS::DynamoDB::Table").items()
    table = only(template, "AWS::DynamoDB::Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    (granted,) = [one for one in statements(template) if "dynamodb" in str(one["Action"])]
    assert set(granted["Action"]) == actions
    assert granted["Resource"] == {"Fn::GetAtt": [name, "Arn"]}
    variables = only(template, "AWS::Lambda::Function")["Environment"]["Variables"]
    assert variables["NOVA_RFT_JUDGE_TABLE"] == {"Ref": name}


@pytest.mark.parametrize("more", ["", "  budget: {per_event: 1}"])
def test_nothing_where_nothing_is_kept(synthesise: Callable[..., Templates], more: str) -> None:
    template = synthesise(f"{SPEC}{more}\n")["reward"]
    assert not resources(template, "AWS::DynamoDB::Table")
    assert "dynamodb" not in str(statements(template))


def test_regions_of_profiles_are_those_that_a_spec_knows() -> None:
    import judges
    from nova_rft.spec import PROFILE_GEOGRAPHIES

    assert set(judges._REGIONS) == set(PROFILE_GEOGRAPHIES)
