"""The pipeline's functions: one step for each call, events, starting when deployed, telling Slack.

Environment: `NOVA_RFT_PIPELINE` (the stage's settings, JSON), `NOVA_RFT_PIPELINE_TABLE`,
`NOVA_RFT_PIPELINE_BUCKET`, `NOVA_RFT_PIPELINE_MACHINE`, and where somebody is told
`NOVA_RFT_PIPELINE_TOPIC` and `NOVA_RFT_SLACK_SECRET`.
"""

from __future__ import annotations

import json
import os
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

# What a job's folder is elsewhere; nothing depends on it.
os.environ.setdefault("NOVA_RFT_HOME", str(Path(tempfile.gettempdir()) / "nova-rft"))

from nova_rft.aws.session import Aws
from nova_rft.aws.tell import tell_slack
from nova_rft.pipeline import (
    Deployed,
    Place,
    Runs,
    Workplace,
    job_ended,
    run_ended,
    take_step,
)
from nova_rft.pipeline import on_deploy as start_on_deploy
from nova_rft.spec import Pipeline

_AWS = Aws()
_PLACE = Workplace(
    aws=_AWS,
    runs=Runs(_AWS, os.environ["NOVA_RFT_PIPELINE_TABLE"]),
    bucket=os.environ["NOVA_RFT_PIPELINE_BUCKET"],
    settings=Pipeline.model_validate_json(os.environ["NOVA_RFT_PIPELINE"]),
    scratch=Path(os.environ["NOVA_RFT_HOME"]) / "packs",
    topic=os.environ.get("NOVA_RFT_PIPELINE_TOPIC"),
    slack_secret=os.environ.get("NOVA_RFT_SLACK_SECRET"),
)
_DEPLOYED = Place(
    machine=os.environ["NOVA_RFT_PIPELINE_MACHINE"],
    table=os.environ["NOVA_RFT_PIPELINE_TABLE"],
    bucket=os.environ["NOVA_RFT_PIPELINE_BUCKET"],
)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Takes the step that the state machine asks for."""
    return take_step(_PLACE, event, left_s=context.get_remaining_time_in_millis() / 1000)


def on_deploy(event: dict[str, Any], context: Any) -> None:
    """Starts the pipeline for what CloudFormation deploys, and answers at the address that it gives."""
    try:
        done = start_on_deploy(_PLACE, _DEPLOYED, event)
    except Exception as error:
        # Without an answer CloudFormation would wait for an hour.
        known = str(event.get("PhysicalResourceId") or "none")
        done = Deployed(False, known, f"{type(error).__name__}: {error}")
    print(json.dumps({"request": event["RequestType"], "run": done.run, "said": done.said}))
    where = f"{context.log_group_name} has more"
    answer = {
        "Status": "SUCCESS" if done.ok else "FAILED",
        "Reason": f"{done.said[:1000]} ({where})",
        "PhysicalResourceId": done.run,
        "Data": {"Said": done.said[:1000]},
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    asked = urllib.request.Request(  # noqa: S310 - CloudFormation's own address
        event["ResponseURL"], json.dumps(answer).encode(), {"content-type": ""}, method="PUT"
    )
    urllib.request.urlopen(asked, timeout=30).close()  # noqa: S310 - as above


def on_notice(event: dict[str, Any], _: Any) -> None:
    """Tells Slack what the topic was told; where it cannot, Lambda tries twice more."""
    for record in event["Records"]:
        told = record["Sns"]
        tell_slack(
            _AWS, os.environ["NOVA_RFT_SLACK_SECRET"], f"{told['Subject']}\n{told['Message']}"
        )


def on_event(event: dict[str, Any], _: Any) -> bool:
    """Hears that a job has changed, or that an execution has ended."""
    heard = run_ended if event["source"] == "aws.states" else job_ended
    return heard(_PLACE, event["detail"])
