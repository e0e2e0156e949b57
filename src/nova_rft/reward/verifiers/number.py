"""The verifier of numbers, with tolerance and units."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from nova_rft.data import Rollout
from nova_rft.errors import UsageError
from nova_rft.outcome import Outcome, Score
from nova_rft.reward._term import EachRollout
from nova_rft.reward.text.final_answer import marked_answer
from nova_rft.reward.verifiers._reference import no_reference, references, unreadable
from nova_rft.spec import NumberTerm

_NUMBER: Final = re.compile(
    r"(?<![\w.,])([-+\u2212]?)[$\u20ac\u00a3]?[ ]?"
    r"(\d{1,3}(?:,\d{3})+(?!\d)|\d{1,40})(?:[.](\d{1,40}))?"
    r"(?:[eE\u00d7*][ ]?(?:10\^)?\{?([-+]?\d{1,3})\}?)?"
)
# What may stand for a unit behind a number: pint reads nothing longer or wilder than this.
_UNIT: Final = re.compile(
    r"[ \u00a0]?((?:\u00b0[ ]?|[a-zA-Z\u00b5\u03bc\u03a9%])[a-zA-Z\u00b5\u03bc\u03a9%]{0,24}"
    r"(?:[ ]?(?:[*/\u00b7]|\*\*|\^|per)[ ]?[-]?(?:[a-zA-Z\u00b5\u03bc\u03a9]{1,24}|\d))*"
    r"[\u00b2\u00b3]?)"
)
_SUPERSCRIPTS: Final = str.maketrans({"\u00b2": "^2", "\u00b3": "^3", "\u03bc": "\u00b5"})


class Number(EachRollout):
    """1 when the response's final number is the reference's, within a tolerance, else 0."""

    def __init__(self, spec: NumberTerm) -> None:
        """Reads the unit.

        Raises:
            UsageError: it is none.
        """
        self._spec = spec
        self._with_units = spec.unit is not None or spec.units
        self._unit = spec.unit
        if spec.unit is not None and _unit(spec.unit) is None:
            raise UsageError(
                f"reward term {spec.name}: {spec.unit!r} is no unit; use one such as km/h, USD is none"
            )

    def score_one(self, rollout: Rollout) -> Outcome:
        """1 or 0; an abstention where the reference holds no number, or no known unit."""
        expected = references(rollout.reference)
        if not expected:
            return no_reference()
        results = [self._compare(one, rollout.response) for one in expected]
        right = [one for one in results if isinstance(one, Score) and one.value == 1]
        return (right or results)[0]

    def _compare(self, reference: str, response: str) -> Outcome:
        wanted = self._read(reference, self._unit)
        if wanted is None:
            return unreadable(reference, "number with a unit" if self._with_units else "number")
        found = self._read(response, None)
        shown = {"answer": None if found is None else _shown(found), "reference": _shown(wanted)}
        if found is None:
            return Score(0.0, {**shown, "problem": "the response holds no such number"})
        value = _in_unit_of(found, wanted) if self._with_units else found[0]
        if value is None:
            return Score(0.0, {**shown, "problem": "the units do not convert"})
        allowed = max(self._spec.tolerance, self._spec.relative * abs(wanted[0]))
        # A hair more, for what binary fractions cannot hold: 0.1 + 0.2 is 0.3.
        hair = 1e-9 * max(abs(wanted[0]), abs(value))
        return Score(float(abs(value - wanted[0]) <= allowed + hair), shown)

    def _read(self, text: str, unit: str | None) -> tuple[float, str] | None:
        """The last number (of the marked answer, where there is one) and its unit."""
        answer = marked_answer(text) or text
        for found in reversed(list(_NUMBER.finditer(answer))):
            value = _value(found)
            if not self._with_units:
                return value, ""
            behind = _UNIT.match(answer, found.end())
            said = behind[1] if behind else unit
            if said and (known := _known(said)):
                return value, known
            if unit:
                return value, unit
        return None


def _value(found: re.Match[str]) -> float:
    sign, whole, fraction, power = found.groups()
    minus = "-" if sign in ("-", "\u2212") else ""
    return float(f"{minus}{whole.replace(',', '')}.{fraction or 0}e{power or 0}")


def _shown(read: tuple[float, str]) -> str:
    return f"{read[0]:.12g} {read[1]}".rstrip()


def _known(said: str) -> str | None:
    """The unit as far as it is one: `km in all` is km."""
    said = said.strip()
    while said and _unit(said) is None:
        said = said.rpartition(" ")[0]
    return said or None


def _in_unit_of(found: tuple[float, str], wanted: tuple[float, str]) -> float | None:
    try:
        there = _registry().Quantity(found[0], _unit(found[1]))
        return float(there.to(_unit(wanted[1])).magnitude)
    except Exception:
        # Not convertible (a length is no time); pint's errors have several roots.
        return None


@cache
def _registry() -> Any:
    from pint import UnitRegistry

    return UnitRegistry(autoconvert_offset_to_baseunit=True)


@cache
def _unit(said: str) -> Any:
    # A response may hold any number of different units: what is not short is none.
    if len(said) > 40:
        return None
    text = said.translate(_SUPERSCRIPTS).replace("\u00b7", "*").replace(" per ", "/")
    text = re.sub("\u00b0[ ]?", "deg", text) if text.startswith("\u00b0") else text
    try:
        return _registry().parse_units(text.replace("%", "percent"))
    except Exception:
        return None
