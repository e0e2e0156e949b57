"""How unsure a judge was of one response, from what a trace or an answer keeps of it.

Each is a number of 0 (sure) to 1:

- rubric: the mean over its verdicts of 4 s (1 - s), s being the share of 1 that a verdict counts: 1 for
  one that lies in the middle, as where samples are split, 0 for a plain yes or no;
- preference: the share of its games in which the two orders did not agree;
- jury: how far its jurors' values lie apart, at most 1;
- a judge whose verdict could not be read, or whose jurors differed too much: 1.

A quiz says nothing of the kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from nova_rft.outcome import Cause
from nova_rft.spec import JudgeTerm, JuryTerm, PreferenceTerm, RubricTerm

_COULD_NOT_SAY: Final = (Cause.UNREADABLE_VERDICT, Cause.JUDGES_DISAGREE)
# Beside the criteria's: the term's own metrics.
_NOT_CRITERIA: Final = ("judged", "weighted", "abstained")
_AGREED: Final = (["first", "second"], ["second", "first"], ["tie", "tie"])


def unsure_in_metrics(term: JudgeTerm, metrics: Mapping[str, float]) -> float | None:
    """From the metrics that an answer gives under the judge's name; None where they do not tell.

    Args:
        term: The judge's settings.
        metrics: By what follows `TERM.` in their names.
    """
    if isinstance(term, RubricTerm):
        return _of_shares(share for name, share in metrics.items() if name not in _NOT_CRITERIA)
    if isinstance(term, PreferenceTerm) and "consistent" in metrics:
        return 1 - metrics["consistent"]
    if isinstance(term, JuryTerm) and "disagreement" in metrics:
        return min(metrics["disagreement"], 1.0)
    return None


def unsure_in_details(term: JudgeTerm, said: Mapping[str, Any]) -> float | None:
    """From what a trace keeps of the judge; None where it does not tell.

    Args:
        term: The judge's settings.
        said: The trace's entry for it, with `details` or `abstained`.
    """
    if said.get("abstained"):
        return 1.0 if said["abstained"].get("cause") in _COULD_NOT_SAY else None
    details = said.get("details") or {}
    if isinstance(term, RubricTerm):
        return _of_shares(one["share"] for one in details.get("verdicts", ()))
    if isinstance(term, PreferenceTerm):
        return _of_games([one["slots"] for one in details.get("games", ())])
    if isinstance(term, JuryTerm):
        values = [one["value"] for one in details.get("jurors", {}).values() if "value" in one]
        return min(max(values) - min(values), 1.0) if len(values) > 1 else None
    return None


def _of_shares(shares: Iterable[float]) -> float | None:
    known = [4 * share * (1 - share) for share in shares if 0 <= share <= 1]
    return sum(known) / len(known) if known else None


def _of_games(slots: Sequence[list[str]]) -> float | None:
    """Which response stood first, and which was chosen, in each game's orders."""
    both = [one for one in slots if len(one) == 2]
    return sum(one not in _AGREED for one in both) / len(both) if both else None
