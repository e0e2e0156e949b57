"""Training records and rollouts: read, checked line by line, nothing skipped."""

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
