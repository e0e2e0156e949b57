"""The ground all spec models stand on: frozen, nothing unknown, every field described.

Files of models do without `from __future__ import annotations`: each annotation would be a text that
pydantic compiles again, a fifth of what importing the spec takes.
"""

import math
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,47}$")]
# Of projects and stages, whose names begin those of all that they make.
_PLAIN_NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
ProjectName = Annotated[str, StringConstraints(pattern=_PLAIN_NAME, max_length=24)]
STAGE_NAME_LENGTH = 12
StageName = Annotated[str, StringConstraints(pattern=_PLAIN_NAME, max_length=STAGE_NAME_LENGTH)]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-gov)?-[a-z]+-\d$")]
Interval = tuple[float, float]


def arn(service: str, resource: str) -> StringConstraints:
    """What ARNs of a service's resources look like; the resource as a pattern."""
    pattern = rf"^arn:aws(-[a-z]+)*:{service}:[a-z0-9-]*:\d{{12}}:{resource}$"
    return StringConstraints(pattern=pattern)


SecretArn = Annotated[str, arn("secretsmanager", r"secret:[\w/+=.@-]+")]
# Shares, and whatever else lies between nothing and all of something.
SHARE: Interval = (0.0, 1.0)
PENALTY: Interval = (-1.0, 0.0)


def _inside_the_project(path: str) -> str:
    parts = PurePosixPath(path).parts
    if "\\" in path or not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]:
        raise PydanticCustomError(
            "project_file",
            "{path} does not lie in the spec's folder; write a path relative to it, with slashes, so "
            "that the file can travel with the reward",
            {"path": path},
        )
    return path


# A file that belongs to the reward: it lies beside the spec, and goes along into the Lambda's asset.
ProjectFile = Annotated[str, AfterValidator(_inside_the_project)]


class SpecModel(BaseModel):
    """Base of every part of a spec."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        # Built when first used: the reward Lambda needs the reward part alone.
        defer_build=True,
    )


class TermAbstains(StrEnum):
    """What becomes of the reward where one term could not be told."""

    WHOLE = "whole"
    GROUP_MEAN = "group_mean"


class TermModel(SpecModel):
    """Base of every term of a reward."""

    # Between which values the term's raw value lies; None where it has no bounds.
    natural: ClassVar[Interval | None] = SHARE

    name: Name = Field(description="The term's name; its raw value is the metric of that name.")
    weight: float = Field(
        1.0, ge=-1000, le=1000, description="The term's clipped value counts this many times."
    )
    clip: Interval | None = Field(
        None, description="The raw value is clipped to this before it counts; the metric stays raw."
    )
    gate: float | None = Field(
        None, description="A raw value below this puts the whole reward at its floor."
    )
    on_abstain: TermAbstains = Field(
        TermAbstains.WHOLE,
        description=(
            "Where this term cannot be told: whole (the reward abstains) or group_mean (the term counts "
            "as the mean of its siblings' in the event, and so teaches nothing; without any, the reward "
            "abstains)."
        ),
    )

    @property
    def bounds(self) -> Interval | None:
        """Between which values the term counts, before its weight; None where there are none."""
        if self.clip is None:
            return self.natural_bounds
        low, high = self.natural_bounds or (-math.inf, math.inf)
        # What is clipped beyond its own bounds does not reach the clip's.
        return min(max(self.clip[0], low), high), max(min(self.clip[1], high), low)

    def clipped(self, value: float) -> float:
        """A raw value as it counts, before its weight."""
        return value if self.clip is None else min(max(value, self.clip[0]), self.clip[1])

    @property
    def natural_bounds(self) -> Interval | None:
        """Between which values the raw value lies; for most kinds of term the same for all."""
        return self.natural

    @model_validator(mode="after")
    def _clips_to_something(self) -> Self:
        if self.clip is not None and self.clip[0] >= self.clip[1]:
            raise PydanticCustomError(
                "clip",
                "clip [{low}, {high}] is empty; write the low end first",
                {"low": self.clip[0], "high": self.clip[1]},
            )
        if self.gate is not None and self.on_abstain is not TermAbstains.WHOLE:
            raise PydanticCustomError(
                "gate_abstains",
                "a gate that could not be told must not open by its siblings' mean; leave "
                "on_abstain out, or the gate",
            )
        return self
