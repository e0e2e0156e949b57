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
        priced: Whether the price of every model that answered is known.
        page: Where its own page lies; empty where that is not known.
        notice: Title and text, where a script answered in models' places.
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
    priced: bool
    page: str
    notice: tuple[str, str] | None


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
        priced=all(one["cost"] is not None for one in models),
        page=page,
        notice=about_scripted(
            sum(int(one["scripted"]) for one in models), sum(int(one["answers"]) for one in models)
        ),
    )


def about_scripted(scripted: int, answers: int) -> tuple[str, str] | None:
    """Title and text of the notice that a script answered; None where models did.

    Args:
        scripted: Answers of a script.
        answers: All of them.
    """
    if not scripted:
        return None
    whole = scripted == answers
    whose = "All" if whole else f"{scripted:,} of the"
    return (
        "No model has answered this" if whole else "A script answered part of this",
        f"{whose} {answers:,} answers are of the script that the embedded AWS has in the place of "
        "models: it repeats the question. A judge that was asked there is that script too. The figures "
        "show that the evaluation works; they say nothing of any model, nor do its seconds and tokens.",
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
