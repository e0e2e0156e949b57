"""Checking files of records: every rule, one pass, flat memory, nothing skipped."""

from nova_rft.data.check._bytes import TooLong, raw_lines
from nova_rft.data.check._deep import contradictions, leaks
from nova_rft.data.check._fix import CannotCopy, Change, fixed_lines
from nova_rft.data.check._pass import (
    Asked,
    Problem,
    RecordCheck,
    RecordRule,
    Technique,
    check_records_of,
    file_source,
)

__all__ = [
    "Asked",
    "CannotCopy",
    "Change",
    "Problem",
    "RecordCheck",
    "RecordRule",
    "Technique",
    "TooLong",
    "check_records_of",
    "contradictions",
    "file_source",
    "fixed_lines",
    "leaks",
    "raw_lines",
]
