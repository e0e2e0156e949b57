"""Whether a gain is real, whether a skill was kept, and what cannot be told yet."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from nova_rft.evaluate._compare import Comparison
from nova_rft.evaluate._gain import _SAME, LEVEL


class Finding(StrEnum):
    """What the primary measure says of a contender."""

    REAL_GAIN = "real gain"
    NO_GAIN = "no gain shown"
    WORSE = "worse"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an evaluation says of one contender.

    Attributes:
        finding: By the primary measure alone.
        primary: Its comparison.
        smallest: The smallest gain that would matter.
        needed: Prompts that would show it with a power of 80 %, by the spread seen; None: not known.
        says: The same in sentences, what limits it included.
    """

    finding: Finding
    primary: Comparison
    smallest: float
    needed: int | None
    says: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {
            "finding": str(self.finding),
            "primary": self.primary.as_dict(),
            "smallest_gain": self.smallest,
            "prompts_needed": self.needed,
            "says": list(self.says),
        }


def finding_of(primary: Comparison, smallest: float) -> Finding:
    """The finding of a comparison whose p is corrected.

    Where the difference is not significant it is no gain shown if so many prompts would have shown the
    smallest gain with a power of 80 %, and cannot be told otherwise.
    """
    word = primary.word
    if word in ("better", "worse"):
        return Finding.REAL_GAIN if word == "better" else Finding.WORSE
    needed = primary.gain.needed(smallest)
    enough = needed is not None and primary.gain.prompts >= needed
    return Finding.NO_GAIN if enough else Finding.CANNOT_TELL


def verdict_of(
    name: str, base: str, primary: Comparison, smallest: float, limits: tuple[str, ...] = ()
) -> Verdict:
    """The verdict on a contender.

    Args:
        name: The contender's.
        base: What it is compared with.
        primary: By the primary measure, its p corrected.
        smallest: The smallest gain that would matter.
        limits: What limits it, in sentences.
    """
    finding = finding_of(primary, smallest)
    needed = primary.gain.needed(smallest)
    says = [_first(finding, name, base, primary)]
    if finding is Finding.NO_GAIN:
        says.append(
            f"{primary.gain.prompts:,} prompts would have shown a gain of {smallest:.3g}, were it there."
        )
    if finding is Finding.CANNOT_TELL:
        says.append(_too_few(primary, smallest, needed))
    return Verdict(finding, primary, smallest, needed, (*says, *limits))


def _first(finding: Finding, name: str, base: str, primary: Comparison) -> str:
    gain = primary.gain
    figure, what = gain.figure, primary.measure.name
    if figure.value is None:
        return f"Cannot tell: {what} was measured on no prompt of both {name} and {base}."
    interval = "" if figure.low is None else f" ({figure.low:+.3g} to {figure.high:+.3g})"
    where = f"{abs(figure.value):.3g} {'above' if figure.value > 0 else 'below'}"
    if abs(figure.value) <= _SAME:
        where = "equal to that of"
    seen = f"{what} {where} {base}{interval}"
    chance = f"p = {primary.corrected:.2g}, {gain.prompts:,} prompts"
    start = {
        Finding.REAL_GAIN: f"Real gain: {name} has {seen}",
        Finding.WORSE: f"Worse: {name} has {seen}",
        Finding.NO_GAIN: f"No gain shown: {name} has {seen}, which luck explains",
        Finding.CANNOT_TELL: f"Cannot tell: {name} has {seen}, which luck explains",
    }
    return f"{start[finding]}; {chance}."


def _too_few(primary: Comparison, smallest: float, needed: int | None) -> str:
    if needed is None:
        return f"{primary.gain.prompts:,} prompts are too few to say how many would do; start with 100."
    return (
        f"To see a gain of {smallest:.3g} in four of five evaluations, about {needed:,} prompts are "
        f"needed; there are {primary.gain.prompts:,}."
    )


@dataclass(frozen=True, slots=True)
class SkillResult:
    """Whether a skill was kept.

    Attributes:
        name: The skill's.
        margin: How much of it may be lost.
        comparison: Of its measure, p corrected over all skills.
        needed: Prompts that would do if nothing were lost; None: not known.
    """

    name: str
    margin: float
    comparison: Comparison
    needed: int | None

    @property
    def says(self) -> str:
        """kept, lost, or cannot tell.

        Kept (non-inferior): the low end of the difference's 95 % interval is above minus the margin.
        """
        figure = self.comparison.gain.figure
        if figure.low is not None and figure.low > -self.margin:
            return "kept"
        lost = self.comparison.word == "worse" and self.comparison.corrected < LEVEL
        return "lost" if lost else "cannot tell"

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {
            **self.comparison.as_dict(),
            "measure": self.name,
            "margin": self.margin,
            "says": self.says,
            "prompts_needed": self.needed,
        }
