"""What judges left in a trace, whatever kind they are of: a rubric, a preference, a quiz, or a jury."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_SCRIPTED: Final = "scripted"
Details = Mapping[str, Any]


def readings(details: Details) -> Iterator[Details]:
    """The details of each judge in a term's details; the jurors' one by one, none where none judged."""
    if "judge" in details:
        yield details
    for juror in details.get("jurors", {}).values():
        yield from readings(juror.get("details", {}))


def is_script(details: Details) -> bool:
    """Whether surface rules answered, and no model.

    Behind the embedded Converse the judge bears a Bedrock model's name, and its own words tell.
    """
    said = str(details.get("said", "")).lower()
    return details.get("judge") == _SCRIPTED or said.startswith("scripted judge")


def answered_by(details: Details) -> str:
    """Who answered, by its own name; a script never by the name that it was asked for as."""
    judge = str(details["judge"])
    if judge == _SCRIPTED or not is_script(details):
        return judge
    return f"the embedded script, asked for as {judge}"


def verdict_rows(details: Details) -> Iterator[Mapping[str, Any]]:
    """Everything that was decided on a response, in one shape: criterion, met, reason, evidence."""
    for reading in readings(details):
        yield from reading.get("verdicts", [])
        for game in reading.get("games", []):
            yield {
                "criterion": f"better than {game['against']}",
                "met": (game["share"] or 0) > 0.5,
                "reason": _went(game),
                "evidence": game["evidence"],
            }
        for answer in reading.get("answers", []):
            yield {
                "criterion": answer["question"],
                "met": answer["right"],
                "reason": f"answered: {answer['said']}",
                "evidence": answer["evidence"],
            }


def juror_notes(details: Details) -> Iterator[str]:
    """What each juror said, or why it said nothing."""
    for name, juror in details.get("jurors", {}).items():
        if "abstained" in juror:
            yield f"juror {name}: abstained, {juror['abstained']['detail']}"
        else:
            yield f"juror {name}: {juror['value']:.3g}"


def _went(game: Mapping[str, Any]) -> str:
    if game["share"] is None:
        return "not judged"
    if not game["slots"]:
        return "equal texts"
    words = {1.0: "better", 0.5: "a tie", 0.0: "worse"}[game["share"]]
    return f"{words} (said: {', '.join(game['slots'])}). {game['reason']}".strip()
