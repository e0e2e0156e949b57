"""What a job leaves behind in S3.

The weights of a Nova model never reach the customer's bucket: they stay in one of AWS's, and a
`manifest.json` names the place (`checkpoint_s3_bucket`). It is in `OUTPUT/JOB/output/output.tar.gz`, as
aws/nova-forge-sdk 1.4.10 reads it; a job without compression has its files there as they are.
"""

from __future__ import annotations

import csv
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Final

from moto.core.models import DEFAULT_ACCOUNT_ID

from nova_rft.local_aws._account import Account
from nova_rft.local_aws.sagemaker._plan import JobRecord, Plan
from nova_rft.local_aws.training import Step

_ESCROW: Final = f"s3://customer-escrow-{DEFAULT_ACCOUNT_ID}-smtj-embedded"


def put_checkpoint(
    job: JobRecord, plan: Plan, steps: Sequence[Step], trained_by: str, account: Account
) -> str:
    """Puts what stands for the weights into AWS's own bucket; its address."""
    last = int(steps[-1]["step_number"]) if steps else 0
    place = f"{_ESCROW}/{job.name}/step_{last}"
    stands_for = {
        "job": job.shown["TrainingJobArn"],
        "base_model": plan.model,
        "technique": plan.technique,
        "trained_by": trained_by,
        "note": "made by the embedded AWS: there are no weights",
    }
    account.publish(f"{place}/stand-in.json", json.dumps(stands_for).encode())
    return place


def put_outputs(job: JobRecord, checkpoint: str, steps: Sequence[Step], account: Account) -> str:
    """Writes a recipe job's output; the address of its model artifacts.

    Raises:
        JobFailed: the bucket is gone.
    """
    note = b"the weights are where output/manifest.json says\n"
    manifest = json.dumps({"checkpoint_s3_bucket": checkpoint}).encode()
    files = {"manifest.json": manifest, "step_wise_training_metrics.csv": _table(steps)}
    if job.asked["OutputDataConfig"].get("CompressionType") == "NONE":
        for name, body in files.items():
            account.write(f"{job.output}/{name}", body)
        account.write(f"{job.output}/model/README.txt", note)
        return f"{job.output}/model/"
    account.write(f"{job.output}/output.tar.gz", _packed(files))
    account.write(f"{job.output}/model.tar.gz", _packed({"README.txt": note}))
    return f"{job.output}/model.tar.gz"


def _packed(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, body in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return packed.getvalue()


def _table(steps: Sequence[Step]) -> bytes:
    text = io.StringIO()
    names = dict.fromkeys(name for step in steps for name in step)
    writer = csv.DictWriter(text, fieldnames=list(names))
    writer.writeheader()
    writer.writerows(steps)
    return text.getvalue().encode()
