"""A project for records that are there already: what they look like says what they are for."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from nova_rft.data.source import objects, record_source
from nova_rft.errors import FindingsError, UsageError
from nova_rft.init._write import SPEC, Written, check_place, write_folder
from nova_rft.spec import nearest

_NOVA_2: Final = "amazon.nova-2-lite-v1:0:256k"
_NOVA_1: Final = "amazon.nova-lite-v1:0:300k"
# Of the records, how many are looked at.
_SOME: Final = 50
# A reference of more words is prose: it is compared by a judge, not matched.
_SHORT: Final = 8


@dataclass(frozen=True, slots=True)
class _Kind:
    """What records are for."""

    technique: str
    model: str = _NOVA_2
    backend: str = "bedrock"
    shape: str = ""


_PAIRS: Final = _Kind("dpo", _NOVA_1, "sagemaker", "pairs")
_DPO: Final = _Kind("dpo", _NOVA_1, "sagemaker")
_TEXT: Final = _Kind("cpt", backend="hyperpod")
_COLUMNS: Final = _Kind("sft", shape="columns")
_CHAT: Final = _Kind("sft", shape="chat")
_SFT: Final = _Kind("sft")
_PROMPTS: Final = _Kind("distillation", "amazon.nova-micro-v1:0:128k")
_RFT: Final = _Kind("rft")


def write_own(
    data: Path, folder: Path, project: str, columns: Mapping[str, str] | None = None
) -> Written:
    """Writes a project around a file of records, which is copied into it.

    Args:
        data: The file: JSON Lines, JSON, CSV or Parquet, of any shape that `data.shape` knows.
        folder: Where to: a new folder, or an empty one.
        project: The project's name.
        columns: What columns are called, such as `{"prompt": "question"}`.

    Raises:
        UsageError: the file cannot be read, or the folder or the name cannot be used.
        FindingsError: nothing is known of such records.
        StorageError: the folder cannot be written.
    """
    check_place(folder, project)
    some = [record for _, record in islice(objects(record_source(data)), _SOME)]
    if not some:
        raise FindingsError(f"{data}: holds no records; name a file of JSON objects or rows")
    names = dict(columns or {})
    _check_columns(data, some[0], names)
    kind = _kind({**some[0], **{key: some[0][name] for key, name in names.items()}})
    if kind is None:
        keys = ", ".join(map(str, some[0]))
        raise FindingsError(
            f"{data}: nothing is known of records with {keys}; say which of them is what: "
            "--map prompt=COLUMN --map completion=COLUMN, for pairs prompt, chosen and rejected"
        )
    text = _spec_text(kind, project, data.name, some, names)

    def fill(place: Path) -> None:
        (place / "data").mkdir()
        shutil.copyfile(data, place / "data" / data.name)
        (place / SPEC).write_text(text, encoding="utf-8")

    return write_folder(folder, fill, ("nova-rft check",))


def _check_columns(data: Path, record: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Refuses names of columns that mean nothing or are not there.

    Raises:
        UsageError: the first of them.
    """
    known = ("prompt", "completion", "system", "chosen", "rejected")
    for key, name in names.items():
        if key not in known:
            raise UsageError(f"--map {key}={name}: a column is one of {', '.join(known)}")
        if name not in record:
            raise UsageError(
                f"--map {key}={name}: {data} has no column {name}{nearest(name, record)}; its "
                f"columns are {', '.join(record)}"
            )


def _kind(record: Mapping[str, Any]) -> _Kind | None:
    if {"chosen", "rejected"} <= record.keys():
        return _PAIRS
    if {"prompt", "completion"} <= record.keys():
        return _COLUMNS
    messages = record.get("messages")
    if not isinstance(messages, list) or not messages or not isinstance(messages[-1], dict):
        return _TEXT if isinstance(record.get("text"), str) else None
    last = messages[-1]
    if "candidates" in last:
        return _DPO
    answered = last.get("role") == "assistant"
    if isinstance(last.get("content"), list) and "schemaVersion" in record:
        return _SFT if answered else _PROMPTS
    return _CHAT if answered and "reference_answer" not in record else _RFT


def _spec_text(
    kind: _Kind,
    project: str,
    file: str,
    some: list[dict[str, Any]],
    columns: Mapping[str, str],
) -> str:
    lines = [
        f"project: {project}",
        f"technique: {kind.technique}",
        *([] if kind.backend == "bedrock" else [f"backend: {kind.backend}"]),
        f"model: {kind.model}",
        "",
        "data:",
        f"  train: data/{file}",
        *([f"  shape: {kind.shape}"] if kind.shape else []),
        # JSON is YAML, and quotes what has to be.
        *([f"  columns: {json.dumps(columns, ensure_ascii=False)}"] if columns else []),
    ]
    if kind.technique == "rft":
        lines += ["", *_reward(some)]
    return "\n".join(lines) + "\n"


def _reward(some: list[dict[str, Any]]) -> list[str]:
    """A reward to begin with: a match where there is a short reference, else a rubric."""
    references = [one["reference_answer"] for one in some if "reference_answer" in one]
    short = [r for r in references if isinstance(r, str) and len(r.split()) <= _SHORT]
    if short and len(short) == len(some):
        return [
            "# The reference has to be the response's last answer. Other verifiers: docs/rewards.md.",
            "reward:",
            "  range: [0, 1]",
            "  terms:",
            "    - name: right",
            "      type: match",
        ]
    against = "the reference" if references else "the task"
    return [
        f"# A judge compares with {against}. What it is asked is yours to say: docs/judges.md.",
        "reward:",
        "  range: [0, 1]",
        "  scale: linear",
        "  terms:",
        "    - name: quality",
        "      type: rubric",
        "      model: {provider: bedrock, id: us.amazon.nova-pro-v1:0}",
        "      criteria: [accuracy, completeness, tone]",
        "    # Without it the longest response tends to win.",
        "    - name: length",
        "      type: linear_length",
        "      target: 200",
        "      floor: -1",
        "      weight: 0.5",
    ]
