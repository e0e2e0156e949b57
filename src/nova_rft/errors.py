"""Every error that this package raises on purpose.

    NovaRftError                 the root: catch this to catch them all
    ├── UsageError               wrong call: a missing file, a port in use, no Node (exit status 2)
    │   ├── SpecError            the spec cannot be used as written        (exit status 1)
    │   ├── StorageError         this machine's disk refused a write
    │   ├── NoRegion             no AWS region is named anywhere
    │   └── NoJob                the project has no job yet (`nova_rft.jobs`)
    ├── FindingsError            data or a deployment breaks a rule       (exit status 1)
    │   ├── JobFailed            a job ended Failed or Stopped
    │   └── NotYet               a model is still being imported or deployed (`nova_rft.jobs`)
    ├── JudgeError               a judge model gave no usable reply
    │   ├── JudgeUnavailable     worth asking again later: throttled, timed out, 5xx
    │   ├── JudgeRefused         asking again cannot help: no access, unknown model, bad request
    │   │   └── FormRefused      the service does not take this form of answer
    │   ├── JudgeDeferred        the answer comes later, with many others
    │   └── BudgetSpent          the spec's budget allows no more calls
    └── AwsRefused               AWS answered with an error               (exit status 3)
        └── AwsBusy              worth asking again later: throttled, 5xx, not reached

Each message is one sentence or two that name the place, what is wrong and what to do.
"""

from __future__ import annotations

from typing import ClassVar


class NovaRftError(Exception):
    """Root of all errors raised on purpose by nova_rft."""

    exit_status: ClassVar[int] = 2


class UsageError(NovaRftError, ValueError):
    """The call cannot be carried out as given; nothing was changed."""


class NoRegion(UsageError):
    """No AWS region is named, and none is invented."""


class SpecError(UsageError):
    """The spec is not valid; the message holds every problem, one a line."""

    exit_status = 1


class StorageError(UsageError, OSError):
    """This machine refused to store something (disk full, read-only folder)."""


class FindingsError(NovaRftError):
    """Records, a deployment or a job break a rule; the message says which and how to mend it."""

    exit_status = 1


class JobFailed(FindingsError):
    """A customization job ended Failed or Stopped."""


class JudgeError(NovaRftError):
    """A judge model gave no usable reply."""

    exit_status = 3


class JudgeUnavailable(JudgeError):
    """The judge did not answer in time, or refused for a reason that passes (throttling, 5xx).

    Attributes:
        retry_after: Seconds after which the service asks to be called again, where it says so.
        throttled: Whether the service says that it is asked too often.
    """

    def __init__(self, message: str, *, retry_after: float = 0.0, throttled: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.throttled = throttled


class JudgeRefused(JudgeError):
    """The judge refused for a reason that a retry cannot mend (no access, unknown model)."""


class FormRefused(JudgeRefused):
    """The judge refused a request whose answer was asked for as a tool call or by a JSON schema."""


class JudgeDeferred(JudgeError):
    """The question was taken down, to be asked with many others; nothing can be made of it yet."""


class BudgetSpent(JudgeError):
    """The money that the spec allows for judging is spent; nothing more is asked."""


class AwsRefused(NovaRftError):
    """AWS answered with an error.

    Attributes:
        service: The service's name as botocore writes it, such as `bedrock`.
        operation: The operation that was refused, such as `CreateModelCustomizationJob`.
        code: AWS's error code, such as `AccessDeniedException`.
    """

    exit_status = 3

    def __init__(self, message: str, *, service: str, operation: str, code: str) -> None:
        super().__init__(message)
        self.service = service
        self.operation = operation
        self.code = code


class AwsBusy(AwsRefused):
    """AWS refused for a reason that passes: throttled, a fault of its own, or not reached at all.

    Attributes:
        retry_after: Seconds after which the service asks to be called again, where it says so.
    """

    def __init__(self, refused: AwsRefused, *, retry_after: float = 0.0) -> None:
        super().__init__(
            str(refused), service=refused.service, operation=refused.operation, code=refused.code
        )
        self.retry_after = retry_after
