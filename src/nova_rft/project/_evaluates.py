"""Evaluation: the trained model, its base and others on held-out records."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nova_rft.errors import JudgeUnavailable, UsageError
from nova_rft.project._batched import batch_shares, draw_in_batches, in_batches
from nova_rft.project._bedrock_evaluations import bedrock_settings, beside_bedrock
from nova_rft.project._contenders import contenders_of
from nova_rft.project._rewards import Rewards
from nova_rft.project._serving import Serving
from nova_rft.spec import (
    BedrockJudge,
    Budget,
    EvaluationSpec,
    OpenAIJudge,
    RewardSpec,
    judge_models_of,
)

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.data import Rollout
    from nova_rft.evaluate import (
        Answering,
        BedrockJob,
        Beside,
        Bill,
        Evaluation,
        Followed,
        How,
        JudgeFacts,
        Measured,
        Part,
        Plan,
        Sampling,
        Until,
    )
    from nova_rft.reward import JudgeModels
    from nova_rft.sampling import FilePurse

_VERDICTS = "verdicts.sqlite"


@dataclass(frozen=True, slots=True)
class Evaluating:
    """An evaluation that is settled, before anything is asked.

    Attributes:
        asked: The spec's settings, flags in their places.
        plan: What is measured.
        sampling: Who answers what, and what is there already.
        judge: Who grades.
        reward: The spec's, with a price for each model that has one.
        records: The held-out records' file, as the user named it.
        batched: Names of the models that Bedrock's batches ask; the others answer on demand.
    """

    asked: EvaluationSpec
    plan: Plan
    sampling: Sampling
    judge: JudgeFacts
    reward: RewardSpec
    records: str
    batched: tuple[str, ...] = ()


class Evaluates(Rewards, Serving):
    """Whether a project's model is better than its base."""

    def evaluating(
        self,
        out: Path = Path("evaluation"),
        *,
        custom: str | None = None,
        same_judge: bool = False,
        engine: Literal["here", "batch"] = "here",
        **changes: Any,
    ) -> Evaluating:
        """Settles who is compared on what, and checks that it may be; nothing is paid yet.

        Args:
            out: The folder; what earlier runs asked there is known.
            custom: The trained model: a job, a deployment, a model, or none; left out, the newest
                completed job's.
            same_judge: Whether a judge that trained may grade.
            engine: `here` asks on demand; `batch` asks by Bedrock's batches whoever can be asked so.
            **changes: Keys of the spec's `evaluation` that are put in the place of its own.

        Raises:
            UsageError: records leak from training, the judge is one that trained, or a setting is wrong.
            FindingsError: the trained model is not deployed.
        """
        from nova_rft.evaluate import Sampling, facts_of, grading, plan_of, priced, slice_labels

        asked = self.spec.evaluation.changed(**changes)
        judge = grading(self.spec, asked.judge, same_judge=same_judge)
        plan = plan_of(self.spec, asked, judge)
        parts, records = self._parts(asked)
        for field in plan.slices:
            slice_labels(parts[0].prompts, field)
        contenders = contenders_of(self, asked, custom)
        return Evaluating(
            asked,
            plan,
            Sampling(parts, contenders, asked.samples, out),
            facts_of(self.spec, judge, contenders, self.folder),
            priced(self.spec.measured_reward, asked.prices, contenders),
            records,
            in_batches(contenders) if engine == "batch" else (),
        )

    def evaluation_bill(self, evaluating: Evaluating) -> Bill:
        """What it will take; see `nova_rft.evaluate.bill_of`."""
        from nova_rft.evaluate import bill_of

        shares = batch_shares(evaluating.batched)
        return bill_of(evaluating.plan, evaluating.sampling, evaluating.reward, shares)

    def evaluate(
        self,
        out: Path = Path("evaluation"),
        *,
        settled: Evaluating | None = None,
        budget: float | None = None,
        bedrock: bool = False,
        how: How | None = None,
        until: float | None = None,
        progress: Callable[[str], None] = lambda _: None,
        **settings: Any,
    ) -> Evaluation:
        """Asks what is missing, measures, and says whether the gain is real.

        Answers, verdicts and money are kept in the folder: stopped anywhere, it goes on without paying
        twice. What was found is written there as evaluation.json.

        Args:
            out: The folder.
            settled: As `evaluating` gives it; left out, it is called with `settings`.
            budget: Money past which nothing more is asked, over all runs.
            bedrock: Whether Bedrock's own evaluation jobs are started on the answers, or read.
            how: How intervals and tests are made.
            until: A `time.monotonic()` value past which nothing more is asked.
            progress: Told each step in a few words.
            **settings: For `evaluating`.

        Raises:
            BudgetSpent: the money is spent; with more, the same call goes on.
            UsageError: as `evaluating`; or there is a budget, and a model without a price.
            JudgeError: a model answers nothing at all.
            OutOfTime: not all was asked by then; the same call goes on.
        """
        from nova_rft.evaluate import Evaluation, How, Until, conclude, measured, model_facts
        from nova_rft.files import write_whole

        it = settled or self.evaluating(out, **settings)
        if bedrock:
            # Said before anything is paid.
            bedrock_settings(it.asked)
        how = how or How()
        end = Until(until)
        answering, judging, purse = self._paid(it, budget, end)
        plan, sampling = it.plan, it.sampling
        if it.batched:
            draw_in_batches(
                self, sampling, it.batched, it.reward, purse, budget=budget, progress=progress
            )
        _drawn(sampling, answering, end, progress)
        found = measured(plan, sampling, judging, self.folder, progress)
        end.check()
        jobs: tuple[BedrockJob, ...] = ()
        if bedrock:
            progress("asking Bedrock")
            jobs, plan, found = beside_bedrock(self, it.asked, plan, sampling, found)
        progress("testing")
        contrasts = conclude(plan, found, sampling, it.judge.limits, how)
        made = Evaluation(
            self.spec.project,
            it.records,
            len(sampling.parts[0].prompts),
            sampling.samples,
            model_facts(sampling, it.reward, found.unscored),
            it.judge,
            contrasts,
            *self._production(it, found, how),
            left_out=plan.left_out,
            how=how,
            spent=purse.spent(),
            currency=_currency(it.reward),
            bedrock=jobs,
        )
        text = json.dumps(made.as_dict(), ensure_ascii=False, indent=1) + "\n"
        write_whole(sampling.out / "evaluation.json", text)
        return made

    def _production(
        self, it: Evaluating, found: Measured, how: How
    ) -> tuple[tuple[Beside, ...], tuple[Followed, ...]]:
        """What users did: of each model, and of the records' prompts."""
        from nova_rft.evaluate import BASE, beside, followed

        asked, name = it.asked.production, it.plan.primary.name
        if asked is None:
            return (), ()
        names = [one.name for one in it.sampling.contenders]
        prompts, values = it.sampling.parts[0].prompts, found.values[BASE]
        return (
            beside(self.folder / asked.file, asked.metrics, names, how) if asked.file else (),
            followed(prompts, asked.fields, name, values[name], how) if name in values else (),
        )

    def _parts(self, asked: EvaluationSpec) -> tuple[tuple[Part, ...], str]:
        """What is answered, free of leaks; and the held-out records' name."""
        from nova_rft.evaluate import Part

        name = asked.records or self.spec.data.validation
        if name is None:
            raise UsageError(
                "the spec has no validation records; name held-out ones: --records FILE, or "
                "evaluation.records"
            )
        if name == self.spec.data.train:
            raise UsageError(f"{name}: these are the training records; name held-out ones")
        parts = [Part("", name, self._held_out(name, asked.prompts))]
        parts += [Part(one.name, one.file, self._held_out(one.file, None)) for one in asked.skills]
        return tuple(parts), name

    def _held_out(self, name: str, most: int | None) -> tuple[Any, ...]:
        from nova_rft.evaluate import check_leaks
        from nova_rft.sampling import keyed
        from nova_rft.spec import digest

        records = list(self._rollouts_of(name))
        check_leaks(
            (one for _, one in self._rollouts_of(self.spec.data.train)),
            (one for _, one in records),
            name,
        )
        if not records:
            raise UsageError(f"{name}: holds no record with a prompt; name another file")
        # By a digest: of more prompts the first are the same ones, however the file is sorted. A prompt
        # that comes twice counts once: its answers are the same, and would count as two.
        order = {digest(one.rollout.prompt_text): one for one in reversed(list(keyed(records)))}
        return tuple(order[key] for key in sorted(order))[:most]

    def _rollouts_of(self, name: str) -> Iterator[tuple[int, Rollout]]:
        from nova_rft.data.source import objects, record_source
        from nova_rft.evaluate import question_of

        for line, record in objects(record_source(self.records(name).path)):
            rollout = question_of(record)
            if rollout is not None:
                yield line, rollout

    def _paid(
        self, it: Evaluating, budget: float | None, end: Until
    ) -> tuple[Answering, JudgeModels, FilePurse]:
        """The contenders' models and the judge's, on one purse."""
        from nova_rft.aws.judges import judge_models
        from nova_rft.evaluate import Answering
        from nova_rft.judge.models.file_store import FileStore
        from nova_rft.reward import JudgeModels
        from nova_rft.sampling import FilePurse

        if budget is not None:
            _check_prices(it)
        # Without a bound it is counted all the same, for a run that has one.
        total = sys.float_info.max if budget is None else budget
        spent = Budget(currency=_currency(it.reward), total=total)
        reward = it.reward.model_copy(update={"budget": spent, "cache": True})
        purse = FilePurse(it.sampling.out / "spent.txt")
        bare = judge_models(lambda: self.aws)
        store = FileStore(it.sampling.out / _VERDICTS)
        judging = JudgeModels(reward, bare, purse=purse, store=store, recorder=end.bound)
        return Answering(reward, bare, purse, it.sampling.kept, end), judging, purse


