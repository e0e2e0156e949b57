"""The errors of Bedrock's OpenAI-compatible API, translated once, in the manner of AWS's others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from nova_rft.errors import AwsRefused

if TYPE_CHECKING:
    from openai import APIStatusError

SERVICE: Final = "bedrock-mantle"
# What usually mends an error, by its code where that says more than its HTTP status.
_REMEDIES: Final = {
    "insufficient_quota": "wait for a running job to end or ask AWS for a higher quota",
    "model_not_available": "use a model that the region offers for fine-tuning",
    "403": "give the calling identity that permission (AmazonBedrockMantleFullAccess)",
    "404": "check the name and the region",
    "408": "try again",
    "429": "wait a minute and try again",
    "5xx": "try again; it is AWS's side that failed",
}


@contextmanager
def mantle_errors(operation: str, url: str, key_remedy: str) -> Iterator[None]:
    """Turns the openai package's errors into ours.

    Args:
        operation: What was asked for, such as `CreateFineTuningJob`.
        url: Where.
        key_remedy: What to do where the key is refused, which depends on where it came from.

    Raises:
        AwsRefused: the API answered with an error or with what is none of its answers, or could not be
            reached.
    """
    # Late: the package takes half a second to import.
    import openai

    try:
        yield
    except openai.APIStatusError as error:
        raise translate(error, operation, key_remedy) from error
    except openai.APIConnectionError as error:
        raise _failed(
            f"{url} could not be reached: {error.__cause__ or error}; check the network, and that the "
            "region offers this API (or AWS_ENDPOINT_URL_BEDROCK_MANTLE)",
            operation,
            type(error).__name__,
        ) from error
    except openai.OpenAIError as error:
        what = f"the call {operation} to {url} failed: {error}"
        raise _failed(what, operation, type(error).__name__) from error


def translate(error: APIStatusError, operation: str, key_remedy: str) -> AwsRefused:
    """One of the API's errors as one sentence with code, message and remedy."""
    status = str(error.status_code)
    body = error.body if isinstance(error.body, dict) else {}
    # AWS's own form, which a gateway in front may use, has its message without OpenAI's `error` around.
    said = str(body.get("message") or body.get("Message") or "").strip().rstrip(".")
    code = str(body.get("code") or status)
    remedy = key_remedy if status == "401" else _remedy(code, status)
    text = f"AWS refused {operation} ({code}): {said or f'HTTP {status}, no reason given'}"
    return _failed(f"{text}; {remedy}" if remedy else text, operation, code)


def is_expired(error: APIStatusError) -> bool:
    """Whether a new key may help: OpenAI's APIs say 401, Bedrock's runtime 403 and that it expired."""
    return error.status_code == 401 or (
        error.status_code == 403 and "expired" in str(error.body).lower()
    )


def no_answer(operation: str, url: str) -> AwsRefused:
    """An answer that is no JSON object: something else than the API is there."""
    what = f"{url} answered {operation} with something else than a JSON object; check the address"
    return _failed(what, operation, "NoAnswer")


def _remedy(code: str, status: str) -> str | None:
    general = "5xx" if status.startswith("5") else status
    return _REMEDIES.get(code) or _REMEDIES.get(general)


def _failed(message: str, operation: str, code: str) -> AwsRefused:
    return AwsRefused(message, service=SERVICE, operation=operation, code=code)
