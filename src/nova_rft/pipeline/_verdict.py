"""What a job's own figures say of the model that it made.

This is no evaluation: nothing is asked of the model. It stands where an evaluation against the base
model belongs, and refuses only what the job itself shows to be bad.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nova_rft.jobs import Advice, Measure, column

# The policy learnt the reward and not the task, or the records by heart (`nova_rft.jobs.advise`).
_HACKED: Final = ("validation_falls", "overfitting")
# Of a training reward's steps, the part that its beginning and its end are the means of.
_PART: Final = 4


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a model is worth to be served, as far as its job can tell.

    Attributes:
        fit: None where the job says nothing of it.
        gain: By how much the reward rose.
        said: Why, one sentence each.
    """

    fit: bool | None
    gain: float | None
    said: tuple[str, ...]


def verdict(measures: Sequence[Measure], advice: Sequence[Advice], *, least_gain: float) -> Verdict:
    """Judges a job that completed by what it measured of itself.

    Args:
        measures: Its figures, step by step.
        advice: What rules of thumb say of them.
        least_gain: By how much its reward has to have risen.
    """
    complaints = [one.message for one in advice if one.rule in _HACKED]
    found = next(_gains(measures), None)
    losses = column(measures, "validation_loss") or column(measures, "loss")
    if found is not None:
        name, gain = found
        if gain < least_gain:
            complaints.append(
                f"the {name} rose by {gain:.3f}, which is less than least_gain {least_gain:g}"
            )
        told = f"the {name} rose by {gain:.3f}" if gain >= 0 else f"the {name} fell by {-gain:.3f}"
        return Verdict(not complaints, gain, tuple(complaints) or (told,))
    if complaints:
        return Verdict(False, None, tuple(complaints))
    if len(losses) > 1:
        first, last = losses[0][1], losses[-1][1]
        said = f"the loss went from {first:.3f} to {last:.3f}"
        return Verdict(last <= first, None, (said,))
    return Verdict(None, None, ("the job tells no figures that a verdict could be read from",))


def _gains(measures: Sequence[Measure]) -> Iterator[tuple[str, float]]:
    """The rise of the reward: on validation records where there are two readings of it."""
    held = [value for _, value in column(measures, "validation_reward")]
    if len(held) > 1:
        yield "validation reward", held[-1] - held[0]
    trained = [value for _, value in column(measures, "reward")]
    if len(trained) > 1:
        part = max(1, len(trained) // _PART)
        first, last = trained[:part], trained[-part:]
        yield "training reward", sum(last) / len(last) - sum(first) / len(first)
