"""The pipeline's functions: one step for each call, what events say, and starting on a deployment.

Environment: `NOVA_RFT_PIPELINE` (the stage's settings, JSON), `NOVA_RFT_PIPELINE_TABLE`,
`NOVA_RFT_PIPELINE_BUCKET`, and where somebody is told `NOVA_RFT_PIPELINE_TOPIC` and
`NOVA_RFT_SLACK_SECRET`.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

# What a job's folder is elsewhere; nothing depends on it.
os.environ.setdefault("NOVA_RFT_HOME", str(Path(tempfile.gettempdir()) / "nova-rft"))

from nova_rft.aws.session import Aws
from nova_rft.pipeline import Runs, Workplace, job_ended, run_ended, take_step
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


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Takes the step that the state machine asks for."""
    return take_step(_PLACE, event)


def on_event(event: dict[str, Any], _: Any) -> bool:
    """Hears that a job has changed, or that an execution has ended."""
    heard = run_ended if event["source"] == "aws.states" else job_ended
    return heard(_PLACE, event["detail"])
