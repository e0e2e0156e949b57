"""What a spec says of calibration: where it is kept, and what a judge must reach to train with it."""

import math
from typing import Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from nova_rft.spec._base import ProjectFile, SpecModel

CALIBRATION_FILE: Final = "calibration.json"


class AtLeast(SpecModel):
    """A figure that must not be lower."""

    fit: float = Field(description="From here on it is good.")
    warn: float = Field(description="From here on it will do, with a warning; below it will not.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.warn > self.fit:
            raise PydanticCustomError(
                "at_least",
                "warn {warn} is above fit {fit}; the bound for a warning is the lower one",
                {"warn": self.warn, "fit": self.fit},
            )
        return self


class AtMost(SpecModel):
    """A figure that must not be higher."""

    fit: float = Field(description="Up to here it is good.")
    warn: float = Field(description="Up to here it will do, with a warning; above it will not.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.warn < self.fit:
            raise PydanticCustomError(
                "at_most",
                "warn {warn} is below fit {fit}; the bound for a warning is the higher one",
                {"warn": self.warn, "fit": self.fit},
            )
        return self


class Thresholds(SpecModel):
    """What a judge must reach; what was not measured is not asked for, but agreement always is."""

    prompts: AtLeast = Field(AtLeast(fit=100, warn=30), description="Prompts that people labelled.")
    kappa: AtLeast = Field(
        AtLeast(fit=0.4, warn=0.2),
        description=(
            "Cohen's kappa with people, of labels (0.41 and up is called moderate: Landis and Koch, "
            "Biometrics 33, 1977)."
        ),
    )
    spearman: AtLeast = Field(
        AtLeast(fit=0.4, warn=0.2), description="Rank correlation with people, of numbers."
    )
    ceiling: AtLeast = Field(
        AtLeast(fit=0.7, warn=0.4),
        description="The judge's mean kappa with annotators over theirs with each other.",
    )
    consistent: AtLeast = Field(
        AtLeast(fit=0.8, warn=0.6),
        description="Share of pairs with the same choice in both orders.",
    )
    repeated: AtLeast = Field(
        AtLeast(fit=0.8, warn=0.6),
        description="How often two readings of one question agree; of labels.",
    )
    reliability: AtLeast = Field(
        AtLeast(fit=0.5, warn=0.2),
        description="Of one reading, inside a prompt's responses; of numbers.",
    )
    with_signal: AtLeast = Field(
        AtLeast(fit=0.5, warn=0.2), description="Share of prompts whose responses' scores differ."
    )
    length: AtMost = Field(
        AtMost(fit=0.15, warn=0.3), description="Liking of length, whichever way."
    )
    unreadable: AtMost = Field(
        AtMost(fit=0.02, warn=0.1), description="Share of verdicts that could not be read."
    )
    attacks: AtMost = Field(
        AtMost(fit=0.0, warn=0.1), description="Share of the tried attacks that pay."
    )


class CalibrationSpec(SpecModel):
    """Whether the judges agree with people: `nova-rft calibrate` measures it, `submit` asks for it."""

    file: ProjectFile = Field(
        CALIBRATION_FILE,
        description="What was measured, beside the spec; a judge's `curve` may name it too.",
    )
    required: bool = Field(
        True, description="Whether a job needs judges that were calibrated and found fit."
    )
    thresholds: Thresholds = Field(
        default_factory=Thresholds, description="What a judge must reach."
    )


class Curve(SpecModel):
    """From a judge's value to what people would say, as a share of their scale: 0 to 1.

    isotonic: straight lines between points, level beyond them. platt: 1 / (1 + exp(-(slope x +
    intercept))) (Platt, 1999).
    """

    method: Literal["isotonic", "platt"] = Field(description="Which of the two.")
    points: tuple[tuple[float, float], ...] = Field((), description="Of isotonic, rising in both.")
    slope: float = Field(0.0, description="Of platt.")
    intercept: float = Field(0.0, description="Of platt.")

    def __call__(self, value: float) -> float:
        """What people would say where the judge says `value`."""
        if self.method == "platt":
            logit = self.slope * value + self.intercept
            far = math.exp(-abs(logit))
            return 1 / (1 + far) if logit >= 0 else far / (1 + far)
        (left, low), *rest = self.points
        if value <= left:
            return low
        for right, high in rest:
            if value < right:
                return low + (high - low) * (value - left) / (right - left)
            left, low = right, high
        return low

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        rising = all(
            a[0] < b[0] and a[1] <= b[1] for a, b in zip(self.points, self.points[1:], strict=False)
        )
        if self.method == "isotonic" and not (self.points and rising):
            raise PydanticCustomError(
                "curve_points", "a curve's points must be there and rise; calibrate anew"
            )
        return self
