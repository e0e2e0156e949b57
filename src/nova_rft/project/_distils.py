"""Distillation: the teacher's answers, judged by the spec's own reward."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nova_rft.errors import UsageError
from nova_rft.project._base import Base, with_judge
from nova_rft.spec import JudgeModelSpec

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.distil import Distilled, Distillery
    from nova_rft.judge.models import Totals


class Distils(Base):
    """What a project's teacher can be asked."""

    def distillery(
        self,
        out: Path,
        *,
        teacher: JudgeModelSpec | None = None,
        judge: JudgeModelSpec | None = None,
    ) -> Distillery:
        """The spec's distillation into a folder, with what earlier runs left there.

        Args:
            out: The folder.
            teacher: In the place of the spec's.
            judge: In the place of every judge model of the spec.

        Raises:
            UsageError: the spec has none, a prompt cannot be asked, or a model lacks the price that the
                budget needs.
        """
        from nova_rft.data import record_rollout
        from nova_rft.data.source import objects, record_source
        from nova_rft.distil import Distillery

        spec = with_judge(self.spec, judge) if judge else self.spec
        asked = spec.distillation
        if asked and teacher:
            asked = asked.model_copy(update={"teacher": teacher})
            spec = spec.model_copy(update={"distillation": asked})
        given = [one for one in (teacher, judge) if one is not None]
        if asked and asked.budget and (unpriced := spec.unpriced(*given)):
            raise UsageError(
                f"there is a budget but no price for {', '.join(unpriced)}; add it under reward.prices"
            )
        file = self.records(spec.data.train).path
        read = ((line, record_rollout(record)) for line, record in objects(record_source(file)))
        return Distillery(spec, ((line, one) for line, one in read if one), out)

    def distil(
        self,
        distillery: Distillery,
        progress: Callable[[int, int], None] = lambda done, of: None,
    ) -> tuple[Distilled, Totals]:
        """Has the teacher answer and the reward judge; what came of it, and what it took.

        Replies and money are kept in the distillery's folder: stopped anywhere, it goes on without
        paying twice.

        Args:
            distillery: As `distillery` gives it.
            progress: Told how many prompts of how many are answered.
        """
        from nova_rft.aws.judges import judge_models
        from nova_rft.distil import FilePurse, distil
        from nova_rft.judge.models.file_store import FileStore
        from nova_rft.reward import JudgeModels, RewardFunction

        asked, out = distillery.asked, distillery.out
        reward = distillery.spec.required_reward.model_copy(
            update={"budget": asked.budget, "cache": True}
        )
        models = JudgeModels(
            reward,
            judge_models(lambda: self.aws),
            purse=FilePurse(out / "spent.txt"),
            store=FileStore(out / "replies.sqlite"),
        )
        function = RewardFunction(reward, models, folder=self.folder)
        return distil(distillery, models(asked.teacher), function, progress), models.totals
