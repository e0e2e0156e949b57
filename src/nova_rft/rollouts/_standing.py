"""What is known of a reward's signal, kept by the reward's digest for whoever submits with it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nova_rft.files import write_whole

# A note is read at each submit: that need not wait for arrays.
if TYPE_CHECKING:
    from nova_rft.rollouts._signal import SignalReport

_VERSION: Final = 1
# Findings that are worth a word before money is spent, the gravest first.
_GRAVE: Final = (
    *("nothing_scored", "no_success", "sparse", "saturated", "ties", "noise", "cancelling"),
    *("abstentions", "cut_off"),
)
_SAID: Final = 2


@dataclass(frozen=True, slots=True)
class SignalStanding:
    """What was seen of a reward's signal.

    Attributes:
        source: Where: `preview`, a file, a job.
        at: When, ISO 8601 UTC.
        policies: What wrote the rollouts, where it is known.
        rollouts: How many there were.
        prompts: Groups.
        without_signal: Share of groups whose rollouts all earned the same; None where none could be
            compared.
        baseline: Mean reward, from 0 at none to 1 at the best; None where nothing was scored.
        positive: Share of rewards above none; likewise.
        samples_per_prompt: As advised; None where nothing was scored.
        batch_size: Likewise.
        findings: By code, in sentences, the gravest first.
    """

    source: str
    at: str
    policies: tuple[str, ...]
    rollouts: int
    prompts: int
    without_signal: float | None
    baseline: float | None
    positive: float | None
    samples_per_prompt: int | None
    batch_size: int | None
    findings: dict[str, str]

    @property
    def warnings(self) -> list[str]:
        """At most two sentences on what should be mended before a job is paid for."""
        grave = [self.findings[code] for code in _GRAVE if code in self.findings]
        return grave[:_SAID]

    def as_dict(self) -> dict[str, Any]:
        """As documented for `submit --json`."""
        return {**asdict(self), "policies": list(self.policies), "warnings": self.warnings}

    @classmethod
    def of(cls, report: SignalReport, source: str) -> SignalStanding:
        """What is worth keeping of a report."""
        found, advice = report.diagnosis, report.diagnosis.advice
        findings: dict[str, str] = {}
        for one in report.findings:
            findings.setdefault(one.code, one.text)
        return cls(
            source=source,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            policies=report.policies,
            rollouts=found.rollouts,
            prompts=found.signal.groups,
            without_signal=found.signal.share_without_signal,
            baseline=found.baseline,
            positive=found.positive,
            samples_per_prompt=advice.samples_per_prompt if advice else None,
            batch_size=advice.batch_size if advice else None,
            findings=findings,
        )


def write_standing(state: Path, reward_digest: str, standing: SignalStanding) -> Path:
    """Keeps what was seen of a reward's signal; the last look counts.

    Raises:
        OSError: the disk refused.
    """
    path = _path(state, reward_digest)
    found = {"version": _VERSION, "reward_digest": reward_digest, **asdict(standing)}
    write_whole(path, json.dumps(found, indent=1) + "\n")
    return path


def read_standing(state: Path, reward_digest: str) -> SignalStanding | None:
    """What was kept; None where nothing was, or where it cannot be read: it is a note, not a rule."""
    try:
        found = json.loads(_path(state, reward_digest).read_text(encoding="utf-8"))
        if found.pop("version") != _VERSION or found.pop("reward_digest") != reward_digest:
            return None
        return SignalStanding(**{**found, "policies": tuple(found["policies"])})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _path(state: Path, reward_digest: str) -> Path:
    return state / "signal" / f"{reward_digest[:16]}.json"
