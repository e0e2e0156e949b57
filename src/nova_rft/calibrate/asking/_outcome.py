"""From a judge's outcomes to verdicts in the labels that people used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from nova_rft.calibrate._scale import Scale
from nova_rft.calibrate._whole import OVERALL
from nova_rft.calibrate.labels import WHOLE, Verdict
from nova_rft.errors import JudgeUnavailable, UsageError
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.spec import PreferenceTerm, QuizTerm, RubricTerm

SingleTerm = RubricTerm | PreferenceTerm | QuizTerm

# Says something of the service or the purse, and nothing of how well the judge judges.
_NO_VERDICT: Final = (
    Cause.JUDGE_UNAVAILABLE,
    Cause.JUDGE_REFUSED,
    Cause.BUDGET_SPENT,
    Cause.DEADLINE,
)
# Says something of the labels: no comparison responses, no criteria, no quiz.
_LACKING: Final = (
    Cause.NO_COMPARISON,
    Cause.NO_CRITERIA,
    Cause.NO_REFERENCE,
    Cause.UNREADABLE_REFERENCE,
)
_FEW_FAILURES: Final = 0.1


def refuse_failures(outcomes: Sequence[Outcome]) -> None:
    """Stops where the judge did not answer; a few such rows count as unreadable.

    Raises:
        JudgeUnavailable: more than one in ten questions got no answer.
        UsageError: it could judge none of the responses, for want of something that rows do not bring.
    """
    failed = [o for o in outcomes if isinstance(o, Abstention) and o.cause in _NO_VERDICT]
    if failed and len(failed) > _FEW_FAILURES * len(outcomes):
        raise JudgeUnavailable(
            f"{len(failed):,} of {len(outcomes):,} responses got no verdict: {failed[0].detail}; "
            "nothing was calibrated"
        )
    lacking = [o for o in outcomes if isinstance(o, Abstention) and o.cause in _LACKING]
    if outcomes and len(lacking) == len(outcomes):
        raise UsageError(
            f"none of {len(outcomes):,} responses could be judged: {lacking[0].detail}"
        )


def verdicts(
    outcome: Outcome, term: SingleTerm | None, scales: Mapping[str, Scale]
) -> dict[str, Verdict]:
    """By criterion what a judge said of one response.

    Args:
        outcome: The judge's.
        term: Its settings; None for a jury.
        scales: People's labels on each criterion that they labelled.
    """
    criteria = {one.name: one for one in term.criteria} if isinstance(term, RubricTerm) else {}
    # What the judge is never asked is no verdict of its; what it was asked and did not say is one.
    names = [name for name in scales if name in (WHOLE, OVERALL) or name in criteria]
    found = {WHOLE: Verdict(None), **{name: Verdict(None) for name in names}}
    if isinstance(outcome, Abstention):
        return found
    for name in (WHOLE, OVERALL):
        if name in found and name not in criteria:
            found[name] = _of_value(outcome, term, scales.get(name))
    for said in outcome.details.get("verdicts", ()):
        name = said["criterion"]
        if name in scales:
            own = criteria.get(name)
            found[name] = _of_criterion(said, scales[name], own is not None and own.kind == "scale")
    return found


def _of_value(score: Score, term: SingleTerm | None, scale: Scale | None) -> Verdict:
    value = share_of(score, term)
    return Verdict(_label(value, scale), value)


def share_of(score: Score, term: SingleTerm | None) -> float:
    """A judge's value as a share; behind a failed gate there is nothing."""
    if score.failed_gate:
        return 0.0
    if isinstance(term, PreferenceTerm) and term.rating == "bradley_terry":
        # Log strengths have no bounds; this is the chance to beat one of strength 1.
        return 1 / (1 + math.exp(-min(max(score.value, -500.0), 500.0)))
    return score.value


def _of_criterion(said: Mapping[str, Any], scale: Scale, graded: bool) -> Verdict:
    share = float(said["share"])
    if graded and scale.numeric:
        # The scale's own number; several samples, their mean, are a number between.
        labels = [float(label) for label in said["samples"]]
        number = math.fsum(labels) / len(labels)
        return Verdict(number, number)
    return Verdict(_label(share, scale), share)


def _label(share: float, scale: Scale | None) -> Any:
    """A share in people's labels; where they have no order it is no label of theirs."""
    if scale is None:
        return share
    if not (scale.numeric or scale.binary):
        return None
    return scale.from_share(min(max(share, 0.0), 1.0))
