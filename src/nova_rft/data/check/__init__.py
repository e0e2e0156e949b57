"""Checking files of records: every rule, one pass, flat memory, nothing skipped."""

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
    "Problem",
    "RecordCheck",
    "RecordRule",
    "Technique",
    "check_records_of",
    "file_source",
]
