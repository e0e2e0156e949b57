"""One project for each kind of job, and its records: what the matrix of capabilities is tried with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nova_rft.spec import CAPABILITIES, Capability
from tests.support import EXAMPLE

REWARD = """
reward:
  range: [0, 1.2]
  on_abstain: group_mean
  terms:
    - {name: math, type: math}
    - {name: repetition, type: repetition, weight: 0.2}
"""


def cells(technique: str, backend: str) -> list[Capability]:
    """The rows of the capability table for one kind of job."""
    return [one for one in CAPABILITIES if (one.technique, one.backend) == (technique, backend)]


def project_name(cell: Capability) -> str:
    """A name for the projects whose jobs need the same stacks."""
    shared = "tune" if cell.technique in ("sft", "dpo", "cpt") else cell.technique[:4]
    # A serverless job's role may read its own base model alone.
    model = {
        f"-{size}{'2' * ('nova-2' in cell.model)}"
        for size in ("lite", "micro", "pro")
        if size in cell.model and cell.backend == "sagemaker"
    }
    return f"{shared}-{cell.backend}{''.join(model)}"


def write_project(folder: Path, cell: Capability) -> Path:
    """A spec for one row, with its records beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{cell.technique}.jsonl"
    if not file.exists():
        file.write_text("".join(json.dumps(one) + "\n" for one in records(cell)))
    adapter = "" if cell.adapter == "managed" else f"adapter: {cell.adapter}\n"
    spec = folder / f"{cell.model.split(':')[0]}-{cell.adapter}.yaml"
    spec.write_text(
        f"project: {project_name(cell)}\ntechnique: {cell.technique}\n"
        f"backend: {cell.backend}\n{adapter}model: {cell.model}\n"
        f"data: {{train: {file.name}}}\n{_training(cell)}"
        + (REWARD if cell.technique == "rft" else "")
    )
    return spec


def _training(cell: Capability) -> str:
    """As little work as the service takes."""
    given: dict[str, Any] = {}
    if cell.technique == "rft":
        if cell.backend == "bedrock":
            given = {"epochs": 1, "batch_size": 64, "samples_per_prompt": 4}
        elif cell.backend == "bedrock-openai":
            given = {"epochs": 1, "batch_size": 64}
        else:
            given = {"max_steps": 5, "batch_size": 16}
        if cell.backend == "sagemaker-recipe":
            given["samples_per_prompt"] = 4
    elif cell.technique in ("sft", "dpo") and cell.backend.startswith("sagemaker"):
        given = (
            {"max_steps": 4}
            if "nova-2" in cell.model and cell.technique == "sft"
            else {"epochs": 1}
        )
    elif cell.technique == "sft" and cell.backend == "bedrock":
        given = {"epochs": 1}
    return f"training: {json.dumps(given)}\n" if given else ""


def records(cell: Capability) -> Iterable[dict[str, Any]]:
    """Records of a technique, as few as the service takes."""
    if cell.technique == "rft":
        lines = (EXAMPLE / "data" / "train.jsonl").read_text().splitlines()
        return (json.loads(line) for line in lines[:100])
    makers = {"sft": _sft, "dpo": _dpo, "distillation": _prompts, "cpt": _text}
    count = {"sft": 200, "dpo": 1000, "distillation": 100, "cpt": 50}[cell.technique]
    return (makers[cell.technique](number) for number in range(count))


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text}]}


def _conversation(*turns: dict[str, Any]) -> dict[str, Any]:
    return {"schemaVersion": "bedrock-conversation-2024", "messages": list(turns)}


def _sft(number: int) -> dict[str, Any]:
    asked = _turn("user", f"What is {number} plus {number}?")
    return _conversation(asked, _turn("assistant", f"{number} plus {number} is {2 * number}."))


def _dpo(number: int) -> dict[str, Any]:
    candidates = [
        {"content": [{"text": f"It is {2 * number}."}], "preferenceLabel": "preferred"},
        {"content": [{"text": "No idea, sorry."}], "preferenceLabel": "non-preferred"},
    ]
    last = {"role": "assistant", "candidates": candidates}
    return _conversation(_turn("user", f"What is {number} plus {number}?"), last)


def _prompts(number: int) -> dict[str, Any]:
    return _conversation(_turn("user", f"Explain the number {number} to a child."))


def _text(number: int) -> dict[str, Any]:
    return {"text": f"Article {number}. The lessee pays {number} days in advance, and so on."}
