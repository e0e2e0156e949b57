"""SageMaker as a whole: what of its API is answered here."""

from __future__ import annotations

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import JsonService
from nova_rft.local_aws.sagemaker._hubs import Hubs
from nova_rft.local_aws.sagemaker._jobs import Jobs
from nova_rft.local_aws.sagemaker._names import Tags
from nova_rft.local_aws.sagemaker._packages import Packages
from nova_rft.local_aws.training import Policy


class SageMaker:
    """Training jobs, hubs and model packages of this embedded AWS, in memory."""

    def __init__(self, policy: Policy, account: Account, faults: Faults) -> None:
        tags = Tags()
        hubs, packages = Hubs(account, tags), Packages(tags)
        self._jobs = Jobs(policy, account, faults, hubs, packages, tags)
        self._hubs, self._packages = hubs, packages
        self.service = JsonService(
            "sagemaker",
            {
                **self._jobs.operations,
                **hubs.operations,
                **packages.operations,
                **tags.operations,
            },
            faults.check,
        )

    def join_stacks(self) -> None:
        """Lets stacks make its resources; late, for CloudFormation's models are slow to import."""
        from nova_rft.local_aws.sagemaker import _stacks

        _stacks.attach(self._hubs, self._packages)

    def forget(self, identifier: str) -> bool:
        """Makes a job vanish, as if it had never been; its result stays.

        Args:
            identifier: The job's name or ARN.

        Returns:
            False where there is none.
        """
        return self._jobs.forget(identifier)
