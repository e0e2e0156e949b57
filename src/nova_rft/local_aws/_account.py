"""What services reach for in the account: moto's S3, IAM and the functions that run for real."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.exceptions import NotFoundException
from moto.s3.exceptions import S3ClientError

from nova_rft.local_aws._events import Events
from nova_rft.local_aws._lambda import LambdaRefused, LambdaService
from nova_rft.local_aws._protocol import ServiceError
from nova_rft.local_aws.training import JobFailed

if TYPE_CHECKING:
    from nova_rft.local_aws.iam import Guard

# Stands for the accounts in which AWS keeps what is its own.
_AWS: Final = "708977205387"


class Account:
    """One account of the embedded AWS, as its services see it."""

    def __init__(self, functions: LambdaService, guard: Guard | None = None) -> None:
        """Takes what runs functions and, where rights are enforced, who does that."""
        self.functions = functions
        self.guard = guard
        self.emit = Events(functions.did).emit
        self._lock = threading.Lock()

    def acting(self, role: str, service: str, source: str) -> Account:
        """The account as a job sees it that acts in a role; this one where nothing is enforced.

        Args:
            role: The role's ARN.
            service: The principal that assumes it, such as `bedrock.amazonaws.com`.
            source: The job's ARN.

        Raises:
            JobFailed: the role does not let the service assume it for that job.
        """
        if self.guard is None:
            return self
        from nova_rft.local_aws.iam import ActingAccount, Denied

        try:
            caller = self.guard.assume(role, service, _session_name(source), source=source)
        except Denied as denied:
            raise JobFailed(str(denied)) from None
        return ActingAccount(self, self.guard, caller, source.split(":")[3])

    def of_key(self, key: str, operation: str) -> Account:
        """The account as the owner of a Bedrock API key sees it; this one where nothing is enforced.

        Args:
            key: The key.
            operation: What of the OpenAI-compatible API is called with it.

        Raises:
            ServiceError: the owner may not call it.
        """
        if self.guard is None:
            return self
        from nova_rft.local_aws.iam import account_of_key

        return account_of_key(self, self.guard, key, operation)

    def require(self, action: str, *resources: str, **context: str) -> None:
        """Refuses what the caller may not do; the account's own master may do everything.

        Args:
            action: Such as `sagemaker:CreateModelPackage`.
            resources: ARNs; each must be allowed.
            context: Condition keys, `s3_prefix` for `s3:prefix`.

        Raises:
            JobFailed: in AWS's words.
        """

    def require_model(self, action: str, model: str) -> None:
        """Refuses a model that the caller may not call.

        Args:
            action: Such as `bedrock:InvokeModel`.
            model: The id or ARN of it, or of its inference profile: that and all behind it are needed.

        Raises:
            JobFailed: in AWS's words.
        """

    def read(self, uri: str) -> bytes:
        """The object at an S3 address.

        Raises:
            JobFailed: there is none.
        """
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            found = _s3().get_object(bucket, key)
        except S3ClientError:
            found = None
        if found is None:
            raise JobFailed(f"the object {uri} does not exist or cannot be read")
        body: bytes = found.value
        return body

    def write(self, uri: str, body: bytes) -> None:
        """Puts an object at an S3 address.

        Raises:
            JobFailed: there is no such bucket.
        """
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            _s3().put_object(bucket, key, body)
        except S3ClientError:
            raise JobFailed(f"{uri} cannot be written: no such bucket") from None

    def objects(self, uri: str) -> list[str]:
        """The S3 addresses of all objects at an address or in the folder of that name, in order."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        if not self.has_bucket(uri):
            return []
        folder = key if key.endswith("/") or not key else f"{key}/"
        found = _s3().list_objects(_s3().get_bucket(bucket), key or None, None, None, None)[0]
        names: list[str] = [one.name for one in found]
        return [f"s3://{bucket}/{name}" for name in names if name == key or name.startswith(folder)]

    def has_bucket(self, uri: str) -> bool:
        """Whether the bucket of an S3 address exists."""
        try:
            _s3().head_bucket(uri.removeprefix("s3://").partition("/")[0])
        except S3ClientError:
            return False
        return True

    def publish(self, uri: str, body: bytes) -> None:
        """Puts an object into a bucket of AWS's own: whoever knows it can read it, nobody lists it."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        backend = get_backend("s3")[_AWS]["aws"]
        with self._lock:
            if bucket not in backend.buckets:
                backend.create_bucket(bucket, "us-east-1")
        backend.put_object(bucket, key, body)

    def log(self, region: str, group: str, stream: str, lines: Iterable[str]) -> None:
        """Writes lines to CloudWatch Logs; group and stream are made where they are missing."""
        logs = get_backend("logs")[DEFAULT_ACCOUNT_ID][region]
        with self._lock:
            if group not in logs.groups:
                logs.create_log_group(group, {})
            logs.ensure_log_stream(group, stream)
            now = int(time.time() * 1000)
            events = [{"timestamp": now, "message": line} for line in lines]
            logs.put_log_events(group, stream, events)

    def invoke(self, region: str, arn: str, payload: bytes) -> tuple[bytes, str]:
        """Calls a function: its payload, and the kind of error if there was one.

        Raises:
            JobFailed: it could not be called at all.
        """
        try:
            done = self.functions.invoke(region, arn, None, payload)
        except LambdaRefused as refused:
            raise JobFailed(
                f"the reward Lambda could not be called ({refused.code}): {refused}"
            ) from None
        return done.payload, done.error

    def check_function(self, region: str, arn: str, member: str) -> None:
        """Refuses the ARN of a function that does not exist; `member` names it in the message.

        Raises:
            ServiceError: there is none.
        """
        try:
            self.functions.find(region, arn, None)
        except LambdaRefused as refused:
            raise ServiceError("ValidationException", f"{member}: {refused}") from None

    def check_role(self, arn: str, service: str, source: str | None = None) -> None:
        """Refuses a role that does not exist or that a service may not assume.

        Args:
            arn: The role's.
            service: Its principal, such as `bedrock.amazonaws.com`.
            source: The ARN of the job that is to act in it; of conditions in the trust policy nothing
                is known without it, nor where rights are not enforced.

        Raises:
            ServiceError: the service could not assume it.
        """
        try:
            role = get_backend("iam")[DEFAULT_ACCOUNT_ID]["aws"].get_role_by_arn(arn)
        except NotFoundException:
            raise ServiceError("ValidationException", f"The role {arn} does not exist") from None
        if not _trusts(role.assume_role_policy_document, service):
            raise ServiceError(
                "ValidationException",
                f"The role {arn} cannot be assumed by {service}; "
                "allow that service sts:AssumeRole in its trust policy",
            )
        if source is not None:
            try:
                self.acting(arn, service, source)
            except JobFailed as refused:
                raise ServiceError("ValidationException", str(refused)) from None


def _session_name(source: str) -> str:
    """The name of a job's session: 64 characters at most, as STS takes them."""
    return source.rsplit("/", 1)[-1][-64:]


def _s3() -> Any:
    return get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"]


def _trusts(document: Any, service: str) -> bool:
    trust = json.loads(document) if isinstance(document, str) else document
    for statement in _listed(trust.get("Statement")):
        principal = statement.get("Principal", {})
        services = principal.get("Service") if isinstance(principal, dict) else None
        if (
            statement.get("Effect") == "Allow"
            and service in _listed(services)
            and "sts:AssumeRole" in _listed(statement.get("Action"))
        ):
            return True
    return False


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
