"""Checking files of records: every rule, one pass, flat memory, nothing skipped."""

from nova_rft.data.check._deep import contradictions, leaks
from nova_rft.data.check._fix import CannotCopy, Change, fixed_lines
from nova_rft.data.check._near import near_leaks, near_twice
from nova_rft.data.check._pass import (
    TECHNIQUES,
    Asked,
    Problem,
    RecordCheck,
    RecordRule,
    Technique,
    check_records_of,
    record_problems,
)
from nova_rft.data.check._profile import Profile, profile_of

__all__ = [
    "TECHNIQUES",
    "Asked",
    "CannotCopy",
    "Change",
    "Problem",
    "Profile",
    "RecordCheck",
    "RecordRule",
    "Technique",
    "check_records_of",
    "contradictions",
    "fixed_lines",
    "leaks",
    "near_leaks",
    "near_twice",
    "profile_of",
    "record_problems",
]
