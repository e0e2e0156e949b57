"""The rehearsal: a small policy trained with the project's own reward."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nova_rft.errors import UsageError
from nova_rft.project._base import state_folder
from nova_rft.project._rewards import Rewards
from nova_rft.spec import JudgeModelSpec, digest

if TYPE_CHECKING:
    from nova_rft.rehearse import Outcome, Progress, Settings
    from nova_rft.reward import JudgeModels


class Rehearses(Rewards):
    """What a project's reward invites."""

    def rehearse(
        self,
        settings: Settings | None = None,
        *,
        through: Literal["here", "lambda"] = "here",
        judge: JudgeModelSpec | None = None,
        models: JudgeModels | None = None,
        progress: Progress | None = None,
    ) -> Outcome:
        """Trains a small policy with the reward and says what became of it; see `nova_rft.rehearse`.

        Args:
            settings: How; left out, the tiny policy for a hundred steps.
            through: Whether the reward runs here, or the deployed Lambda is called.
            judge: In the place of every judge model of the spec, where the reward runs here.
            models: As `judge_models` gives them, to read afterwards what they took.
            progress: Told how far it is.

        Raises:
            UsageError: the extra is not installed, or something cannot be had as asked.
            NotDeployed: the Lambda is not there.
            RewardFailed: the reward failed on an event.
        """
        from nova_rft.rehearse import Asked, Settings, call_here, rehearse

        if through == "lambda" and (judge or models):
            raise UsageError("the deployed Lambda has its own judges; leave the judge out")
        asked = Asked(
            reward=self._reward_spec(judge),
            records=self._rows(self.spec.data.train),
            validation=self._rows(self.spec.data.validation) if self.spec.data.validation else [],
            call=self.reward_lambda().call
            if through == "lambda"
            else call_here(self.reward(judge, models=models)),
            through=through,
            max_new_tokens=getattr(self.spec.training, "max_new_tokens", None),
            known_as=digest(self.spec.required_reward),
        )
        return rehearse(asked, settings or Settings(), state_folder(), progress)

    def rehearsal_page(self, outcome: Outcome, out: Path | None = None) -> Path:
        """Writes the page on a rehearsal: beside what it measured, or where it is asked for.

        Raises:
            StorageError: this machine refused to store it.
        """
        from nova_rft.report import write_rehearsal_page

        return write_rehearsal_page(
            outcome, self.spec.project, out or outcome.folder / "rehearsal.html"
        )

    def _rows(self, name: str) -> list[Any]:
        from nova_rft.data import json_lines, read_bytes_lines

        lines = json_lines(read_bytes_lines(self.records(name).path))
        return [line.value for line in lines if not line.problem]
