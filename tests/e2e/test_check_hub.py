"""`check --aws` asks SageMaker's hub what it allows today, and shows what is left to the service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support import Cloud

SPEC = """\
project: tone
technique: sft
backend: {backend}
model: amazon.nova-2-lite-v1:0:256k
data: {{train: train.jsonl}}
training: {{max_steps: 20}}
"""


def write(folder: Path, backend: str) -> Path:
    record = {
        "schemaVersion": "bedrock-conversation-2024",
        "messages": [
            {"role": "user", "content": [{"text": "Hello, number {}?"}]},
            {"role": "assistant", "content": [{"text": "It is {}."}]},
        ],
    }
    text = json.dumps(record)
    lines = [text.replace("{}", str(number)) for number in range(200)]
    (folder / "train.jsonl").write_text("\n".join(lines) + "\n")
    spec = folder / "nova-rft.yaml"
    spec.write_text(SPEC.format(backend=backend))
    return spec


def test_what_the_hub_allows_is_found_in_order(cloud: Cloud, tmp_path: Path) -> None:
    spec = write(tmp_path, "sagemaker")
    done = cloud.run("check", str(spec), "--aws")
    assert done.returncode == 0, done.stderr
    assert "training: max_steps 20" in done.stderr
    assert "left to the service: save_steps 10, batch_size 32, learning_rate 1e-05" in done.stderr


@pytest.mark.parametrize(("backend", "length"), [("sagemaker", 8192), ("sagemaker-recipe", 32768)])
def test_what_is_left_out_is_the_backends_own(
    cloud: Cloud, tmp_path: Path, backend: str, length: int
) -> None:
    spec = write(tmp_path, backend)
    done = cloud.run("check", str(spec), "--json")
    training = json.loads(done.stdout)["training"]
    assert training["max_steps"] == {"value": 20, "said": True}
    assert training["max_length"] == {"value": length, "said": False}
