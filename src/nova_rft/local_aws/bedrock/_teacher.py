"""Distillation's teacher: the scripted model, under the name of one that Bedrock takes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from nova_rft.data import read_messages
from nova_rft.data.shapes import convert
from nova_rft.judge import ScriptedModel, free_question
from nova_rft.local_aws._protocol import ServiceError
from nova_rft.local_aws.training import JobStopped
from nova_rft.spec import PROFILE_GEOGRAPHIES

# Amazon Nova User Guide, model distillation (2026-11-01).
_TEACHERS: Final = ("amazon.nova-pro-v1:0",)
_ENDED: Final = {"amazon.nova-premier-v1:0": "2026-09-14"}
# As the scripted model counts its own tokens.
_CHARACTERS_A_TOKEN: Final = 4


def check_teacher(config: Mapping[str, Any] | None) -> None:
    """Refuses a distillation whose teacher is missing or cannot teach.

    Raises:
        ServiceError: it says what could.
    """
    if config is None:
        raise ServiceError(
            "ValidationException", "customizationConfig.distillationConfig is missing"
        )
    teacher = config["teacherModelConfig"]
    identifier = teacher["teacherModelIdentifier"]
    name = identifier.rsplit("/", 1)[-1]
    geography, _, model = name.partition(".")
    name = model if geography in PROFILE_GEOGRAPHIES else name
    if name not in _TEACHERS:
        ended = f" (it reached its end of life on {_ENDED[name]})" if name in _ENDED else ""
        raise ServiceError(
            "ValidationException",
            f"{identifier} cannot be a teacher{ended}; use {', '.join(_TEACHERS)}",
        )
    longest = teacher.get("maxResponseLengthForInference")
    if longest is not None and longest < 1:
        raise ServiceError(
            "ValidationException", "maxResponseLengthForInference must be greater than 0"
        )


def answered(
    records: Iterable[dict[str, Any]], config: Mapping[str, Any], stopping: threading.Event
) -> Iterator[dict[str, Any]]:
    """Each record with the teacher's answer; one that it had is the teacher's no more.

    Args:
        records: Prompts in Bedrock's conversation schema.
        config: The request's `distillationConfig`.
        stopping: Ends it.

    Raises:
        JobStopped: `stopping` was set.
    """
    longest = config["teacherModelConfig"].get("maxResponseLengthForInference")
    teacher = ScriptedModel()
    for record in records:
        if stopping.is_set():
            raise JobStopped
        prompt = convert(record, "converse", "rft").record["messages"]
        text = teacher.ask(free_question(read_messages(prompt))).text
        if longest is not None:
            text = text[: longest * _CHARACTERS_A_TOKEN]
        turns = record["messages"]
        asked = turns[:-1] if turns[-1]["role"] == "assistant" else turns
        yield {
            **record,
            "messages": [*asked, {"role": "assistant", "content": [{"text": text}]}],
        }
