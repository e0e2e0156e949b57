"""Rollouts drawn now, from the model that would be trained or another, scored by the spec's reward."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nova_rft.errors import UsageError
from nova_rft.project._rewards import Rewards
from nova_rft.spec import JudgeModelSpec

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.judge.models import Totals
    from nova_rft.rollouts import Bill, Preview


class Previews(Rewards):
    """What the policy answers as it is."""

    def preview(
        self,
        out: Path,
        *,
        samples: int = 8,
        prompts: int = 64,
        model: JudgeModelSpec | None = None,
        judge: JudgeModelSpec | None = None,
        temperature: float = 1.0,
    ) -> Preview:
        """Some of the spec's training prompts, whose rollouts are drawn into a folder.

        Args:
            out: The folder; what earlier runs drew there is known.
            samples: Rollouts of each prompt.
            prompts: How many prompts at most.
            model: That answers, in place of the spec's base model.
            judge: In the place of every judge model of the spec.
            temperature: Of the sampling.

        Raises:
            UsageError: the spec has no reward, a prompt cannot be asked, or the folder holds something
                else.
        """
        from nova_rft.data import record_rollout
        from nova_rft.data.source import objects, record_source
        from nova_rft.rollouts import Preview, policy_of

        reward = self._reward_spec(judge)
        region = "" if model else self.aws.region
        policy = policy_of(self.spec, region, model=model, temperature=temperature)
        source = record_source(self.records(self.spec.data.train).path)
        read = ((line, record_rollout(record)) for line, record in objects(source))
        known = ((line, one) for line, one in read if one)
        return Preview(reward, policy, known, out, samples=samples, most=prompts)

    def preview_bill(self, preview: Preview, judge: JudgeModelSpec | None = None) -> Bill:
        """What drawing will take; see `nova_rft.rollouts.bill_of`."""
        from nova_rft.rollouts import bill_of

        return bill_of(preview, self._reward_spec(judge))

    def draw(
        self,
        preview: Preview,
        *,
        judge: JudgeModelSpec | None = None,
        budget: float | None = None,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> tuple[str, Totals]:
        """Draws what waits, and scores it; why it stopped (empty: it did not), and what it took.

        Answers, verdicts and money are kept in the folder: stopped anywhere, it goes on without paying
        twice.

        Args:
            preview: As `preview` gives it.
            judge: As it was given there.
            budget: Money past which nothing more is asked, model and judges together, over all runs.
            progress: Told how many prompts of how many are done.

        Raises:
            UsageError: there is a budget, and a model without a price.
            JudgeError: the model answers nothing at all.
        """
        from nova_rft.aws.judges import judge_models
        from nova_rft.judge.models.file_store import FileStore
        from nova_rft.reward import JudgeModels, RewardFunction
        from nova_rft.sampling import FilePurse
        from nova_rft.spec import Budget

        if budget is not None:
            self._check_prices(preview.policy, judge)
        asked = self._reward_spec(judge)
        # Without a bound it is counted all the same, for a run that has one.
        total = sys.float_info.max if budget is None else budget
        currency = asked.budget.currency if asked.budget else "USD"
        spent = Budget(currency=currency, total=total)
        reward = asked.model_copy(update={"budget": spent, "cache": True})
        models = JudgeModels(
            reward,
            judge_models(lambda: self.aws),
            purse=FilePurse(preview.out / "spent.txt"),
            store=FileStore(preview.out / "replies.sqlite"),
        )
        function = RewardFunction(reward, models, folder=self.folder)
        return preview.draw(models(preview.policy), function, progress), models.totals

    def _check_prices(self, policy: JudgeModelSpec, judge: JudgeModelSpec | None) -> None:
        from nova_rft.spec import judge_models_of

        judges = judge_models_of(self._reward_spec(judge).terms)
        if unpriced := self.spec.unpriced(policy, *judges):
            raise UsageError(
                f"there is a budget but no price for {', '.join(unpriced)}; add it under reward.prices"
            )
