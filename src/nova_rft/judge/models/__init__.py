"""Judge models behind one protocol, and what is put around them; Bedrock is in `nova_rft.aws`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.judge.models._as_json import reply_from_json, reply_to_json, request_digest
    from nova_rft.judge.models._budget import MemoryPurse, Purse, Till
    from nova_rft.judge.models._equip import Accounts, equip, formed, patient
    from nova_rft.judge.models._kept import ReplyStore
    from nova_rft.judge.models._openai import OpenAIModel
    from nova_rft.judge.models._replay import RecordingModel, ReplayModel
    from nova_rft.judge.models._scripted import ScriptedModel
    from nova_rft.judge.models._tally import Tally, Totals, cost_of
    from nova_rft.judge.models._text_form import read_object, schema_in, text_answer, text_system

__all__ = [
    "Accounts",
    "MemoryPurse",
    "OpenAIModel",
    "Purse",
    "RecordingModel",
    "ReplayModel",
    "ReplyStore",
    "ScriptedModel",
    "Tally",
    "Till",
    "Totals",
    "cost_of",
    "equip",
    "formed",
    "patient",
    "read_object",
    "reply_from_json",
    "reply_to_json",
    "request_digest",
    "schema_in",
    "text_answer",
    "text_system",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.judge.models._as_json": (
            "reply_from_json",
            "reply_to_json",
            "request_digest",
        ),
        "nova_rft.judge.models._budget": (
            "MemoryPurse",
            "Purse",
            "Till",
        ),
        "nova_rft.judge.models._equip": (
            "Accounts",
            "equip",
            "formed",
            "patient",
        ),
        "nova_rft.judge.models._kept": ("ReplyStore",),
        "nova_rft.judge.models._openai": ("OpenAIModel",),
        "nova_rft.judge.models._replay": (
            "RecordingModel",
            "ReplayModel",
        ),
        "nova_rft.judge.models._scripted": ("ScriptedModel",),
        "nova_rft.judge.models._tally": (
            "Tally",
            "Totals",
            "cost_of",
        ),
        "nova_rft.judge.models._text_form": (
            "read_object",
            "schema_in",
            "text_answer",
            "text_system",
        ),
    },
)
