"""Refinement: a judge's words improved against people's labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nova_rft.errors import UsageError
from nova_rft.project._base import state_folder, with_judge
from nova_rft.project._rewards import Rewards
from nova_rft.spec import (
    BedrockJudge,
    Budget,
    JudgeModelSpec,
    JuryTerm,
    OpenAIJudge,
    PreferenceTerm,
    RewardSpec,
    RubricTerm,
    TermSpec,
    digest,
)

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.calibrate import How, Labels
    from nova_rft.calibrate.refine import Plan, Refinable, Refinement, SavingPurse

_FOLDER: Final = "refine"
# A rewritten part is longer than a verdict, and should differ from the one before.
_LEAST_TOKENS: Final = 4_096
_TEMPERATURE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a refinement stops.

    Attributes:
        calls: Different questions to models; None: no bound.
        money: In the currency of the spec's prices, over all runs of the same refinement.
        minutes: After which the search ends.
    """

    calls: int | None = 2_000
    money: float | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Rewriting:
    """Which judge is refined, and which models are asked.

    Attributes:
        judge: The judge's name; a juror's is `JURY.JUROR`; empty where the spec has one alone.
        model: In the place of the judge's own.
        reflector: The model that rewrites; None: the judge's.
        bounds: Where it stops.
    """

    judge: str = ""
    model: JudgeModelSpec | None = None
    reflector: JudgeModelSpec | None = None
    bounds: Bounds = field(default_factory=Bounds)


class Refines(Rewards):
    """How a project's judges become better."""

    def refinable(self, name: str = "") -> tuple[str, Refinable]:
        """A judge whose words can be refined, with its name.

        Raises:
            UsageError: there is none of that name, or none was named and there are several.
        """
        found = dict(_judges(self.spec.required_reward.terms))
        if name in found:
            return name, found[name]
        known = ", ".join(found) or "none: a rubric or a preference"
        if name or len(found) != 1:
            which = f"no judge {name}" if name else "not one judge alone"
            raise UsageError(
                f"{self.file}: the reward has {which} whose words could be refined; name one with "
                f"--term: {known}"
            )
        return next(iter(found.items()))

    def refine(
        self, labels: Labels, rewriting: Rewriting, plan: Plan, how: How
    ) -> tuple[Refinement, str]:
        """Searches for better words of a judge, and holds them against labels that it did not see.

        Answers and what was paid are kept: stopped anywhere, the same call goes on without paying twice.

        Args:
            labels: People's.
            rewriting: Which judge, by which models.
            plan: How it is searched.
            how: How labels are looked at.

        Returns:
            What came of it, and the spec's text with the best words found, which is the text as it is
            where none were.

        Raises:
            FindingsError: there are too few labels.
            UsageError: the budget or the labels do not suit.
            JudgeError: a model did not answer.
        """
        from nova_rft.aws.judges import judge_models
        from nova_rft.calibrate.refine import Bench, Looks, Meter, MeteredModels, refine
        from nova_rft.judge.models.file_store import FileStore

        name, term = self.refinable(rewriting.judge)
        text = self.file.read_text(encoding="utf-8-sig")
        # Before anything is paid: whether its words can be written at all.
        _rewrite(text, name, _other_words(term), str(self.file))
        if rewriting.model:
            term = term.model_copy(update={"model": rewriting.model})
        reflector = _reflector(rewriting.reflector or term.model)
        bounds, reward = rewriting.bounds, self._with_budget(rewriting, reflector)
        home = state_folder() / _FOLDER
        purse = _purse(home / _key(labels, term, plan, reflector), bounds)
        models = MeteredModels(
            reward,
            judge_models(lambda: self.aws),
            Meter(bounds.calls, bounds.minutes),
            purse=purse,
            store=FileStore(state_folder() / "judge-replies.sqlite"),
        )
        bench = Bench(labels, name, models, self.folder, how)
        found = refine(
            bench,
            term,
            plan,
            Looks(home / "looks.jsonl"),
            models(reflector) if plan.method == "gepa" else None,
        )
        return found, self._rewritten(text, name, found)

    def _with_budget(self, rewriting: Rewriting, reflector: JudgeModelSpec) -> RewardSpec:
        """The reward as it is for a refinement: answers are kept, and its own budget holds alone."""
        reward = self.spec.required_reward
        if rewriting.model:
            reward = with_judge(self.spec, rewriting.model).required_reward
        budget, money = None, rewriting.bounds.money
        if money is not None:
            _, judge = self.refinable(rewriting.judge)
            asked = (rewriting.model or judge.model, reflector)
            remote = [one.id for one in asked if isinstance(one, BedrockJudge | OpenAIJudge)]
            unpriced = sorted({model for model in remote if model not in reward.prices})
            if unpriced:
                raise UsageError(
                    f"--money needs a price for {', '.join(unpriced)}; add it under reward.prices"
                )
            currency = reward.budget.currency if reward.budget else "USD"
            budget = Budget(currency=currency, total=money)
        return reward.model_copy(update={"budget": budget, "cache": True})

    def _rewritten(self, text: str, name: str, found: Refinement) -> str:
        best = found.search.best
        if best is None:
            return text
        _, term = self.refinable(name)
        judge = best.model_copy(update={"model": term.model})
        return _rewrite(text, name, judge, str(self.file))


