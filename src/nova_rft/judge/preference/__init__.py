"""The preference judge: the response against others."""

from nova_rft.judge.preference._comparisons import comparisons_of
from nova_rft.judge.preference._judge import PreferenceJudge
from nova_rft.judge.preference._prompt import LIST_TOOL, PAIR_TOOL
from nova_rft.judge.preference._schedule import calls_needed

__all__ = ["LIST_TOOL", "PAIR_TOOL", "PreferenceJudge", "calls_needed", "comparisons_of"]
