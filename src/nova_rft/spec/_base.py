"""The ground all spec models stand on: frozen, nothing unknown, every field described."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,47}$")]


class SpecModel(BaseModel):
    """Base of every part of a spec."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        # Built when first used: the reward Lambda needs the reward part alone.
        defer_build=True,
    )


class TermModel(SpecModel):
    """Base of every term of a reward."""

    name: Name = Field(description="The term's name; its raw value is the metric of that name.")
    weight: float = Field(
        1.0, ge=-1000, le=1000, description="The term's raw value counts this many times."
    )
