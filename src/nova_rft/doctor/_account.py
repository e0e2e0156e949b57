"""The account: region, credentials, the CDK's bootstrap, room to run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from nova_rft.deploy import BOOTSTRAP
from nova_rft.doctor._look import Look, State, look
from nova_rft.errors import FindingsError, UsageError

if TYPE_CHECKING:
    from nova_rft.aws.session import Aws
    from nova_rft.spec import Stage

# A reward's events come side by side: with less room trainers are refused in the middle of a step.
_ROOM: Final = 100


def account(region: str | None, stage: Stage) -> Iterator[Look]:
    """Looks at the account; what needs credentials is not looked at without.

    Args:
        region: The spec's.
        stage: The spec's stage.
    """
    from nova_rft.aws.session import Aws

    try:
        aws = Aws(region)
    except UsageError as error:
        yield Look("region", State.BAD, str(error))
        yield Look(
            "account",
            State.UNKNOWN,
            "credentials, quotas, model access and roles are not looked at without a region",
        )
        return
    yield Look("region", State.GOOD, aws.region)
    whose = look("credentials", lambda: _credentials(aws, stage))
    yield whose
    if whose.state is State.GOOD:
        yield look("CDK bootstrap", lambda: _bootstrap(aws), otherwise=State.WARNING)
        yield look("Lambda concurrency", lambda: _room(aws), otherwise=State.UNKNOWN)


def _credentials(aws: Aws, stage: Stage) -> str:
    found = aws.account()
    stage.check_account(found)
    return f"account {found}"


def _bootstrap(aws: Aws) -> str:
    from nova_rft.aws.stacks import outputs_of

    if outputs_of(aws, BOOTSTRAP) is None:
        raise FindingsError(
            f"{aws.region} was never bootstrapped for the CDK; nova-rft deploy does it the first time"
        )
    return f"the stack {BOOTSTRAP} is there"


def _room(aws: Aws) -> str:
    from nova_rft.aws.quotas import concurrency

    limit = concurrency(aws)
    if limit < _ROOM:
        raise FindingsError(
            f"{limit} events at once, in all functions of the account: a reward may be refused in "
            "the middle of a step; ask for more under Service Quotas, Lambda, concurrent executions"
        )
    return f"{limit:,} events at once, in all functions of the account"
