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
    from nova_rft.data._rft import Problem, RecordRule, RftCheck, check_rft
    from nova_rft.data._rollout import Message, Rollout, other_fields

__all__ = [
    "Finding",
    "Line",
    "MalformedMessages",
    "Message",
    "Problem",
    "RecordRule",
    "RftCheck",
    "Rollout",
    "Severity",
    "check_rft",
    "json_lines",
    "loads",
    "other_fields",
    "read_bytes_lines",
    "read_messages",
    "record_rollout",
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
        "nova_rft.data._rft": (
            "Problem",
            "RecordRule",
            "RftCheck",
            "check_rft",
        ),
        "nova_rft.data._rollout": (
            "Message",
            "Rollout",
            "other_fields",
        ),
    },
)
