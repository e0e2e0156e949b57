"""AWS's errors become one sentence with code, message and remedy."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from nova_rft.aws.errors import aws_errors
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused, UsageError


def test_a_refusal_names_operation_code_message_and_what_to_do() -> None:
    answer = {"Error": {"Code": "AccessDeniedException", "Message": "not for you."}}
    with pytest.raises(AwsRefused) as caught, aws_errors():
        raise ClientError(answer, "CreateModelCustomizationJob")  # type: ignore[arg-type]
    assert str(caught.value) == (
        "AWS refused CreateModelCustomizationJob (AccessDeniedException): not for you; "
        "give the calling identity that permission"
    )
    assert caught.value.code == "AccessDeniedException"
    assert caught.value.exit_status == 3


def test_an_unreachable_endpoint_is_a_refusal_that_names_it() -> None:
    with pytest.raises(AwsRefused, match=r"could not be reached.*127\.0\.0\.1:9"), aws_errors():
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")


def test_missing_credentials_are_the_users_to_mend() -> None:
    with pytest.raises(UsageError, match="no AWS credentials found"), aws_errors():
        raise NoCredentialsError


def test_no_region_is_invented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(UsageError, match="no AWS region is named"):
        Aws()


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_the_region_comes_from_either_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "eu-west-1")
    assert Aws().region == "eu-west-1"
    assert Aws("us-west-2").region == "us-west-2"
