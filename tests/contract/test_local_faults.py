"""Errors on request: refused so many times or for so long, and then no more."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from nova_rft import local_aws
from tests.contract.conftest import Local


@pytest.fixture(autouse=True)
def _none_left(local: Local) -> Iterator[None]:
    yield
    local_aws.forget_faults(local.endpoint)


def code(local: Local) -> str:
    try:
        local.client("bedrock").list_model_customization_jobs()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def test_refused_so_many_times(local: Local) -> None:
    local_aws.ask_fault(
        local.endpoint, service="bedrock", operation="ListModelCustomizationJobs", times=2
    )
    assert [code(local) for _ in range(3)] == ["ThrottlingException", "ThrottlingException", ""]


def test_refused_for_so_long_whatever_is_called(local: Local) -> None:
    local_aws.ask_fault(
        local.endpoint,
        service="bedrock",
        operation="*",
        code="ServiceUnavailableException",
        seconds=0.5,
    )
    assert code(local) == "ServiceUnavailableException"
    time.sleep(0.6)
    assert code(local) == ""


def test_other_operations_go_on(local: Local) -> None:
    local_aws.ask_fault(local.endpoint, service="bedrock", operation="ListCustomModels")
    assert code(local) == ""
    with pytest.raises(ClientError, match="Rate exceeded"):
        local.client("bedrock").list_custom_models()


def test_what_is_no_fault_is_said(local: Local) -> None:
    with pytest.raises(OSError, match="400"):
        local_aws.ask_fault(local.endpoint, service="bedrock", wrong="word")
