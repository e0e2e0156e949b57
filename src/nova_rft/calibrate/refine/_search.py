"""What a search for a better judge gives, and the plain one: other people's verdicts as examples."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nova_rft.calibrate.labels import Row
from nova_rft.calibrate.refine._examples import Example, Teacher, draw
from nova_rft.calibrate.refine._split import Split
from nova_rft.calibrate.refine._texts import Refinable, UnusableText, validated
from nova_rft.calibrate.refine._trial import Bench, Trial
from nova_rft.errors import BudgetSpent, UsageError

# Longer ones cost more in every call than they can teach.
_LONGEST: Final = 8_000
_MOST: Final = 32
_SIZES: Final = (1, 2, 4, 8)
EQUAL: Final = 1e-9

# Told how many variants were tried, and how many were found that agree better.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Search:
    """What a search found.

    Attributes:
        best: The variant that agrees best with people on the prompts to choose by; None where none
            agrees better than the judge as it is.
        tried: Variants.
        ended: Why it ended.
    """

    best: Refinable | None
    tried: int
    ended: str


def search_examples(
    bench: Bench,
    term: Refinable,
    split: Split,
    baseline: Trial,
    *,
    variants: int,
    seed: int,
    progress: Progress,
) -> Search:
    """Shows the judge some of people's verdicts, others each time, and keeps the best choice of them.

    Half of the shown are such as the judge gets wrong without. Needs no other model.

    Args:
        bench: Where variants are tried.
        term: The judge as it is.
        split: The prompts.
        baseline: The judge as it is, on the prompts to choose by.
        variants: How many choices are tried at most.
        seed: Of the choices.
        progress: Told after each.

    Raises:
        UsageError: such labels make no examples for such a judge.
    """
    dice = random.Random(f"{seed} examples")  # noqa: S311  Nothing secret.
    best: Refinable | None = None
    most, tried, ended = baseline.mean, 0, f"{variants} choices of examples were tried"
    try:
        right, wrong = _pool(bench, term, bench.try_out(term, split.learn), dice)
        for number in range(variants):
            count = min(_SIZES[number % len(_SIZES)], len(right) + len(wrong))
            drawn = draw(right, wrong, count, dice)
            made = _with_examples(term, drawn)
            trial = bench.try_out(made, split.choose)
            tried += 1
            if trial.mean > most + EQUAL:
                best, most = made, trial.mean
            progress(tried, int(best is not None))
    except BudgetSpent as spent:
        ended = str(spent)
    return Search(best, tried, ended)


def _pool(
    bench: Bench, term: Refinable, trial: Trial, dice: random.Random
) -> tuple[list[Example], list[Example]]:
    """Examples that the judge gets right without them, and such as it gets wrong; one a prompt."""
    teacher = Teacher(bench.labels, term, bench.how)
    right_by: dict[tuple[int, str], bool] = {}
    for case in trial.cases:
        key = case.row.line, case.row.id
        right_by[key] = right_by.get(key, True) and case.right
    right: dict[str, Example] = {}
    wrong: dict[str, Example] = {}
    for row in trial.labels.rows:
        if not _can_be_shown(row):
            continue
        example = teacher.example(row, dice)
        if example is not None:
            (right if right_by.get((row.line, row.id), True) else wrong).setdefault(
                row.group, example
            )
    if not right and not wrong:
        raise UsageError(
            f"no label of these says anything in the words of the judge {term.name}; use --method gepa"
        )
    return [one for group, one in right.items() if group not in wrong], list(wrong.values())


def _can_be_shown(row: Row) -> bool:
    """Whether a spec can hold its texts, and a judge read them each time."""
    text = "".join((row.prompt_text, *row.responses))
    try:
        text.encode()
    except UnicodeEncodeError:
        # A lone surrogate, which JSON can hold and no file of text.
        return False
    return len(text) <= _LONGEST


def _with_examples(term: Refinable, drawn: tuple[Example, ...]) -> Refinable:
    examples = (*drawn, *term.examples)[:_MOST]
    try:
        return validated(term, {"examples": examples})
    except UnusableText as problem:
        raise UsageError(f"examples for {term.name} cannot be made: {problem}") from None
