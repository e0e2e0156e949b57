"""What a distillation's image does before it has answers: batch inference of the teacher.

Nothing is sent to the embedded Bedrock, the scripted model answers at once; but the image's role must be
allowed to all of it (Nova User Guide, "Amazon Nova distillation", read 2026-11-25).
"""

from __future__ import annotations

from nova_rft.local_aws._account import Account
from nova_rft.local_aws.sagemaker._names import arn_of
from nova_rft.local_aws.sagemaker._plan import JobRecord
from nova_rft.spec import RECIPE_TEACHER


def require_batch(job: JobRecord, account: Account) -> None:
    """Refuses a job whose role may not have the teacher answer in a batch of Bedrock's.

    Raises:
        JobFailed: it may not start or follow one, or not pass on the role in which it runs, or that
            may not call the teacher or use the key of the answers.
    """
    given = job.asked["HyperParameters"]
    batch = arn_of(job.region, "model-invocation-job", job.name).replace(":sagemaker:", ":bedrock:")
    account.require_model("bedrock:CreateModelInvocationJob", RECIPE_TEACHER)
    account.require("bedrock:CreateModelInvocationJob", batch)
    passed = {"iam_PassedToService": "bedrock.amazonaws.com"}
    account.require("iam:PassRole", given["role_arn"], **passed)
    inside = account.acting(given["role_arn"], "bedrock.amazonaws.com", batch)
    inside.require_model("bedrock:InvokeModel", RECIPE_TEACHER)
    if given.get("kms_key"):
        inside.require("kms:GenerateDataKey", given["kms_key"])
    account.require("bedrock:GetModelInvocationJob", batch)
