"""The account as a job sees it: whatever it does there, its role must be allowed to.

A service that runs a job calls others in the role's name (Bedrock User Guide, "Create an IAM service
role for model customization"; SageMaker Developer Guide, "How to use SageMaker AI execution roles").
"""

from __future__ import annotations

from collections.abc import Iterable

from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from nova_rft.local_aws._account import Account
from nova_rft.local_aws.iam._actions import Needed, of_log
from nova_rft.local_aws.iam._guard import Caller, Denied, Guard
from nova_rft.local_aws.iam._models import invoked_models
from nova_rft.local_aws.training import JobFailed


class ActingAccount(Account):
    """An account, entered with somebody's rights."""

    def __init__(self, account: Account, guard: Guard, caller: Caller, region: str) -> None:
        super().__init__(account.functions, guard)
        self._rights = guard
        self._caller = caller
        self._region = region

    def require(self, action: str, *resources: str, **context: str) -> None:
        """Refuses what the caller may not do."""
        keys = {name.replace("_", ":", 1): value for name, value in context.items()}
        self._require(Needed(action, one, keys) for one in resources)

    def require_model(self, action: str, model: str) -> None:
        """Refuses a model that the caller may not call."""
        for arn, profile in invoked_models(model, self._region):
            keys = {"bedrock:InferenceProfileArn": profile} if profile else {}
            self._require([Needed(action, arn, keys)])

    def _require(self, needs: Iterable[Needed]) -> None:
        try:
            self._rights.require(self._caller, needs, self._region)
        except Denied as denied:
            raise JobFailed(str(denied)) from None

    def read(self, uri: str) -> bytes:
        """The object at an S3 address, where it may be read."""
        self.require("s3:GetObject", _object(uri))
        return super().read(uri)

    def write(self, uri: str, body: bytes) -> None:
        """Puts an object at an S3 address, where it may be written."""
        self.require("s3:PutObject", _object(uri))
        super().write(uri, body)

    def objects(self, uri: str) -> list[str]:
        """The S3 addresses below one, where they may be listed."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.require("s3:ListBucket", f"arn:aws:s3:::{bucket}", s3_prefix=key)
        return super().objects(uri)

    def invoke(self, region: str, arn: str, payload: bytes) -> tuple[bytes, str]:
        """Calls a function, where it may be called."""
        self.require("lambda:InvokeFunction", arn)
        return super().invoke(region, arn, payload)

    def log(self, region: str, group: str, stream: str, lines: Iterable[str]) -> None:
        """Writes lines where it may; else they are lost, and nobody is told: so it is in AWS."""
        if may_log(self._rights, self._caller, region, group, stream):
            super().log(region, group, stream, lines)


def may_log(guard: Guard, caller: Caller, region: str, group: str, stream: str) -> bool:
    """Whether somebody may write to a stream, and may make what of it is missing."""
    needs = [of_log(action, region, group, stream) for action in _missing_in(region, group, stream)]
    try:
        guard.require(caller, [*needs, of_log("PutLogEvents", region, group, stream)], region)
    except Denied:
        return False
    return True


def _missing_in(region: str, group: str, stream: str) -> list[str]:
    """What has to be made before anything can be written to a stream."""
    groups = get_backend("logs")[DEFAULT_ACCOUNT_ID][region].groups
    if group not in groups:
        return ["CreateLogGroup", "CreateLogStream"]
    return [] if stream in groups[group].streams else ["CreateLogStream"]


def _object(uri: str) -> str:
    return f"arn:aws:s3:::{uri.removeprefix('s3://')}"
