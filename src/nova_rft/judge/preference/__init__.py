"""The preference judge: the response against others."""

from nova_rft.judge.preference._comparisons import comparisons_of
from nova_rft.judge.preference._judge import PreferenceJudge
from nova_rft.judge.preference._prompt import LIST_TOOL, PAIR_TOOL, list_request, pair_request
from nova_rft.judge.preference._read import Preference, read_preference, read_ranking
from nova_rft.judge.preference._schedule import calls_needed

__all__ = [
    "LIST_TOOL",
    "PAIR_TOOL",
    "Preference",
    "PreferenceJudge",
    "calls_needed",
    "comparisons_of",
    "list_request",
    "pair_request",
    "read_preference",
    "read_ranking",
]
