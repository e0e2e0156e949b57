"""Bedrock's OpenAI-compatible API: files and fine-tuning jobs of open-weight models.

Plain dictionaries in and out, as the API has them: the openai package's own types know no grader that
is a Lambda. (Bedrock User Guide, "Fine-tune open-weight models using OpenAI-compatible APIs", read
2026-11-23.)
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from nova_rft.aws.mantle_errors import is_expired, mantle_errors, no_answer
from nova_rft.aws.session import Aws
from nova_rft.errors import AwsRefused, UsageError

if TYPE_CHECKING:
    from openai import OpenAI

ENDPOINT: Final = "AWS_ENDPOINT_URL_BEDROCK_MANTLE"
KEY: Final = "AWS_BEARER_TOKEN_BEDROCK"
_PURPOSE: Final = "fine-tune"
_JOBS: Final = "/fine_tuning/jobs"
# Seconds without a byte after which a call is given up.
_TIMEOUT_S: Final = 60.0
# As often as botocore calls for us: five times in all.
_RETRIES: Final = 4
_PAGE: Final = 100


class MantleClient:
    """Files and jobs in one region; safe to share between threads.

    The key is AWS_BEARER_TOKEN_BEDROCK or, without that, one made of the AWS credentials, which is
    renewed when it has expired: they live for 12 hours at most, and jobs for longer.
    """

    def __init__(self, aws: Aws) -> None:
        """Makes the client; nothing is called yet."""
        # Late: the package takes half a second to import.
        import openai

        self.url = os.environ.get(ENDPOINT) or f"https://bedrock-mantle.{aws.region}.api.aws/v1"
        self._key = _Key(aws)
        self._refusal = openai.APIStatusError
        self._client = openai.OpenAI(
            base_url=self.url, api_key=self._key, timeout=_TIMEOUT_S, max_retries=_RETRIES
        )

    def close(self) -> None:
        """Closes its connections."""
        self._client.close()

    def upload_file(self, path: Path, name: str) -> str:
        """Sends a file of records unless it is there already; returns its id.

        Args:
            path: The file.
            name: Made from its content's digest: a file that is there under it, in the same size, is
                then known to be equal. Of several the oldest is taken, so that all who ask agree.

        Raises:
            UsageError: the file cannot be read, or there are no credentials.
            AwsRefused: it is not taken.
        """
        with _opened(path) as stream:
            size = stream.seek(0, os.SEEK_END)
            there = [
                file
                for file in self._files()
                if (file["filename"], file["bytes"]) == (name, size) and file["status"] != "error"
            ]
            if there:
                return str(min(there, key=lambda file: (file["created_at"], file["id"]))["id"])
            return str(self._ask("CreateFile", lambda client: _send(client, stream, name))["id"])

    def file_names(self) -> dict[str, str]:
        """The name of each file of records, by its id, those that cannot be used among them."""
        return {file["id"]: file["filename"] for file in self._files()}

    def create_job(self, request: dict[str, Any]) -> dict[str, Any]:
        """Starts a job; the same request twice starts two, for the API has no token.

        So may a call that is repeated because its answer was lost: whoever makes a job looks for others
        on the same file afterwards.

        Raises:
            AwsRefused: the API does not take the request.
        """
        return self._ask(
            "CreateFineTuningJob",
            lambda client: client.post(_JOBS, cast_to=object, body=request),
        )

    def get_job(self, job_id: str) -> dict[str, Any] | None:
        """What the API says of a job, or None where there is none of that id."""
        try:
            return self._get("RetrieveFineTuningJob", f"{_JOBS}/{job_id}")
        except AwsRefused as refused:
            if (
                isinstance(refused.__cause__, self._refusal)
                and refused.__cause__.status_code == 404
            ):
                return None
            raise

    def list_jobs(self) -> Iterator[dict[str, Any]]:
        """All jobs of the account in the region, the newest first."""
        return self._pages("ListFineTuningJobs", _JOBS)

    def cancel_job(self, job_id: str) -> dict[str, Any]:
        """Cancels a job, and gives what it then is.

        Raises:
            AwsRefused: it has ended already, or there is none.
        """
        return self._ask(
            "CancelFineTuningJob",
            lambda client: client.post(f"{_JOBS}/{job_id}/cancel", cast_to=object),
        )

    def events(self, job_id: str) -> Iterator[dict[str, Any]]:
        """A job's events, the newest first; those of type `metrics` hold a step's figures in `data`."""
        return self._pages("ListFineTuningEvents", f"{_JOBS}/{job_id}/events")

    def checkpoints(self, job_id: str) -> Iterator[dict[str, Any]]:
        """A job's checkpoints, the newest first."""
        return self._pages("ListFineTuningJobCheckpoints", f"{_JOBS}/{job_id}/checkpoints")

    def chat(self, model: str, messages: list[dict[str, str]]) -> dict[str, Any]:
        """Has a model answer, base or fine-tuned: the API's chat completion.

        Raises:
            AwsRefused: there is no such model.
        """
        asked = {"model": model, "messages": messages}
        return self._ask(
            "CreateChatCompletion",
            lambda client: client.post("/chat/completions", body=asked, cast_to=object),
        )

    def _files(self) -> Iterator[dict[str, Any]]:
        return self._pages("ListFiles", "/files", purpose=_PURPOSE)

    def _pages(self, operation: str, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page."""
        after: dict[str, str] = {}
        while True:
            page = self._get(operation, path, limit=str(_PAGE), **query, **after)
            items = page.get("data")
            if not isinstance(items, list):
                raise no_answer(operation, self.url)
            yield from items
            if not items or not page.get("has_more"):
                return
            after = {"after": items[-1]["id"]}

    def _get(self, operation: str, path: str, **query: str) -> dict[str, Any]:
        return self._ask(
            operation, lambda client: client.get(path, cast_to=object, options={"params": query})
        )

    def _ask(self, operation: str, call: Callable[[OpenAI], object]) -> dict[str, Any]:
        """One call, and the object that it is answered with."""
        with mantle_errors(operation, self.url, self._key.remedy):
            try:
                found = self._called(call)
            except json.JSONDecodeError:
                found = None
        if not isinstance(found, dict):
            raise no_answer(operation, self.url)
        return found

    def _called(self, call: Callable[[OpenAI], object]) -> object:
        """A call, repeated once with a new key where the key has expired."""
        try:
            return call(self._client)
        except self._refusal as error:
            if not is_expired(error) or not self._key.renew():
                raise
        return call(self._client)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _send(client: OpenAI, stream: BinaryIO, name: str) -> object:
    stream.seek(0)
    return client.post(
        "/files",
        cast_to=object,
        body={"purpose": _PURPOSE},
        files=[("file", (name, stream))],
        options={"headers": {"Content-Type": "multipart/form-data"}},
    )


class _Key:
    """The API key, as the openai package asks for it before each call."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._made = ""
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """The key to use now.

        Raises:
            UsageError: there are no credentials to make one of.
        """
        given = os.environ.get(KEY)
        if given:
            return given
        with self._lock:
            self._made = self._made or self._make()
            return self._made

    def renew(self) -> bool:
        """Has another key made for the next call; False where the key was given to us."""
        if os.environ.get(KEY):
            return False
        with self._lock:
            self._made = ""
        return True

    @property
    def remedy(self) -> str:
        """What to do where the key is refused."""
        if os.environ.get(KEY):
            return f"put a new Bedrock API key into {KEY}, or unset it: one is then made for you"
        return "sign in again, and give the calling identity AmazonBedrockMantleFullAccess"

    def _make(self) -> str:
        """A key that lives as long as the credentials, and no longer than 12 hours."""
        from aws_bedrock_token_generator import BedrockTokenGenerator

        key: str = BedrockTokenGenerator().get_token(self._aws.credentials(), self._aws.region)
        return key
