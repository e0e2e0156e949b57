"""All biases of one judge on one criterion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from nova_rft.calibrate._agreement import NO_ORDER, Draws
from nova_rft.calibrate._figure import Figure, missing
from nova_rft.calibrate._sheet import Sheet
from nova_rft.calibrate.bias._features import FEATURES, feature
from nova_rft.calibrate.bias._language import common, language_gap, languages
from nova_rft.calibrate.bias._liking import liking, net_likings
from nova_rft.calibrate.bias._self import self_preference

_NOT_NAMED: Final = "the models that wrote the responses are not named, or none is the judge's own"
# Features whose size matters by proportion, where they are weighed against each other.
_PROPORTIONAL: Final = ("length", "style")


@dataclass(frozen=True, slots=True)
class Bias:
    """A judge's liking of one feature.

    Attributes:
        liking: How much more it likes more of the feature than people do; 0 is none.
        net: What a standard deviation of it moves the judge, people's label and other features held.
    """

    liking: Figure
    net: Figure

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {**self.liking.as_dict(), "net": self.net.as_dict()}


@dataclass(frozen=True, slots=True)
class Biases:
    """What a judge prefers beside what people prefer.

    Attributes:
        features: Of length, verbosity and style.
        own: How much more it prefers its own family's responses than people do.
        languages: By language the accuracy in it less that in all others; empty where there is one.
    """

    features: Mapping[str, Bias]
    own: Figure
    languages: Mapping[str, Figure]

    @property
    def length(self) -> Figure:
        """The liking of length."""
        return self.features["length"].liking

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {
            **{name: one.as_dict() for name, one in self.features.items()},
            "self": self.own.as_dict(),
            "language": {code: one.as_dict() for code, one in self.languages.items()},
        }


def biases(sheet: Sheet, judge: str, draws: Draws) -> Biases:
    """All biases of a judge.

    Args:
        sheet: Rows and verdicts.
        judge: Its name, by which its own family is known.
        draws: How intervals are made.
    """
    own = self_preference(sheet, judge)
    codes = languages(sheet)
    several = common(codes)
    return Biases(
        features=_features(sheet, draws),
        own=missing(_NOT_NAMED) if own is None else draws.figure(own, sheet.prompts),
        languages={
            code: draws.figure(language_gap(sheet, codes, code), sheet.prompts)
            for code in (several if len(several) > 1 else ())
        },
    )


def _features(sheet: Sheet, draws: Draws) -> dict[str, Bias]:
    if sheet.scale.places is None:
        return {name: Bias(missing(NO_ORDER), missing(NO_ORDER)) for name in FEATURES}
    values = {name: feature(sheet, name) for name in FEATURES}
    net = net_likings(
        sheet,
        [np.log1p(one) if name in _PROPORTIONAL else one for name, one in values.items()],
    )
    return {
        name: Bias(
            draws.figure(liking(sheet, values[name]), sheet.prompts),
            draws.figure(one, sheet.prompts),
        )
        for name, one in zip(values, net, strict=True)
    }
