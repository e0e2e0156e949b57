"""Where the spec's judges stand: calibrated or not, and fit or not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from nova_rft.calibrate._calibration import Calibration
from nova_rft.calibrate._ruling import Fitness
from nova_rft.errors import UsageError
from nova_rft.files import write_whole
from nova_rft.spec import JUDGE_TERMS, JudgeTerm, Spec, digest

_VERSION: Final = 1
# Settings of a term that no verdict depends on.
_OF_THE_REWARD: Final = {"name", "weight", "clip", "gate", "on_abstain", "curve"}
_OF_PATIENCE: Final = (
    "concurrency", "timeout_s", "attempts", "requests_per_minute", "tokens_per_minute", "prompt_cache",
    "api_key_secret",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TermStanding:
    """Where one judge stands.

    Attributes:
        term: Its name.
        fitness: What its calibration says; None where there is none for it as it is now.
        problems: What is missing, or keeps it from being fit, in sentences.
        figures: What was measured, as `Calibration.as_dict`; empty where nothing was.
    """

    term: str
    fitness: Fitness | None
    problems: tuple[str, ...]
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where all judges of a reward stand.

    Attributes:
        terms: Each judge; empty where the reward has none.
        required: Whether the spec asks for calibrated judges.
    """

    terms: tuple[TermStanding, ...]
    required: bool = True

    @property
    def ok(self) -> bool:
        """Whether a job may be submitted by what the spec asks for."""
        return not self.required or all(
            one.fitness in (Fitness.FIT, Fitness.WARNING) for one in self.terms
        )

    @property
    def problems(self) -> list[str]:
        """What is missing, or not good, one sentence each, the judge named."""
        return [f"{one.term}: {problem}" for one in self.terms for problem in one.problems]


def standing(spec: Spec, folder: Path) -> Standing:
    """Where the judges of a spec's reward stand, by the file that `nova-rft calibrate` wrote.

    Args:
        spec: The spec.
        folder: Its folder.

    Raises:
        UsageError: the file is there and is none that `nova-rft calibrate` wrote.
    """
    asked = spec.reward.terms if spec.reward else ()
    judges = [term for term in asked if isinstance(term, JUDGE_TERMS)]
    known = read_calibrations(folder / spec.calibration.file) if judges else {}
    return Standing(tuple(_stands(term, known) for term in judges), spec.calibration.required)


def _stands(term: JudgeTerm, known: Mapping[str, Any]) -> TermStanding:
    entry = known.get(term.name)
    if entry is None:
        why = "was not calibrated; run nova-rft calibrate LABELS"
        return TermStanding(term.name, None, (why,))
    if entry["digest"] != judge_digest(term):
        why = "was calibrated with other settings; run nova-rft calibrate LABELS again"
        return TermStanding(term.name, None, (why,))
    figures = entry["calibration"]
    ruling = figures["ruling"]
    checks = [one for one in ruling["checks"] if one["fitness"] != str(Fitness.FIT)]
    complaints = tuple(str(one["message"]) for one in checks)
    return TermStanding(term.name, Fitness(ruling["fitness"]), complaints, figures)


def judge_digest(term: JudgeTerm) -> str:
    """Of everything in a judge's settings that its verdicts depend on."""
    return digest(_without_patience(term.model_dump(mode="json", exclude=_OF_THE_REWARD)))


def _without_patience(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_patience(v) for k, v in value.items() if k not in _OF_PATIENCE}
    return [_without_patience(one) for one in value] if isinstance(value, list) else value


def read_calibrations(path: Path) -> dict[str, Any]:
    """By term what was measured; none where there is no file.

    Raises:
        UsageError: the file is none that `nova-rft calibrate` wrote.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read ({error}); calibrate anew") from None
    judges = found.get("judges") if isinstance(found, dict) else None
    if not isinstance(judges, dict) or found.get("version") != _VERSION:
        raise UsageError(f"{path}: is no calibration of this version; remove it and calibrate anew")
    return judges


def write_calibrations(path: Path, found: Sequence[tuple[JudgeTerm, Calibration]]) -> None:
    """Writes what was measured of each term; terms that were not measured now stay as they are.

    Raises:
        UsageError: the file is there and is none that `nova-rft calibrate` wrote.
        OSError: the disk refused.
    """
    judges = read_calibrations(path)
    for term, one in found:
        judges[term.name] = {"digest": judge_digest(term), "calibration": one.as_dict()}
    write_whole(path, json.dumps({"version": _VERSION, "judges": judges}, indent=1) + "\n")
