"""One chunk of a large scoring: its items from S3 to the reward Lambda, the rows back to S3.

Event: `{"chunk", "part", "function"}`: where the chunk lies, where the rows go, and the version of the
reward Lambda. What is there already is not scored again. Environment: `NOVA_RFT_BUCKET`.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError

from nova_rft.scale.part import (
    Items,
    Part,
    pack_part,
    read_chunk,
    spent_in,
    sum_of,
    too_much,
    wrong_answer,
)

_BUCKET = os.environ["NOVA_RFT_BUCKET"]
_SESSION = botocore.session.get_session()
_S3: Any = _SESSION.create_client("s3")
# The state machine asks again, and waits meanwhile without paying for it.
_LAMBDA: Any = _SESSION.create_client(
    "lambda", config=Config(read_timeout=895, retries={"total_max_attempts": 1})
)


class RewardBusy(Exception):
    """Lambda had no room for the reward, or failed itself; the state machine knows it by its name."""


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Scores one chunk, once."""
    if _is_there(event["part"]):
        return {"items": 0, "failure": ""}
    chunk = read_chunk(_S3.get_object(Bucket=_BUCKET, Key=event["chunk"])["Body"].read())
    parts = _score(chunk, event["function"])
    part = Part(
        [pair for one in parts for pair in one.pairs],
        sum_of(one.spent for one in parts),
        next((one.failure for one in parts if one.failure), ""),
    )
    _S3.put_object(Bucket=_BUCKET, Key=event["part"], Body=pack_part(part))
    return {"items": len(part.pairs), "failure": part.failure[:200]}


def _is_there(key: str) -> bool:
    """By a listing, which the role may make of rows alone; to be asked for what is not there, of all."""
    found = _S3.list_objects_v2(Bucket=_BUCKET, Prefix=key, MaxKeys=1)
    return any(one["Key"] == key for one in found.get("Contents", ()))


def _score(chunk: Items, function: str) -> Sequence[Part]:
    """The rows; of halves where the whole is too much for one call."""
    try:
        answer = _LAMBDA.invoke(
            FunctionName=function, Payload=json.dumps(list(chunk.items)), LogType="Tail"
        )
        body = answer["Payload"].read()
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 429 or status >= 500:
            raise RewardBusy(str(error)) from error
        raise
    except HTTPClientError as error:
        raise RewardBusy(str(error)) from error
    said = json.loads(body)
    if "FunctionError" not in answer:
        wrong = wrong_answer(chunk.items, said)
        if wrong:
            return [Part([], None, wrong)]
        log = base64.b64decode(answer.get("LogResult", "")).decode("utf-8", "replace")
        return [Part(list(zip(chunk.keys, said, strict=True)), spent_in(log))]
    kind, why = str(said.get("errorType", "")), str(said.get("errorMessage", body[:300]))
    halves = chunk.halves()
    if too_much(kind, why) and len(halves) > 1:
        return [part for half in halves for part in _score(half, function)]
    return [Part([], None, f"the reward Lambda failed: {kind}: {why}")]
