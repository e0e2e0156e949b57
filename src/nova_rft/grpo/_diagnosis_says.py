"""What stands out of a diagnosis, in words: the figure, what it means, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from nova_rft.grpo._diagnosis import Diagnosis

# AWS's rules of thumb for RFT on Nova: no need of RFT above 95 % of the best reward, SFT first at 0 %,
# too sparse under 5 % of positive rewards.
SATURATED: Final = 0.95
SPARSE: Final = 0.05
# This package's own.
_TIED: Final = 0.5
_CANCELLED: Final = 0.5
_CORRELATED: Final = 0.5
_UNRELIABLE: Final = 0.5
_ABSTAINED: Final = 0.05


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that stands out: a code for programs, a sentence for people."""

    code: str
    text: str


def findings(found: Diagnosis) -> tuple[Finding, ...]:
    """The gravest first."""
    return tuple(Finding(code, text) for code, text in (*_reward(found), *_inside(found)))


def _reward(found: Diagnosis) -> Iterator[tuple[str, str]]:
    if found.baseline is None or found.positive is None:
        yield "nothing_scored", "No rollout has a reward; look at the causes of the abstentions."
        return
    if found.positive == 0:
        yield (
            "no_success",
            "No rollout earned anything: the policy cannot reinforce what it never does. "
            "Train with SFT first, ask easier prompts, or give partial credit.",
        )
    elif found.positive < SPARSE:
        yield (
            "sparse",
            f"{found.positive:.1%} of the rewards are positive, under AWS's {SPARSE:.0%}: too sparse "
            "to learn from. Give partial credit, or train with SFT first.",
        )
    if found.baseline > SATURATED:
        yield (
            "saturated",
            f"The policy earns {found.baseline:.1%} of the best reward already; above AWS's "
            f"{SATURATED:.0%} there is no need of RFT. Ask harder prompts, or a stricter reward.",
        )
    if found.abstained > _ABSTAINED * found.rollouts:
        yield (
            "abstentions",
            f"{found.abstained} of {found.rollouts} rollouts have no reward and teach nothing.",
        )


def _inside(found: Diagnosis) -> Iterator[tuple[str, str]]:
    tied = found.signal.share_without_signal
    if tied is not None and found.wasted is not None and tied > _TIED:
        yield (
            "ties",
            f"In {tied:.0%} of the groups all rollouts earned the same; {found.wasted:.0%} of the "
            "rollouts are paid for and teach nothing. Leave out prompts that are mastered or "
            "hopeless, sample at a higher temperature, or let the reward tell finer.",
        )
    noise = found.reliability
    if noise is not None and noise.reliability < _UNRELIABLE:
        remedy = (
            f"{noise.reads} readings would make it 80%" if noise.reads else "no readings mend it"
        )
        yield (
            "noise",
            f"{noise.reliability:.0%} of the reward's variance inside groups is not the judge's noise; "
            f"{remedy}.",
        )
    yield from _terms(found)
    for name, value in found.correlations.items():
        if value is not None and abs(value) >= _CORRELATED:
            way, remedy = (
                ("more", "a policy may find that first. Penalise it, or see that it is wanted")
                if value > 0
                else ("less", "a policy may learn that first. See that it is wanted")
            )
            yield (
                "correlated",
                f"Inside groups the reward goes with {way} {name} (r = {value:+.2f}): {remedy}.",
            )


def _terms(found: Diagnosis) -> Iterator[tuple[str, str]]:
    if found.cancelled is not None and found.cancelled > _CANCELLED:
        yield (
            "cancelling",
            f"{found.cancelled:.0%} of what the terms tell apart is lost in their sum: they work "
            "against each other. Weigh them anew, or make one a gate.",
        )
    for term in found.terms:
        if term.verdict == "dominates":
            yield (
                "dominates",
                f"{term.name} makes {term.share:.0%} of the reward's variance inside groups; the other "
                "terms are hardly heard.",
            )
        elif term.verdict == "against":
            yield (
                "against",
                f"{term.name} works against the rest of the reward inside groups "
                f"(share {term.share:.0%}).",
            )
        elif term.verdict == "silent":
            yield (
                "silent",
                f"{term.name} is the same for all rollouts of a group: it teaches nothing.",
            )
