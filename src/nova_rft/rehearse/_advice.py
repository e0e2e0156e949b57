"""What to change in a reward, or in a rehearsal, by what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from nova_rft.rehearse._course import course
from nova_rft.rehearse._facts import RewardFacts, TermFacts
from nova_rft.rehearse._measure import Step
from nova_rft.rehearse._verdict import FEWEST, Verdict

_LONGER: Final = 1.3
_AT_THE_LIMIT: Final = 0.3
_REPEATED: Final = 0.2
_TIED: Final = 0.8


def what_to_change(verdict: Verdict, steps: Sequence[Step], facts: RewardFacts) -> list[str]:
    """Advice, the most telling first; none where there is nothing to say, or too little was seen."""
    if sum(not one.held_out for one in steps) < FEWEST:
        return []
    match verdict.name:
        case "hacks":
            return [*_on_habits(steps, facts), *_on_term(verdict.term, facts)]
        case "cannot tell":
            return list(_on_doubt(facts))
        case "stalls":
            return list(_on_signal(steps))
    return [*_on_habits(steps, facts), *_on_checks(facts)]


def _on_habits(steps: Sequence[Step], facts: RewardFacts) -> Iterator[str]:
    length, cut, repeated = (course(steps, name) for name in ("length", "truncated", "repeated"))
    longer = length is not None and length.last > _LONGER * length.first
    at_limit = cut is not None and cut.last > _AT_THE_LIMIT
    repeats = repeated is not None and repeated.last > max(_REPEATED, 2 * repeated.first)
    if length is not None and (longer or at_limit) and not facts.bounds_length:
        yield (
            f"Responses went from {length.first:.0f} to {length.last:.0f} tokens: bound their length "
            "(soft_overlong, from what a right response needs)."
        )
    if repeats and facts.bounds_words_alone:
        yield (
            "Repetition is looked for in words alone, and text without spaces has no words to repeat: "
            "add ngrams of characters or tokens."
        )
    elif repeats and not any(term.type == "repetition" for term in facts.terms):
        yield (
            "Responses come to repeat themselves: add repetition, over characters or tokens too; a "
            "bound on length in words alone is dodged by leaving out the spaces."
        )


def _on_term(name: str | None, facts: RewardFacts) -> Iterator[str]:
    term = facts.term(name) if name else None
    if term is None:
        yield "The answer names no term that the gain came from: have the Lambda give its metrics."
        return
    yield _mend(term)
    if not any(one.checks and one.paid for one in facts.terms) and not _proves(facts):
        yield "No term proves that a response is right: add one that is told by the reference."


def _proves(facts: RewardFacts) -> bool:
    return any(
        one.paid and one.type in ("math", "match", "number", "choice", "code")
        for one in facts.terms
    )


def _mend(term: TermFacts) -> str:
    match term.role:
        case "judge":
            return (
                f"The judge {term.name} pays for how a response sounds: bound its weight, let a "
                "verifier open the gate before it, and try it: nova-rft judge probe."
            )
        case "verifier":
            return (
                f"{term.name} ({term.type}) looks at the form and not at what is said: make it a gate "
                "of weight 0, and pay for what is right."
            )
    return (
        f"{term.name} can be earned without being right: clip it low, pay it only where a verifier "
        "agrees (combine: gated_product), or leave it out."
    )


def _on_doubt(facts: RewardFacts) -> Iterator[str]:
    if facts.check_kind == "none":
        yield "Add a term of weight 0 that tells right from wrong, or references to the records."
        return
    yield (
        "Rehearse with a policy that can do some of it: --policy FOLDER of a small model, on a GPU any "
        "model; or add demonstrations to the records for the tiny one's warm start."
    )


def _on_signal(steps: Sequence[Step]) -> Iterator[str]:
    tied = course(steps, "tied")
    if tied is not None and tied.first >= _TIED:
        yield "Give partial credit, take easier prompts, or draw more rollouts for each prompt."
    else:
        yield "Train for more steps, or see whether terms cancel each other: nova-rft report."


def _on_checks(facts: RewardFacts) -> Iterator[str]:
    if facts.check_kind == "proven":
        yield (
            "Every check is paid for: a second opinion of weight 0 (another verifier, another judge) "
            "would show a flaw in it."
        )
