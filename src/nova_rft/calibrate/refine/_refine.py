"""The whole of it: a split, a search for a better judge, and one look at the held-out labels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from nova_rft.calibrate.refine._held_out import HeldOut, hold_out
from nova_rft.calibrate.refine._looks import Looks
from nova_rft.calibrate.refine._search import Search, search_examples
from nova_rft.calibrate.refine._split import Split, split_prompts
from nova_rft.calibrate.refine._texts import Refinable
from nova_rft.calibrate.refine._trial import Bench, Trial
from nova_rft.errors import BudgetSpent, UsageError
from nova_rft.judge import JudgeModel
from nova_rft.judge.models import Totals

Method = Literal["gepa", "examples"]

# What a call to a refined judge may cost more, with a longer question.
_DEARER: Final = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How a judge is refined.

    Attributes:
        method: gepa: a model rewrites guidance, questions and anchors. examples: the judge is shown some
            of people's verdicts.
        held_out: Share of the prompts that are held out.
        variants: How many are tried at most.
        seed: Of the split, and of all that is left to chance.
        progress: Told what goes on, in a few words.
    """

    method: Method = "gepa"
    held_out: float = 0.5
    variants: int = 24
    seed: int = 0
    progress: Callable[[str], None] = field(default=lambda what: None)


@dataclass(frozen=True, slots=True)
class Refinement:
    """What came of it.

    Attributes:
        judge: The judge's name.
        method: Of the search.
        split: The prompts.
        search: What the search found.
        held_out: Both judges on held-out labels; None where there was no other one to compare.
        asked: Different questions.
        totals: What asking took.
    """

    judge: str
    method: Method
    split: Split
    search: Search
    held_out: HeldOut | None
    asked: int
    totals: Totals

    @property
    def beyond_chance(self) -> bool:
        """Whether the refined judge is better on held-out labels by more than chance."""
        return self.held_out is not None and self.held_out.beyond_chance

    @property
    def why(self) -> str:
        """What is to be thought of it, in a sentence."""
        if self.held_out is not None:
            return self.held_out.why
        if not self.search.tried:
            return f"No variant was tried: {self.search.ended}."
        return (
            "No variant agrees better with people than the judge as it is; held-out labels were not "
            "looked at."
        )

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {
            "judge": self.judge,
            "method": self.method,
            "prompts": self.split.as_dict(),
            "tried": self.search.tried,
            "ended": self.search.ended,
            "beyond_chance": self.beyond_chance,
            "why": self.why,
            "held_out": None if self.held_out is None else self.held_out.as_dict(),
            "asked": self.asked,
            "calls": self.totals.calls,
            "cost": None if self.totals.unpriced else self.totals.cost,
        }


def refine(
    bench: Bench, term: Refinable, plan: Plan, looks: Looks, reflector: JudgeModel | None = None
) -> Refinement:
    """Searches for a better judge on part of the labels and holds it against the others.

    Args:
        bench: Where variants are tried.
        term: The judge as it is.
        plan: How it is refined.
        looks: Counts the variants that were held against these labels.
        reflector: The model that rewrites; needed by the method gepa.

    Raises:
        FindingsError: there are too few labels.
        UsageError: the budget is too small, or the labels do not suit the method.
        JudgeError: a model did not answer.
    """
    split = split_prompts((row.group for row in bench.labels.rows), plan.held_out, plan.seed)
    plan.progress("judging as it is")
    try:
        baseline = _measured(bench, term, split)
    except BudgetSpent as spent:
        raise UsageError(f"the budget is too small to begin ({spent}); raise it") from None
    search = _search(bench, term, plan, split, baseline, reflector)
    bench.models.end_search()
    held_out = None
    if search.best is not None:
        plan.progress("looking at held-out labels")
        held_out = _looked_at(bench, term, search.best, split, looks)
    meter = bench.models.meter
    return Refinement(
        bench.name, plan.method, split, search, held_out, meter.asked, bench.models.totals
    )


def _measured(bench: Bench, term: Refinable, split: Split) -> Trial:
    """The judge as it is on the prompts to choose by; keeps back what the end will need."""
    models = bench.models
    calls, cost = models.meter.asked, models.totals.cost
    baseline = bench.try_out(term, split.choose)
    held_out = frozenset(split.held_out)
    held = sum(row.group in held_out for row in bench.labels.rows)
    share = held / max(len(baseline.labels.rows), 1)
    calls, cost = models.meter.asked - calls, models.totals.cost - cost
    models.meter.kept_back = math.ceil(2 * share * calls)
    if models.purse is not None:
        models.purse.keep_back((1 + _DEARER) * share * cost)
    bound, needed = models.meter.calls, models.meter.asked + models.meter.kept_back + calls
    if bound is not None and bound < needed:
        raise UsageError(
            f"{bound:,} calls are too few: {needed:,} are needed to try one variant and hold it "
            "against the held-out labels"
        )
    return baseline


def _search(
    bench: Bench,
    term: Refinable,
    plan: Plan,
    split: Split,
    baseline: Trial,
    reflector: JudgeModel | None,
) -> Search:
    if all(case.right for case in baseline.cases):
        return Search(None, 0, "the judge says what people say wherever a variant would be chosen")

    def progress(tried: int, better: int) -> None:
        plan.progress(
            f"{tried} variants tried, {better} better; {bench.models.meter.asked:,} calls"
        )

    if plan.method == "examples":
        return search_examples(
            bench,
            term,
            split,
            baseline,
            variants=plan.variants,
            seed=plan.seed,
            progress=progress,
        )
    # Late: it takes 0.2 s to import, and the other method needs none of it.
    from nova_rft.calibrate.refine._gepa import search_by_reflection

    if reflector is None:
        raise UsageError("the method gepa needs a model that rewrites; name one with --reflect")
    return search_by_reflection(
        bench,
        term,
        split,
        reflector=reflector,
        variants=plan.variants,
        seed=plan.seed,
        progress=progress,
    )


def _looked_at(
    bench: Bench, before: Refinable, after: Refinable, split: Split, looks: Looks
) -> HeldOut:
    try:
        old, new = (bench.try_out(term, split.held_out) for term in (before, after))
    except BudgetSpent as spent:
        raise UsageError(
            f"the budget was spent before the held-out labels were judged ({spent}); raise it and run "
            "the same again: answers are kept"
        ) from None
    look = {"judge": after.model_dump(mode="json"), "prompts": list(split.held_out)}
    count = looks.count(bench.labels, look)
    found = hold_out(old.labels, new.labels, bench.name, bench.how, count)
    return replace(found, told=(old.told, new.told))