def _rewrite(text: str, name: str, judge: Refinable, file: str) -> str:
    # Late: the pipeline's function, which writes no YAML, has no library for it.
    from nova_rft.spec import rewrite_judge

    return rewrite_judge(text, name, judge, file)


def _judges(terms: Sequence[TermSpec]) -> Iterator[tuple[str, Refinable]]:
    """Judges whose words can be refined, jurors by `JURY.JUROR`."""
    for term in terms:
        if isinstance(term, RubricTerm | PreferenceTerm):
            yield term.name, term
        elif isinstance(term, JuryTerm):
            for one in term.judges:
                if isinstance(one, RubricTerm | PreferenceTerm):
                    yield f"{term.name}.{one.name}", one


def _other_words(term: Refinable) -> Refinable:
    """The judge with every text another, and none of them longer than it may be."""
    criteria = tuple(
        one.model_copy(
            update={
                "question": _other(one.question),
                "anchors": {number: _other(means) for number, means in one.anchors.items()},
            }
        )
        for one in term.criteria
    )
    return term.model_copy(update={"criteria": criteria, "guidance": _other(term.guidance)})


def _other(text: str) -> str:
    return text[:-1] + ("." if text.endswith(" ") else " ")


def _reflector(model: JudgeModelSpec) -> JudgeModelSpec:
    """A model with room for a rewritten part."""
    if not isinstance(model, BedrockJudge | OpenAIJudge):
        return model
    room = {"max_tokens": max(model.max_tokens, _LEAST_TOKENS)}
    # Models that reason take no temperature, and differ without.
    warmth = {} if model.reasoning_effort else {"temperature": _TEMPERATURE}
    return model.model_copy(update={**room, **warmth})


def _key(labels: Labels, term: Refinable, plan: Plan, reflector: JudgeModelSpec) -> str:
    """Of everything that a refinement depends on but its bounds."""
    from nova_rft.calibrate.refine import labels_digest

    settings = [plan.method, plan.held_out, plan.seed]
    models = reflector.model_dump(mode="json") if plan.method == "gepa" else None
    return digest([labels_digest(labels), term.model_dump(mode="json"), settings, models])[:16]


def _purse(folder: Path, bounds: Bounds) -> SavingPurse | None:
    if bounds.money is None:
        return None
    from nova_rft.calibrate.refine import SavingPurse
    from nova_rft.distil import FilePurse

    return SavingPurse(FilePurse(folder / "spent.txt"), folder / "kept-back.txt")
