"""The reward: its judge models, its scores here and in the Lambda."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nova_rft.errors import UsageError
from nova_rft.project._base import Base, state_folder
from nova_rft.spec import JudgeModelSpec, JudgeTerm, RewardSpec

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.aws.reward_lambda import RewardLambda
    from nova_rft.judge import Judge, JudgeModel
    from nova_rft.reward import Item, JudgeModels, RewardFunction, Scored


class Rewards(Base):
    """What a project's reward can be asked."""

    def judge_models(
        self,
        judge: JudgeModelSpec | None = None,
        *,
        recorder: Callable[[JudgeModel], JudgeModel] = lambda model: model,
        keep: bool = False,
    ) -> JudgeModels:
        """The judge models of the reward, with their prices, budget and cache.

        A budget's total counts for the returned object alone; kept replies lie in the state folder.

        Args:
            judge: Stands in the place of every judge model of the spec.
            recorder: Wraps each judge model, such as `RecordingModel`.
            keep: Keep replies as the reward's `cache` does, whatever it says.
        """
        from nova_rft.aws.judges import judge_models
        from nova_rft.judge.models import MemoryPurse
        from nova_rft.judge.models.file_store import FileStore
        from nova_rft.reward import JudgeModels

        reward = self._reward_spec(judge)
        if keep:
            reward = reward.model_copy(update={"cache": True})
        kept = state_folder() / "judge-replies.sqlite"
        return JudgeModels(
            reward,
            judge_models(lambda: self.aws),
            purse=MemoryPurse(),
            store=FileStore(kept) if reward.cache else None,
            recorder=recorder,
        )

    def reward(
        self, judge: JudgeModelSpec | None = None, *, models: JudgeModels | None = None
    ) -> RewardFunction:
        """The reward function, the same that the Lambda runs.

        Args:
            judge: Put in the place of every judge model of the spec.
            models: As `judge_models` gives them, to read afterwards what they took.
        """
        from nova_rft.reward import RewardFunction

        made = models or self.judge_models(judge)
        return RewardFunction(self._reward_spec(judge), made, folder=self.folder)

    def score(
        self,
        events: Iterable[Sequence[Item]],
        judge: JudgeModelSpec | None = None,
        *,
        models: JudgeModels | None = None,
        workers: int = 1,
    ) -> Iterator[list[Scored]]:
        """Scores whole events, in order; in several processes where no judge is asked.

        Args:
            events: As `nova_rft.reward.read_events` gives them.
            judge: Put in the place of every judge model of the spec.
            models: As `judge_models` gives them, to read afterwards what they took.
            workers: Processes for a reward of verifiers, penalties and functions alone.
        """
        from nova_rft.reward import score_all
        from nova_rft.spec import judge_models_of

        spec = self._reward_spec(judge)
        if any(judge_models_of(spec.terms)):
            return score_all(lambda: self.reward(judge, models=models), events, workers=1)
        return score_all(partial(_judgeless, spec, self.folder), events, workers=workers)

    def reward_lambda(self) -> RewardLambda:
        """The deployed reward Lambda, at the version that a job submitted now would call.

        Raises:
            NotDeployed: it is not there.
            UsageError: the project's jobs call none.
        """
        from nova_rft.aws.reward_lambda import RewardLambda
        from nova_rft.aws.stacks import deployment

        version = deployment(self.aws, self.spec).reward_version_arn
        if version is None:
            raise UsageError(
                f"{self.spec.technique} calls no reward Lambda, so none is deployed; score here instead"
            )
        return RewardLambda(self.aws, version)

    def judges(
        self, judge: JudgeModelSpec | None = None, *, models: JudgeModels | None = None
    ) -> list[tuple[JudgeTerm, Judge]]:
        """The reward's judges, each with its settings.

        Args:
            judge: Put in the place of every judge model of the spec.
            models: As `judge_models` gives them.
        """
        from nova_rft.reward import Resources, build_term
        from nova_rft.spec import JUDGE_TERMS

        made = Resources(models or self.judge_models(judge), self.folder)
        terms = [t for t in self._reward_spec(judge).terms if isinstance(t, JUDGE_TERMS)]
        return [(term, build_term(term, made)) for term in terms]


def _judgeless(spec: RewardSpec, folder: Path) -> RewardFunction:
    """A reward that asks no judge; made anew in each process."""
    from nova_rft.judge import ScriptedModel
    from nova_rft.reward import JudgeModels, RewardFunction

    return RewardFunction(spec, JudgeModels(spec, lambda _: ScriptedModel()), folder=folder)
