"""What new things are called, and when they were made."""

from __future__ import annotations

import secrets
import string
from datetime import UTC, datetime
from typing import Final

from moto.core.models import DEFAULT_ACCOUNT_ID

ACCOUNT: Final = DEFAULT_ACCOUNT_ID
# What stands in the ARN of a custom model's deployment.
DEPLOYMENT: Final = "custom-model-deployment"
_LETTERS: Final = string.ascii_lowercase + string.digits


def new_arn(region: str, *path: str) -> str:
    """An ARN of this account that nothing else has, such as `...:custom-model-deployment/ID`."""
    last = "".join(secrets.choice(_LETTERS) for _ in range(12))
    return f"arn:aws:bedrock:{region}:{ACCOUNT}:{'/'.join([*path, last])}"


def foundation_arn(region: str, model: str) -> str:
    """The ARN of a foundation model, from its id."""
    return f"arn:aws:bedrock:{region}::foundation-model/{model}"


def region_of(arn: str) -> str:
    """The region that an ARN names."""
    return arn.split(":")[3]


def now() -> datetime:
    """The time in whole milliseconds: finer than it is shown, it would be later than itself."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