def _drawn(
    sampling: Sampling, answering: Answering, end: Until, progress: Callable[[str], None]
) -> None:
    """Has what is missing answered, as far as there is time."""
    try:
        sampling.draw(
            {one.name: answering.of(one) for one in sampling.contenders},
            lambda done, of: progress(f"asking: {done:,} of {of:,} prompts answered"),
        )
    except JudgeUnavailable:
        # With no time left a model answers nothing at all.
        end.check()
        raise
    end.check()


def _currency(reward: RewardSpec) -> str:
    return reward.budget.currency if reward.budget else "USD"


def _check_prices(it: Evaluating) -> None:
    """Refuses a budget where somebody is paid whose price is not known."""
    terms = [term for one in it.plan.rewards for term in one.terms]
    terms += [term for _, one in it.plan.skills for term in one.terms]
    judges = [*judge_models_of(terms), *([it.plan.pairs.model] if it.plan.pairs else [])]
    asked = [*(one.model for one in it.sampling.contenders), *judges]
    paid = {one.id for one in asked if isinstance(one, BedrockJudge | OpenAIJudge)}
    unpriced = sorted(paid - it.reward.prices.keys())
    if unpriced:
        raise UsageError(
            f"there is a budget but no price for {', '.join(unpriced)}; add it under evaluation.prices"
        )
