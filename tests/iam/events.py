"""Events through the deployed reward, and other code in the place of its sandbox."""

from __future__ import annotations

import gzip
import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.apart.pipelines import slack_secret
from tests.iam.cells import Place, Proven, plain_names
from tests.support import stdout_json
from tests.unit.refine.stand_in import standing_in

_LOG = "/aws/lambda/judged-dev-reward"
JUDGED = """
project: judged
model: amazon.nova-2-lite-v1:0:256k
data: {train: train.jsonl}
reward:
  range: [0, 3]
  on_abstain: neutral
  cache: true
  budget: {total: 1000}
  prices: {us.amazon.nova-pro-v1:0: {input: 1, output: 1}}
  terms:
    - name: kind
      type: rubric
      model: {provider: bedrock, id: us.amazon.nova-pro-v1:0}
      criteria: [{name: kind, question: Is it kind?}]
    - {name: cases, type: code, tests: tests, limits: {time_s: 2, memory_mb: 256}}
"""
_KEYED = """\
    - name: long
      type: rubric
      model: {{provider: openai, base_url: "{url}", id: m, api_key_secret: "{secret}", attempts: 1}}
      criteria: [{{name: long, question: Is it long?}}]
"""


def keyed(url: str, secret: str) -> str:
    """The same, and another judge besides, whose key is in a secret.

    Args:
        url: Where it is asked.
        secret: The secret's ARN.
    """
    text = JUDGED.replace("range: [0, 3]", "range: [0, 4]")
    text = text.replace("prices: {", "prices: {m: {input: 1, output: 1}, ")
    return text + _KEYED.format(url=url, secret=secret)


@contextmanager
def event_proof(place: Place, folder: Path) -> Iterator[list[Proven]]:
    """The reward's own roles, tried by an event that is judged, runs a program and is kept."""
    folder.mkdir()
    secret = slack_secret(place.cloud, "key", "judge")
    with standing_in() as judge:
        yield _deployed(place, folder, keyed(judge.url, secret), secret)


def _deployed(place: Place, folder: Path, text: str, secret: str) -> list[Proven]:
    (folder / "train.jsonl").write_text("")
    spec = folder / "nova-rft.yaml"
    spec.write_text(text)
    outputs = stdout_json(place.cloud.run("deploy", str(spec), "--json"))
    names = plain_names(outputs, "judged")
    arn = outputs["reward"]["RewardVersionArn"]
    functions = place.client("lambda")
    reward = functions.get_function_configuration(FunctionName=arn)
    code = reward["Environment"]["Variables"]["NOVA_RFT_CODE_FUNCTION"]
    names[f"arn:aws:dynamodb:us-east-1:123456789012:table/{_table(place)}"] = "TABLE"
    names |= {code: "CODE:VERSION", secret: "MODEL-KEY"}
    sandbox = functions.get_function_configuration(FunctionName=code)
    scored = Scored(
        place, arn.rpartition(":")[0], outputs["storage"]["OutputBucket"], _table(place)
    )
    probe = Probe(place, code.rsplit(":", 1)[0])
    return [
        Proven("rft", "reward", "reward's role", reward["Role"], names, scored.run),
        Proven("rft", "code", "role of the code's function", sandbox["Role"], names, probe.run),
    ]


@dataclass
class Scored:
    """An event through the deployed reward, and what is to be left of it."""

    place: Place
    function: str
    bucket: str
    table: str

    def run(self) -> str:
        """Scores one rollout, twice: the second time its reply is known."""
        self.place.forget_log(_LOG)
        mark = uuid.uuid4().hex
        self._start_afresh(mark)
        event = json.dumps([_rollout(mark)])
        before = self._left()
        for _ in range(2):
            done = self.place.client("lambda").invoke(FunctionName=self.function, Payload=event)
            body = done["Payload"].read().decode()
            if "FunctionError" in done:
                return f"the function fails: {json.loads(body)['errorMessage']}"
            metrics = {one["name"]: one["value"] for one in json.loads(body)[0]["metrics_list"]}
            if metrics["abstained"]:
                return f"the rollout is not scored: {self._reason(mark)}"
        after = self._left()
        for what, count in after.items():
            if count == before[what]:
                return f"the rollout is scored, but {what} is not kept"
        return ""

    def _start_afresh(self, mark: str) -> None:
        """What runs has read the key already; with other variables it is another one."""
        functions = self.place.client("lambda")
        found = functions.get_function_configuration(FunctionName=self.function)
        variables = {**found["Environment"]["Variables"], "TRIED": mark}
        functions.update_function_configuration(
            FunctionName=self.function, Environment={"Variables": variables}
        )

    def _reason(self, mark: str) -> str:
        """Why it was not, by its trace."""
        s3 = self.place.client("s3")
        found = s3.list_objects_v2(Bucket=self.bucket, Prefix="traces/").get("Contents", ())
        for key in sorted((one["LastModified"], one["Key"]) for one in found)[::-1]:
            body = gzip.decompress(s3.get_object(Bucket=self.bucket, Key=key[1])["Body"].read())
            row = json.loads(body)
            if row["id"] == mark and row["abstained"]:
                return str(row["abstained"]["detail"])
        return "its trace does not say why"

    def _left(self) -> dict[str, float]:
        traces = self.place.client("s3").list_objects_v2(Bucket=self.bucket, Prefix="traces/")
        items = self.place.client("dynamodb").scan(TableName=self.table)["Items"]
        return {
            "its trace": traces["KeyCount"],
            "its log": self.place.logged(_LOG),
            "the judge's reply": sum("reply" in item for item in items),
            "what it cost": sum(float(item["amount"]["N"]) for item in items if "amount" in item),
        }


@dataclass
class Probe:
    """Other code in the place of the function that runs programs: it tries what its role allows."""

    place: Place
    function: str

    def run(self) -> str:
        """Nothing where the code is denied everything."""
        client = self.place.client("lambda")
        client.update_function_code(FunctionName=self.function, ZipFile=_packed(_PROBE))
        body = client.invoke(FunctionName=self.function, Payload=b"{}")["Payload"].read().decode()
        refused = "explicit deny" in body
        return "" if refused else "programs may call AWS: EC2 answers one"


_PROBE = """
import boto3
def handler(event, context):
    try:
        return str(boto3.client("ec2").describe_subnets()["ResponseMetadata"]["HTTPStatusCode"])
    except Exception as error:
        return str(error)
"""


def _packed(code: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("handler.py", code)
    return archive.getvalue()


def _rollout(mark: str) -> dict[str, Any]:
    program = f"```python\ndef double(n):\n    return 2 * n  # {mark}\n```"
    return {
        "id": mark,
        "messages": [
            {"role": "user", "content": "Write a function that doubles, kindly."},
            {"role": "assistant", "content": program},
        ],
        "metadata": {"tests": [{"call": "double(2)", "output": 4}]},
    }


def _table(place: Place) -> str:
    names = place.client("dynamodb").list_tables()["TableNames"]
    return str(next(name for name in names if name.startswith("judged-")))
