"""What an evaluation found of the trained model beside its base, in short, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Gained:
    """One measure of the trained model beside the base.

    Attributes:
        measure: Its name.
        base: The base's mean.
        mine: The trained model's.
        gain: Mean difference over prompts; None where none could be told.
        low: Lower end of its 95 % interval.
        high: Upper end.
        says: `better`, `worse` and the like.
    """

    measure: str
    base: float | None
    mine: float | None
    gain: float | None
    low: float | None
    high: float | None
    says: str


@dataclass(frozen=True, slots=True)
class Compared:
    """An evaluation in short.

    Attributes:
        model: The contender's name.
        job: The job that made it; empty where that is not known.
        finding: `real gain`, `no gain shown`, `worse` or `cannot tell`.
        says: The verdict in sentences.
        records: The held-out file.
        prompts: How many of its prompts were asked.
        judge: Who graded; empty where no judge did.
        primary: The measure whose verdict counts.
        others: All other measures, and skills that were to be kept.
        win_rate: Share of pairs won, corrected for length; None where none were compared.
        spent: What it took, over all runs.
        currency: Of that.
        page: Where its own page lies; empty where that is not known.
    """

    model: str
    job: str
    finding: str
    says: list[str]
    records: str
    prompts: int
    judge: str
    primary: Gained
    others: list[Gained]
    win_rate: float | None
    spent: float
    currency: str
    page: str


def compared(found: Mapping[str, Any] | None, page: str = "") -> Compared | None:
    """The first contrast of an evaluation.

    Args:
        found: As `nova_rft.evaluate.Evaluation.as_dict` gives it, and evaluation.json holds it.
        page: Where its own page lies.
    """
    if not found or not found["contrasts"]:
        return None
    first = found["contrasts"][0]
    verdict, wins = first["verdict"], first["wins"]
    models: Sequence[Mapping[str, Any]] = found["models"]
    return Compared(
        model=str(first["model"]),
        job=next((str(one["job"]) for one in models if one["name"] == first["model"]), ""),
        finding=str(verdict["finding"]),
        says=[str(one) for one in verdict["says"]],
        records=str(found["records"]),
        prompts=int(found["prompts"]),
        judge=str(found["judge"]["name"] or ""),
        primary=_gained(verdict["primary"]),
        others=[_gained(one) for one in (*first["measures"], *first["skills"])],
        win_rate=wins["controlled"]["value"] if wins else None,
        spent=float(found["spent"]),
        currency=str(found["currency"]),
        page=page,
    )


def _gained(one: Mapping[str, Any]) -> Gained:
    gain = one["gain"]
    return Gained(
        measure=str(one["measure"]),
        base=one["base"],
        mine=one["mine"],
        gain=gain["value"],
        low=gain["low"],
        high=gain["high"],
        says=str(one["says"]),
    )
