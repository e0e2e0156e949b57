"""Stages by what they ask for: each option alone, and all that go together."""

from __future__ import annotations

from typing import Any, Final

from tests.infra.conftest import ACCOUNT

BOUNDARY: Final = f"arn:aws:iam::{ACCOUNT}:policy/bound"
KEY: Final = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/0a1b"
JOB: Final = f"arn:aws:iam::{ACCOUNT}:role/jobs"
REWARD: Final = f"arn:aws:iam::{ACCOUNT}:role/made/by/others"
VPC: Final = {
    "vpc": "vpc-0a1b2c3d",
    "subnets": ["subnet-0a1b2c3d", "subnet-4e5f6a7b"],
    "security_groups": ["sg-0a1b2c3d"],
}
BUCKETS: Final = {"data": "their-records", "output": "their-results"}
ROLES: Final = {"job": JOB, "reward": REWARD}

STAGES: Final[dict[str, dict[str, Any]]] = {
    "defaults": {},
    "destroy": {"removal": "destroy"},
    "a new network": {"network": {}},
    "a network that is there": {"network": VPC},
    "a new key": {"key": "new"},
    "a key that is there": {"key": KEY},
    "a boundary": {"permissions_boundary": BOUNDARY},
    "buckets that are there": {"buckets": BUCKETS},
    "roles that are there": {"roles": ROLES},
    "a pipeline": {"pipeline": {}, "notify": {"emails": ["a@example.com"]}},
    "scoring": {"scoring": True},
    "all new": {
        "account": ACCOUNT,
        "removal": "destroy",
        "tags": {"cost-centre": "42"},
        "permissions_boundary": BOUNDARY,
        "network": {},
        "key": "new",
        "pipeline": {},
        "scoring": True,
        "notify": {
            "emails": ["a@example.com"],
            "slack_secret": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:slack-AbCdEf",
        },
        "kept": {"log_days": 7, "trace_days": 30, "access_log_days": 60, "noncurrent_days": 5},
    },
    "all there": {
        "network": VPC,
        "key": KEY,
        "buckets": BUCKETS,
        "roles": ROLES,
        "permissions_boundary": BOUNDARY,
        "pipeline": {},
        "scoring": True,
        "notify": {"topic": f"arn:aws:sns:us-east-1:{ACCOUNT}:ours"},
    },
}
# Each has something that the others have not: a grader of Bedrock's, a registry, a teacher's key.
CELLS: Final = ("rft on bedrock", "rft on sagemaker", "distillation on sagemaker-recipe")
# A table, programs, and a judge on Bedrock.
RICH: Final = """
project: p
model: amazon.nova-2-lite-v1:0:256k
data: {train: a.jsonl}
reward:
  range: [0, 1]
  terms:
    - {name: cases, type: code}
    - name: judge
      type: rubric
      model: {provider: bedrock, id: us.amazon.nova-pro-v1:0}
      criteria: [{name: a, question: Is it right?}]
  cache: true
"""
