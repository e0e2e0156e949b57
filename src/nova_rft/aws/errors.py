"""AWS's errors, translated once: what was refused, with which code, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import botocore.exceptions as botocore

from nova_rft.errors import AwsBusy, AwsRefused, UsageError

# What usually mends an error, by its code without the suffix "Exception".
_REMEDIES: Final = {
    "AccessDenied": "give the calling identity that permission",
    "ExpiredToken": "sign in again: the credentials have expired",
    "InvalidClientTokenId": "check the credentials: AWS does not know them",
    "UnrecognizedClient": "check the credentials: AWS does not know them",
    "SignatureDoesNotMatch": "check the secret key and this machine's clock",
    "InvalidSignature": "check the secret key and this machine's clock",
    "RequestExpired": "set this machine's clock right",
    "RequestTimeTooSkewed": "set this machine's clock right",
    "Throttling": "wait a minute and try again",
    "TooManyRequests": "wait a minute and try again",
    "ServiceQuotaExceeded": "wait for a running job to end or ask AWS for a higher quota",
    "NoSuchBucket": "deploy the stacks first: `nova-rft deploy`",
    "ResourceNotFound": "check the name and the region",
    "ResourceLimitExceeded": "wait for a running job to end or ask AWS for a higher quota",
    "ResourceInUse": "another one has that name",
    "InternalServer": "try again; it is AWS's side that failed",
    "ServiceUnavailable": "try again; it is AWS's side that failed",
}


@contextmanager
def aws_errors() -> Iterator[None]:
    """Turns botocore's errors into ours.

    Raises:
        AwsRefused: AWS answered with an error, or could not be reached.
        UsageError: there are no credentials.
    """
    try:
        yield
    except botocore.ClientError as error:
        raise translate(error) from error
    except (botocore.NoCredentialsError, botocore.PartialCredentialsError) as error:
        raise UsageError(
            "no AWS credentials found; sign in (`aws configure sso`), set AWS_PROFILE, or use the "
            'embedded AWS: `eval "$(nova-rft local env)"`'
        ) from error
    except (botocore.HTTPClientError, botocore.ConnectionError) as error:
        raise AwsRefused(
            f"AWS could not be reached: {error}; check the network and AWS_ENDPOINT_URL",
            service="",
            operation="",
            code=type(error).__name__,
        ) from error
    except botocore.BotoCoreError as error:
        raise AwsRefused(
            f"the call to AWS failed: {error}", service="", operation="", code=type(error).__name__
        ) from error


@contextmanager
def busy_or_refused() -> Iterator[None]:
    """As `aws_errors`, for callers that pace themselves: what passes is told apart from what stands.

    Raises:
        AwsBusy: throttled (429), a fault of AWS's own (5xx), or AWS was not reached.
        AwsRefused: anything else that AWS answered.
    """
    try:
        with aws_errors():
            yield
    except AwsRefused as refused:
        cause = refused.__cause__
        if isinstance(cause, botocore.ClientError):
            answer = cause.response.get("ResponseMetadata", {})
            status = answer.get("HTTPStatusCode", 0)
            if status == 429 or status >= 500:
                raise AwsBusy(refused, retry_after=_retry_after(answer)) from cause
        elif isinstance(cause, botocore.HTTPClientError | botocore.ConnectionError):
            raise AwsBusy(refused) from cause
        raise


def _retry_after(answer: Mapping[str, Any]) -> float:
    try:
        return float(answer.get("HTTPHeaders", {}).get("retry-after", 0))
    except ValueError:  # A date, which AWS does not send.
        return 0.0


def translate(error: botocore.ClientError) -> AwsRefused:
    """One of AWS's answers as one sentence with code, message and remedy."""
    code = str(error.response.get("Error", {}).get("Code", "Unknown"))
    message = str(error.response.get("Error", {}).get("Message", "")).strip().rstrip(".")
    remedy = _REMEDIES.get(code.removesuffix("Exception").removesuffix("Error"))
    text = f"AWS refused {error.operation_name} ({code}): {message or 'no reason given'}"
    return AwsRefused(
        f"{text}; {remedy}" if remedy else text,
        service="",
        operation=error.operation_name,
        code=code,
    )
