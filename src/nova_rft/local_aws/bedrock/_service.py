"""Bedrock's control plane and its Converse, as one: they share what was made."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from nova_rft.local_aws._account import Account
from nova_rft.local_aws._faults import Faults
from nova_rft.local_aws._protocol import RestJsonService
from nova_rft.local_aws.bedrock._batches import Batches
from nova_rft.local_aws.bedrock._converse import answer_converse, converse_service
from nova_rft.local_aws.bedrock._deployments import Deployments
from nova_rft.local_aws.bedrock._evaluations import Evaluations
from nova_rft.local_aws.bedrock._foundation import MODEL_OPERATIONS
from nova_rft.local_aws.bedrock._jobs import Jobs
from nova_rft.local_aws.bedrock._models import Models
from nova_rft.local_aws.bedrock._tags import Tags
from nova_rft.local_aws.training import Policy


class Bedrock:
    """Jobs, models and deployments of this embedded AWS, in memory."""

    def __init__(self, policy: Policy, account: Account, faults: Faults) -> None:
        lock = threading.RLock()
        tags = Tags(lock)
        deployments: Deployments
        models = Models(account, tags, lock, lambda arn: deployments.uses(arn))
        deployments = Deployments(models, tags, faults, lock)
        self._jobs = Jobs(policy, account, faults, models, tags, lock)
        batches = Batches(account, tags, faults, lock, answer_converse)
        operations = {
            **self._jobs.operations,
            **batches.operations,
            **models.operations,
            **deployments.operations,
            **Evaluations(account, tags, faults, lock).operations,
            **tags.operations,
            **MODEL_OPERATIONS,
        }
        self.services: Sequence[RestJsonService] = (
            RestJsonService("bedrock", operations, faults.check),
            converse_service(faults.check, deployments.check_serving),
        )

    def forget(self, identifier: str) -> bool:
        """Makes a job vanish, by its name or ARN; False where there is none."""
        return self._jobs.forget(identifier)
