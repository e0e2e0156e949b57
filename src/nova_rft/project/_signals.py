"""What rollouts say of a training to come: what they teach, and where the reward would lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from nova_rft.errors import AwsRefused, NovaRftError, UsageError
from nova_rft.project._base import state_folder
from nova_rft.project._rollouts import ReadsRollouts, Rollouts
from nova_rft.spec import digest

# Late, in the methods: a notebook that only checks records should not wait for boto3.
if TYPE_CHECKING:
    from nova_rft.rollouts import Noise, Outlook, SignalReport, SignalStanding

# Of an earlier job the first rollouts, those of the policy as it was; and how many jobs are asked.
_FIRST: Final = 1_024
_EARLIER: Final = 3
_DENIED: Final = ("AccessDenied", "UnrecognizedClient", "AuthorizationError")


class Signals(ReadsRollouts):
    """What a project's reward would teach."""

    def signal(
        self,
        rollouts: Rollouts,
        *,
        noise: Noise | None = None,
        passing: float | None = None,
        tolerance: float | None = None,
    ) -> SignalReport:
        """What rollouts have to teach by the reward; see `nova_rft.rollouts.signal_of`.

        Raises:
            UsageError: there are none, or no prompt has two of them.
        """
        from nova_rft.grpo import TOLERANCE
        from nova_rft.rollouts import signal_of

        return signal_of(
            rollouts.seen,
            self.spec,
            rollouts.where,
            noise=noise,
            reliabilities=self._reliabilities(),
            passing=passing,
            tolerance=TOLERANCE if tolerance is None else tolerance,
        )

    def _reliabilities(self) -> dict[str, float]:
        """Of each judge that was calibrated as it is now, and read more than once."""
        from nova_rft.calibrate import standing

        try:
            terms = standing(self.spec, self.folder).terms
        except UsageError:
            return {}  # What is wrong with that file is calibrate's and submit's to say.
        found = {one.term: one.figures.get("signal", {}).get("reliability", {}) for one in terms}
        values = {name: figure.get("value") for name, figure in found.items()}
        return {name: float(value) for name, value in values.items() if value is not None}

    def outlook(
        self,
        rollouts: Rollouts,
        *,
        checks: Sequence[str] = (),
        budgets: Sequence[float] = (),
        seed: int = 0,
    ) -> Outlook:
        """Where the reward would take the policy of some rollouts; see `nova_rft.rollouts.outlook_of`.

        Args:
            rollouts: Scored.
            checks: Fields of the records that are held-out checks.
            budgets: Divergences in nats; left out, small ones.
            seed: Of the resamples.

        Raises:
            UsageError: there are none, or no prompt has two of them.
            FindingsError: rewards differ in no group.
        """
        from nova_rft.rollouts import BUDGETS, outlook_of

        return outlook_of(
            rollouts.seen,
            self.spec.required_reward,
            rollouts.where,
            fields=checks,
            budgets=budgets or BUDGETS,
            seed=seed,
        )

    def keep_signal(self, report: SignalReport, rollouts: Rollouts) -> bool:
        """Notes what was seen where `submit` looks; only of the spec's own reward: whether it did."""
        from nova_rft.rollouts import SignalStanding, write_standing

        wanted = digest(self.spec.required_reward)
        if rollouts.reward_digest != wanted:
            return False
        write_standing(state_folder(), wanted, SignalStanding.of(report, rollouts.where))
        return True

    def known_signal(self) -> SignalStanding | None:
        """What is known of the reward's signal, from a note here, else from an earlier job's rollouts.

        None where nothing is known, or may not be looked at: that is not worth an error.

        Raises:
            AwsRefused: AWS answers nobody now; what comes next would not fare better.
        """
        from nova_rft.rollouts import read_standing

        if self.spec.technique != "rft":
            return None
        wanted = digest(self.spec.required_reward)
        kept = read_standing(state_folder(), wanted)
        if kept is not None:
            return kept
        try:
            return self._signal_of_earlier_jobs(wanted)
        except AwsRefused as refused:
            if refused.code.startswith(_DENIED):
                return None
            raise
        except NovaRftError:
            return None

    def _signal_of_earlier_jobs(self, wanted: str) -> SignalStanding | None:
        from nova_rft.rollouts import read_standing

        for listed in self.jobs(limit=_EARLIER):
            job = self.job(listed.arn)
            if not job.reward_version or self._deployed_digest(job.reward_version) != wanted:
                continue
            seen = self._traced(job, _FIRST)
            if seen:
                first = Rollouts(f"the start of {job.name}", tuple(seen), reward_digest=wanted)
                self.keep_signal(self.signal(first), first)
                return read_standing(state_folder(), wanted)
        return None
