"""IAM, enforced: every call of a role or a user is held to its policies, with real ARNs.

Off unless asked for (`nova-rft local up --enforce-iam`). moto can enforce policies itself, but takes
`*` for the resource of most services, and a condition that is not met for a denial; so what decides is
ours, and what it reads (roles, users, policies, sessions) is moto's. What it cannot decide, it refuses.
"""

from nova_rft.local_aws.iam._acting import ActingAccount
from nova_rft.local_aws.iam._actions import Needed
from nova_rft.local_aws.iam._door import Door
from nova_rft.local_aws.iam._functions import function_credentials, function_may_log
from nova_rft.local_aws.iam._guard import Caller, Denied, Guard
from nova_rft.local_aws.iam._keys import account_of_key
from nova_rft.local_aws.iam._policy import Unsupported, Verdict, trusts, verdict

__all__ = [
    "ActingAccount",
    "Caller",
    "Denied",
    "Door",
    "Guard",
    "Needed",
    "Unsupported",
    "Verdict",
    "account_of_key",
    "function_credentials",
    "function_may_log",
    "trusts",
    "verdict",
]
