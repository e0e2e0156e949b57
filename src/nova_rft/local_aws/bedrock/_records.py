"""The records of a job: read, checked by the service's rules, or the reason why the job fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nova_rft.data import Asked, check_records_of, json_lines
from nova_rft.local_aws._account import Account
from nova_rft.local_aws.bedrock._logs import records_in_logs
from nova_rft.local_aws.bedrock._plan import Plan
from nova_rft.local_aws.training import JobFailed

Records = list[dict[str, Any]]


def training_records(request: Mapping[str, Any], plan: Plan, account: Account) -> Records:
    """The training records, from a file or from invocation logs.

    Raises:
        JobFailed: they cannot be read, or break a rule.
    """
    config = request["trainingDataConfig"]
    logs = config.get("invocationLogsConfig")
    if logs is None:
        return _checked(account.read(config["s3Uri"]), config["s3Uri"], plan, training=True)
    records = records_in_logs(logs, plan.technique, account)
    body = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    return _checked(body, logs["invocationLogSource"]["s3Uri"], plan, training=True)


def validation_records(request: Mapping[str, Any], plan: Plan, account: Account) -> list[Records]:
    """The records of each validator.

    Raises:
        JobFailed: they cannot be read, or break a rule.
    """
    validators = request.get("validationDataConfig", {}).get("validators", ())
    return [
        _checked(account.read(one["s3Uri"]), one["s3Uri"], plan, training=False)
        for one in validators
    ]


def _checked(body: bytes, uri: str, plan: Plan, *, training: bool) -> Records:
    lines = body.splitlines(keepends=True)
    asked = Asked(plan.technique, model=plan.base, training=training)
    found = check_records_of(lambda: enumerate(lines, start=1), uri, asked).findings
    errors = [finding for finding in found if finding.severity == "error"]
    if errors:
        raise JobFailed(f"{errors[0]} (errors in all: {len(errors)})")
    return [line.value for line in json_lines(lines)]
