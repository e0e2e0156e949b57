"""The judge as it was and as it would be, on labels that neither was made with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from nova_rft.calibrate._calibration import Calibration, How, calibrate
from nova_rft.calibrate._comparison import compare_judges, points_of
from nova_rft.calibrate._figure import Figure
from nova_rft.calibrate.labels import Labels

_LEVEL: Final = 0.05
# Worse by less than this is the same but for rounding.
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Both judges on the held-out prompts.

    Attributes:
        before: The judge as it was.
        after: As it would be.
        points: Of before and after, what is tested: accuracy on labels, or nearness on numbers (1 less
            the mean error as a share of people's scale).
        gain: The difference of the two, with its interval over prompts.
        p: Chance of such a gain, or a greater one either way, if both were alike, times the number of
            looks at these labels so far (Bonferroni).
        looks: That number, this one included.
        beyond_chance: Whether it is a gain that chance does not explain.
        why: The same in a sentence.
        told: Of before and after, characters of what the judge is told before the responses.
    """

    before: Calibration
    after: Calibration
    points: tuple[float, float]
    gain: Figure
    p: float
    looks: int
    beyond_chance: bool
    why: str
    told: tuple[int, int] = (0, 0)

    @property
    def tested(self) -> str:
        """What is tested."""
        return "nearness" if self.before.numeric else "accuracy"

    def figures(self) -> Iterator[tuple[str, Figure, Figure]]:
        """What else people look at: its name, before, after."""
        ordered = self.before.numeric or self.before.weights != "none"
        for name in ("kappa", *(("spearman",) if ordered else ()), "unreadable"):
            yield name, getattr(self.before.total, name), getattr(self.after.total, name)
        yield "same in both orders", self.before.position.consistent, self.after.position.consistent
        yield "liking of length", self.before.biases.length, self.after.biases.length

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {
            "before": self.before.as_dict(),
            "after": self.after.as_dict(),
            "tested": {"what": self.tested, "before": self.points[0], "after": self.points[1]},
            "gain": self.gain.as_dict(),
            "p": self.p,
            "looks": self.looks,
            "told": {"before": self.told[0], "after": self.told[1]},
        }


def hold_out(before: Labels, after: Labels, judge: str, how: How, looks: int) -> HeldOut:
    """Compares both on the same rows.

    The gain counts where a permutation test and the interval agree on it, and agreement beyond chance
    did not fall: a judge that always says what people say most gains accuracy and knows less.

    Args:
        before: Held-out labels with the verdicts of the judge as it was.
        after: With those of the judge as it would be.
        judge: Under which name.
        how: How labels are looked at.
        looks: How often variants were held against these labels so far, this time included.
    """
    old, new = (calibrate(labels, judge, how) for labels in (before, after))
    gain, p = _gain(old, new, how)
    p = min(p * looks, 1.0)
    fell = _fell(old, new)
    sure = gain.low is not None and gain.low > 0 and p < _LEVEL
    return HeldOut(
        before=old,
        after=new,
        points=(_points(old), _points(new)),
        gain=gain,
        p=p,
        looks=looks,
        beyond_chance=sure and not fell,
        why=_sentence(gain, p, sure, fell, looks),
    )


def _gain(old: Calibration, new: Calibration, how: How) -> tuple[Figure, float]:
    """The comparison's lead of the better one, as what the change is worth."""
    # Both have the judge's own name; here they need names of their own.
    (found,) = compare_judges([_named(old, "before"), _named(new, "after")], how.draws)
    lead = found.lead
    if found.best == "after" or lead.value is None:
        return lead, found.p
    low, high = (None if end is None else 0.0 - end for end in (lead.high, lead.low))
    return Figure(0.0 - lead.value, low, high, lead.reason), found.p


def _points(found: Calibration) -> float:
    return float(np.mean(points_of(found.sheet)))


def _named(found: Calibration, name: str) -> Calibration:
    return replace(found, judge=name)


def _fell(old: Calibration, new: Calibration) -> str:
    """Which figure of agreement beyond chance became worse, and from what to what; empty: none."""
    name = "spearman" if old.numeric else "kappa"
    before, after = (getattr(one.total, name).value for one in (old, new))
    if before is None or (after is not None and after >= before - _SAME):
        return ""
    return f"{name} fell from {before:.3f} to {'none' if after is None else f'{after:.3f}'}"


def _sentence(gain: Figure, p: float, sure: bool, fell: str, looks: int) -> str:
    if gain.value is None or (gain.low is None and gain.value > 0):
        return f"The held-out labels cannot tell whether it is better: {gain.reason}."
    if gain.value <= 0:
        return "It gains nothing on held-out labels: what it gained on the others was chance."
    tried = f", this being look {looks} at these labels" if looks > 1 else ""
    if not sure:
        return (
            f"It gains {gain.value:.3f} on held-out labels, which chance explains "
            f"(p = {p:.3f}{tried}): that is no gain."
        )
    if fell:
        return (
            f"It is right more often on held-out labels (by {gain.value:.3f}), but {fell}: it only "
            "says more often what people say most."
        )
    return (
        f"It gains {gain.value:.3f} on held-out labels, more than chance explains "
        f"(p = {p:.4f}{tried})."
    )
