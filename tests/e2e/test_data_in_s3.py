"""Records and documents in S3: checked, converted and made a corpus of, over the real clients."""

from __future__ import annotations

import gzip
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nova_rft.aws.session import Aws
from nova_rft.project import Project
from tests.seeded import seeded_documents
from tests.support import Cloud

BUCKET = "walls-records"


@pytest.fixture
def bucket(in_cloud: Aws) -> Iterator[Any]:
    client = in_cloud.client("s3")
    client.create_bucket(Bucket=BUCKET)
    yield client
    for entry in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=entry["Key"])
    client.delete_bucket(Bucket=BUCKET)


def data(cloud: Cloud, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return cloud.run("data", *words, folder=folder)


def test_a_file_in_s3_is_checked(cloud: Cloud, bucket: Any, tmp_path: Path) -> None:
    records = [{"text": "Once upon a time."}, {"text": ""}]
    body = gzip.compress("".join(json.dumps(one) + "\n" for one in records).encode())
    bucket.put_object(Bucket=BUCKET, Key="in/r.jsonl.gz", Body=body)
    uri = f"s3://{BUCKET}/in/r.jsonl.gz"
    done = data(cloud, tmp_path, "check", uri, "--technique", "cpt", "--json")
    found = json.loads(done.stdout)
    assert found["records"] == 2
    assert [(one["file"], one["line"], one["rule"]) for one in found["findings"]] == [
        (uri, 2, "cpt.text")
    ]


def test_what_is_not_there_is_said(cloud: Cloud, bucket: Any, tmp_path: Path) -> None:
    for uri, says in (
        (f"s3://{BUCKET}/none.jsonl", "no such object; a prefix is named with a slash"),
        (f"s3://{BUCKET}/none/", "nothing is there; name an object, or a prefix"),
        ("s3://no-such-bucket-of-ours/none/", "deploy the stacks first"),
        ("s3://", "no S3 address; write s3://BUCKET/KEY"),
    ):
        done = data(cloud, tmp_path, "check", uri, "--technique", "cpt")
        assert done.returncode in (2, 3), done.stderr
        assert says in " ".join(done.stderr.split())
        assert "Traceback" not in done.stderr


def test_invocation_logs_under_a_prefix_become_records(
    cloud: Cloud, bucket: Any, tmp_path: Path
) -> None:
    for number in range(3):
        call = {
            "schemaType": "ModelInvocationLog",
            "operation": "Converse",
            "modelId": "amazon.nova-lite-v1:0",
            "input": {
                "inputBodyJson": {
                    "messages": [{"role": "user", "content": [{"text": f"Why {number}?"}]}]
                }
            },
            "output": {
                "outputBodyJson": {
                    "output": {"message": {"role": "assistant", "content": [{"text": "So."}]}},
                    "stopReason": "end_turn" if number else "max_tokens",
                }
            },
        }
        body = gzip.compress(json.dumps(call).encode())
        key = f"AWSLogs/1/BedrockModelInvocationLogs/us-east-1/2026/11/0{number}/x.json.gz"
        bucket.put_object(Bucket=BUCKET, Key=key, Body=body)
    words = ("--from", "logs", "--to", "sft", "--out", "sft.jsonl", "--json")
    done = data(cloud, tmp_path, "convert", f"s3://{BUCKET}/AWSLogs/", *words)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["records"], found["lost"]) == (2, {})
    assert found["left_out"] == {"the answer ended with max_tokens": 1}
    lines = (tmp_path / "sft.jsonl").read_text().splitlines()
    asked = [json.loads(line)["messages"][0]["content"][0]["text"] for line in lines]
    assert asked == ["Why 1?", "Why 2?"]


def test_a_spec_may_name_a_file_in_s3(bucket: Any, tmp_path: Path) -> None:
    rows = "".join(f"What is {n}?,{n}\n" for n in range(100))
    bucket.put_object(Bucket=BUCKET, Key="q.csv", Body=b"question,answer\n" + rows.encode())
    (tmp_path / "nova-rft.yaml").write_text(
        "project: walls\nmodel: amazon.nova-2-lite-v1:0:256k\nregion: us-east-1\n"
        f"data:\n  train: s3://{BUCKET}/q.csv\n"
        "  columns: {prompt: question, completion: answer}\n"
        "reward: {range: [0, 1], terms: [{type: match, name: right}]}\n"
    )
    ((name, checked),) = Project.load(tmp_path / "nova-rft.yaml").check()
    assert (name, checked.records) == (f"s3://{BUCKET}/q.csv", 100)
    assert checked.findings == []


def test_a_corpus_of_documents_in_s3(cloud: Cloud, bucket: Any, tmp_path: Path) -> None:
    texts, copies = seeded_documents(20, 2, seed=1)
    for key, text in texts.items():
        bucket.put_object(Bucket=BUCKET, Key=f"law/{key}.md", Body=f"# {key}\n\n{text}".encode())
    (tmp_path / "corpus.yaml").write_text(
        f"sources: [{{name: law, files: 's3://{BUCKET}/law/*.md'}}]\n"
        "quality: {min_alphabetic: null, min_word_length: null}\n"
    )
    done = data(cloud, tmp_path, "corpus", "--out", "out", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)["sources"]["law"]
    assert (found["documents"], found["dropped"]) == (22, {"near": len(copies)})
    (near, _) = (tmp_path / "out/dropped/near.jsonl").read_text().splitlines()
    assert json.loads(near)["doc"].startswith("000/law/00000")
