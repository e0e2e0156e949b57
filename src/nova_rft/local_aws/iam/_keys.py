"""API keys of Bedrock's: whoever made one calls with it, and jobs act as they.

(Bedrock User Guide, "Access and security for open-weight models"; the actions' names by the Service
Authorization Reference, "Amazon Bedrock Mantle", read 2026-11-26, their pairing with operations by
name.)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from moto.core.models import DEFAULT_ACCOUNT_ID

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._protocol import ServiceError
from nova_rft.local_aws.iam._acting import ActingAccount
from nova_rft.local_aws.iam._actions import Needed
from nova_rft.local_aws.iam._guard import Denied, Guard

# Where the action is called otherwise than the operation.
MANTLE_ACTIONS: Final[Mapping[str, str]] = {
    "CreateChatCompletion": "CreateInference",
    "CreateResponse": "CreateInference",
    "DownloadFile": "GetFile",
    "ListFineTuningEvents": "GetFineTuningJob",
    "ListFineTuningJobCheckpoints": "GetFineTuningJob",
    "RetrieveFile": "GetFile",
    "RetrieveFineTuningJob": "GetFineTuningJob",
    "RetrieveModel": "GetModel",
}


def account_of_key(account: Account, guard: Guard, key: str, operation: str) -> Account:
    """The account as the owner of a key sees it, who may carry out an operation.

    Raises:
        ServiceError: they may not, or the key is nobody's.
    """
    try:
        caller, region = guard.caller_of_key(key)
        if caller is None:
            return account
        project = f"arn:aws:bedrock-mantle:{region}:{DEFAULT_ACCOUNT_ID}:project/default"
        action = MANTLE_ACTIONS.get(operation, operation)
        needs = [
            Needed("bedrock-mantle:CallWithBearerToken"),
            Needed(f"bedrock-mantle:{action}", project),
        ]
        guard.require(caller, needs, region)
    except Denied as denied:
        raise ServiceError("AccessDeniedException", str(denied)) from None
    return ActingAccount(account, guard, caller, region)
