"""20,000 responses through `--engine lambda` in the embedded AWS: rows a second, and memory.

A function that scores by the length of what was said stands for the reward Lambda, so that what is
measured is the engine: work gathered on disk, events sent, the ledger written here and in S3, rows in
order. A tenth of the responses beside it shows whether memory grows with their number.
"""

from __future__ import annotations

import io
import json
import os
import platform
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Final, cast

from bench._figure import Figure, at_least, at_most
from bench._measure import Cost, run_once
from nova_rft import local_aws

_ITEMS: Final = 20_000
_GROUP: Final = 8
_BUCKET: Final = "bench-scores"
_FUNCTION: Final = "bench-reward"
_HANDLER: Final = """
def handler(event, context):
    return [{"id": i["id"], "aggregate_reward_score": float(len(i["messages"][-1]["content"])),
             "metrics_list": []} for i in event]
"""
_DRIVER: Final = """
import json, sys
from pathlib import Path
from nova_rft.aws.folder import BucketFolder
from nova_rft.aws.reward_lambda import RewardLambda
from nova_rft.aws.session import Aws
from nova_rft.reward import read_raw_items
from nova_rft.scale import LambdaEngine, Ledger, Limits, Scoring, Work
file, home, bucket, function = sys.argv[1:]
aws, home = Aws("us-east-1"), Path(home)
folder = BucketFolder(aws, bucket, f"scores/{home.name}/")
engine = LambdaEngine(RewardLambda(aws, function), 4)
with Work(read_raw_items(file), home.name, home) as work, \\
        Ledger(home / "ledger.sqlite", folder) as ledger:
    scoring = Scoring(work, ledger, engine, Limits())
    summary = scoring.run()
    assert summary.scored == summary.items == len(work), summary
    with (home / "rows.jsonl").open("w") as out:
        for row in scoring.rows():
            out.write(json.dumps(row) + "\\n")
"""


def measure() -> list[Figure]:
    """The table's rows."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        running = local_aws.up(folder / "home")
        try:
            environment = {**os.environ, **local_aws.environment(running.endpoint)}
            _prepare(running.endpoint)
            tenth = _scored(folder, "tenth", _ITEMS // 10, environment)
            whole = _scored(folder, "whole", _ITEMS, environment)
            again = _scored(folder, "whole", _ITEMS, environment)
        finally:
            local_aws.down(folder / "home")
    ratio = whole.memory / tenth.memory
    return [
        Figure(
            "rows",
            f"{_ITEMS:,} responses by --engine lambda",
            _ITEMS / whole.wall,
            "rows/s",
            bound=at_least(500),
            note=f"{whole.memory:.0f} MB",
        ),
        Figure("grown", "memory for ten times the responses", ratio, "times", bound=at_most(1.2)),
        Figure("again", "the same again, all known", _ITEMS / again.wall, "rows/s"),
    ]


def _scored(folder: Path, name: str, items: int, environment: dict[str, str]) -> Cost:
    file, home = folder / f"{name}.jsonl", folder / name
    home.mkdir(exist_ok=True)
    with file.open("w") as out:
        for number in range(items):
            turns = [
                {"role": "user", "content": f"question {number // _GROUP} " * 20},
                {"role": "assistant", "content": f"answer {number} " * 60},
            ]
            out.write(json.dumps({"id": f"{number}", "messages": turns}) + "\n")
    command = [sys.executable, "-c", _DRIVER, str(file), str(home), _BUCKET, _FUNCTION]
    return run_once(command, environment)


def _prepare(endpoint: str) -> None:
    import boto3

    def client(name: str) -> Any:
        return cast(Any, boto3).client(
            name,
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="embedded",
            aws_secret_access_key="embedded",  # noqa: S106 - the embedded AWS asks for none
        )

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("handler.py", _HANDLER)
    trust = {"Service": "lambda.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = client("iam").create_role(RoleName="bench", AssumeRolePolicyDocument=policy)
    machine = platform.machine()
    client("lambda").create_function(
        FunctionName=_FUNCTION,
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Architectures=["arm64" if machine == "aarch64" else "x86_64"],
        Role=role["Role"]["Arn"],
        Handler="handler.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=60,
    )
    client("s3").create_bucket(Bucket=_BUCKET)
