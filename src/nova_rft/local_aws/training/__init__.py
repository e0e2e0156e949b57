"""What a job does while it runs, whichever service it was submitted to.

Rewarded training draws rollouts from a policy and has the deployed grader score them; the policy is
trained in a process of its own, or was recorded. Every other kind trains a stand-in, a small bigram
model, on the job's own records: its losses are real, and its own.
"""

from nova_rft.local_aws.training._asked import Rewarded, Step
from nova_rft.local_aws.training._ends import JobFailed, JobStopped
from nova_rft.local_aws.training._grading import read_answer
from nova_rft.local_aws.training._policy import Policy, PolicyFailed, policy
from nova_rft.local_aws.training._rewarded import train_by_reward
from nova_rft.local_aws.training._supervised import STAND_IN, Supervised, train_on_texts

__all__ = [
    "STAND_IN",
    "JobFailed",
    "JobStopped",
    "Policy",
    "PolicyFailed",
    "Rewarded",
    "Step",
    "Supervised",
    "policy",
    "read_answer",
    "train_by_reward",
    "train_on_texts",
]
