"""The reward Lambda: parse the event, call the package, render the answer.

Everything it needs travels in its asset: `reward.json` holds the resolved reward of the spec, so a
cold start calls nothing. Environment: `NOVA_RFT_PROJECT`, `NOVA_RFT_STAGE`, `NOVA_RFT_TRACE_BUCKET`,
and where a budget's total or a cache is kept `NOVA_RFT_JUDGE_TABLE`, where programs are run
`NOVA_RFT_CODE_FUNCTION`; `AWS_REGION` and the function's name and
version come from Lambda.
"""

from __future__ import annotations

import gc
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

# What is imported and built here lives as long as the function: to look through it for garbage while
# it grows was a quarter of a cold start.
gc.disable()

from nova_rft.aws.code import LambdaRunner
from nova_rft.aws.emit import Of, Took, emit
from nova_rft.aws.judge_table import TablePurse, TableStore
from nova_rft.aws.judges import judge_models
from nova_rft.aws.log import event_logger, log_event
from nova_rft.aws.session import Aws
from nova_rft.reward import JudgeModels, RewardFunction, answer, pack, read_event, trace_rows
from nova_rft.spec import RewardSpec, digest

_PROJECT = os.environ["NOVA_RFT_PROJECT"]
_TRACE_BUCKET = os.environ["NOVA_RFT_TRACE_BUCKET"]
_VERSION = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
_OF = Of(_PROJECT, os.environ["NOVA_RFT_STAGE"], _VERSION)

_LOG = event_logger(_PROJECT, _VERSION)
_SPEC = RewardSpec.read_resolved(Path(__file__).with_name("reward.json").read_bytes())
_AWS = Aws()
_TABLE = os.environ.get("NOVA_RFT_JUDGE_TABLE")
_MODELS = JudgeModels(
    _SPEC,
    judge_models(lambda: _AWS),
    # Without its table a budget's total is refused here, before anything is spent.
    purse=TablePurse(_AWS, _TABLE, digest(_SPEC)) if _TABLE else None,
    store=TableStore(_AWS, _TABLE) if _TABLE else None,
)
_CODE = os.environ.get("NOVA_RFT_CODE_FUNCTION")
_REWARD = RewardFunction(
    _SPEC,
    _MODELS,
    folder=Path(__file__).with_name("project"),
    code=LambdaRunner(_AWS, _CODE) if _CODE else None,
)
gc.freeze()
gc.enable()


def handler(event: Any, context: Any) -> list[dict[str, Any]]:
    """Scores one reward event; the answer has one item for each of the event's, in order."""
    started = time.monotonic()
    deadline = started + context.get_remaining_time_in_millis() / 1000 - _SPEC.reserve_s
    _LOG.append_keys(request=context.aws_request_id)
    items = read_event(event)
    before = _MODELS.totals
    scored = _REWARD.score(items, deadline=deadline)
    ended, judged = time.monotonic(), _MODELS.totals - before
    seconds = ended - started
    emit(items, scored, _OF, Took(seconds, deadline - ended, judged, _MODELS.latencies))
    log_event(_LOG, items, scored, seconds=seconds, judged=judged, texts=_SPEC.log_text)
    rows = list(
        trace_rows(
            items,
            scored,
            share=_SPEC.trace_share,
            at=datetime.now(UTC).isoformat(timespec="milliseconds"),
            version=_VERSION,
            request=context.aws_request_id,
        )
    )
    if rows:
        _keep(rows, context.aws_request_id)
    return answer(scored)


def _keep(rows: list[dict[str, Any]], request_id: str) -> None:
    """Writes traces; losing them must not lose a reward."""
    hour = datetime.now(UTC).strftime("%Y-%m-%dT%H")
    key = f"traces/{_VERSION}/{hour}/{request_id}.jsonl.gz"
    try:
        _AWS.client("s3").put_object(Bucket=_TRACE_BUCKET, Key=key, Body=pack(rows))
    except Exception as error:  # Whatever it is: the reward is there.
        _LOG.error("traces not kept", extra={"key": key, "error": str(error)})
