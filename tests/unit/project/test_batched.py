"""Who can be asked in batches, and who says why not."""

from __future__ import annotations

import pytest

from nova_rft.errors import UsageError
from nova_rft.evaluate import Contender
from nova_rft.project._batched import in_batches
from nova_rft.spec import parse_judge

DEPLOYED = "arn:aws:bedrock:us-east-1:123456789012:custom-model-deployment/abc"


def contender(name: str, model: str) -> Contender:
    return Contender(name, parse_judge(model))


def test_foundation_models_are_and_what_was_trained_is_not() -> None:
    base = contender("base", "bedrock:us.amazon.nova-2-lite-v1:0")
    custom = contender("custom", f"bedrock:{DEPLOYED}")
    assert in_batches([base, custom, contender("script", "scripted")]) == ("base",)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (f"bedrock:{DEPLOYED}", "no foundation model"),
        ("bedrock:amazon.nova-2-lite-v1:0", "write us.amazon.nova-2-lite-v1:0"),
        ("openai:http://127.0.0.1:1/v1#m", "not asked by Converse"),
    ],
)
def test_where_nobody_can_be_it_is_said_why(model: str, why: str) -> None:
    with pytest.raises(UsageError, match=f"one: .*{why}.*leave --engine out"):
        in_batches([contender("one", model)])
