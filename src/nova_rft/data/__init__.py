"""Training records and rollouts: read, checked line by line, nothing skipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_rft._lazy import lazily

if TYPE_CHECKING:
    from nova_rft.data._finding import Finding, Severity
    from nova_rft.data._lines import Line, json_lines, loads, read_bytes_lines
    from nova_rft.data._messages import MalformedMessages, read_messages
    from nova_rft.data._record import record_rollout
    from nova_rft.data._reference import reference_text
    from nova_rft.data._rollout import Message, Rollout, other_fields
    from nova_rft.data._tokens import BYTES_PER_TOKEN
    from nova_rft.data.check import (
        Asked,
        Problem,
        RecordCheck,
        RecordRule,
        check_records_of,
    )
    from nova_rft.data.rules import RULES, TECHNIQUES, Rule
    from nova_rft.data.source import file_source, record_source

__all__ = [
    "BYTES_PER_TOKEN",
    "RULES",
    "TECHNIQUES",
    "Asked",
    "Finding",
    "Line",
    "MalformedMessages",
    "Message",
    "Problem",
    "RecordCheck",
    "RecordRule",
    "Rollout",
    "Rule",
    "Severity",
    "check_records_of",
    "file_source",
    "json_lines",
    "loads",
    "other_fields",
    "read_bytes_lines",
    "read_messages",
    "record_rollout",
    "record_source",
    "reference_text",
]

__getattr__ = lazily(
    __name__,
    {
        "nova_rft.data._finding": (
            "Finding",
            "Severity",
        ),
        "nova_rft.data._lines": (
            "Line",
            "json_lines",
            "loads",
            "read_bytes_lines",
        ),
        "nova_rft.data._messages": (
            "MalformedMessages",
            "read_messages",
        ),
        "nova_rft.data._record": ("record_rollout",),
        "nova_rft.data._reference": ("reference_text",),
        "nova_rft.data.check": (
            "Asked",
            "Problem",
            "RecordCheck",
            "RecordRule",
            "check_records_of",
        ),
        "nova_rft.data.source": ("file_source", "record_source"),
        "nova_rft.data.rules": ("RULES", "TECHNIQUES", "Rule"),
        "nova_rft.data._tokens": ("BYTES_PER_TOKEN",),
        "nova_rft.data._rollout": (
            "Message",
            "Rollout",
            "other_fields",
        ),
    },
)
