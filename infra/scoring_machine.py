"""The state machine that scores large files, in Amazon States Language: one map, one state in it."""

from __future__ import annotations

from typing import Any, Final

# Children that may fail before the whole is given up, in percent: a reward that fails everywhere should
# not be asked ten thousand times, and one that fails on an item should not lose the others. With a
# point, since moto's interpreter reads no whole number there.
TOLERATED: Final = 10.0
_BUSY: Final = [
    "RewardBusy",
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
]


def definition(partition: str, function: str, bucket: str) -> dict[str, Any]:
    """The machine; its input is `{"bucket", "manifest", "concurrency"}`.

    Args:
        partition: Such as `aws`.
        function: ARN of the function that scores one chunk.
        bucket: Where what the children say of themselves is written: their rows they write themselves.
    """
    service = f"arn:{partition}:states:::"
    score = {
        "Type": "Task",
        "Resource": f"{service}lambda:invoke",
        "Parameters": {"FunctionName": function, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "Retry": [
            {
                "ErrorEquals": _BUSY,
                "IntervalSeconds": 2,
                "BackoffRate": 2,
                "MaxDelaySeconds": 120,
                "MaxAttempts": 12,
                "JitterStrategy": "FULL",
            },
            {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 2},
        ],
        "End": True,
    }
    chunks = {
        "Type": "Map",
        "Label": "Chunks",
        "ItemReader": {
            "Resource": f"{service}s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket.$": "$.bucket", "Key.$": "$.manifest"},
        },
        "MaxConcurrencyPath": "$.concurrency",
        "ToleratedFailurePercentage": TOLERATED,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Score",
            "States": {"Score": score},
        },
        # Without it all that children answer would have to fit into one state.
        "ResultWriter": {
            "Resource": f"{service}s3:putObject",
            "Parameters": {"Bucket": bucket, "Prefix": "scoring/results"},
        },
        "End": True,
    }
    return {"StartAt": "Chunks", "States": {"Chunks": chunks}}
