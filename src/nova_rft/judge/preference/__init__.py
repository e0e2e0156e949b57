"""The preference judge: the response against others."""

from nova_rft.judge.preference._judge import PreferenceJudge

__all__ = ["PreferenceJudge"]
