"""One rehearsal from records to verdict; it can be stopped at any step and gone on with."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nova_rft.rehearse import _train as training
from nova_rft.rehearse._advice import what_to_change
from nova_rft.rehearse._asked import Asked, Progress, Silent
from nova_rft.rehearse._checks import Checks, checks_of
from nova_rft.rehearse._examples import Example, read_examples
from nova_rft.rehearse._extra import require_extra
from nova_rft.rehearse._facts import RewardFacts, facts_of
from nova_rft.rehearse._folder import RunFolder, Sample
from nova_rft.rehearse._foresee import Foresight, foresee
from nova_rft.rehearse._grade import event_of, grade
from nova_rft.rehearse._interrupt import interruptible
from nova_rft.rehearse._measure import Batch, Step, figures_of
from nova_rft.rehearse._outcome import Made, Outcome
from nova_rft.rehearse._policy import Policy, load_policy
from nova_rft.rehearse._rows import rows_of
from nova_rft.rehearse._settings import RATES, TINY, Settings
from nova_rft.rehearse._tiny import warmed_up
from nova_rft.rehearse._verdict import judge
from nova_rft.rehearse._warm import longest_response
from nova_rft.spec import digest

# Prompts whose rollouts the forecast weighs, and those whose responses are kept to be read.
_FORECAST_PROMPTS: Final = 32
_READ: Final = 4
# A fifth of the records stays unseen where the spec names no validation records.
_UNSEEN: Final = 5
# Tokens of a response where neither spec nor command says it, of a policy that is not tiny.
_LONGEST: Final = 256


def rehearse(
    asked: Asked, settings: Settings, home: Path, progress: Progress | None = None
) -> Outcome:
    """Trains a policy with a reward and says what became of it.

    The same call goes on where one was stopped before its bounds; Ctrl-C stops after the current step,
    a second one at once.

    Args:
        asked: What is rehearsed.
        settings: How.
        home: The state folder, for warmed-up weights and runs.
        progress: Told how far it is.

    Raises:
        UsageError: the extra is not installed, the policy cannot be had, or the records hold too little.
        RewardFailed: the reward failed on an event.
    """
    told = progress or Silent()
    told.phase("loading", 0, 1)
    require_extra()
    examples = read_examples(asked.records)
    unseen = read_examples(asked.validation) if asked.validation else []
    if not unseen:
        unseen = examples[::_UNSEEN]
        examples = [one for place, one in enumerate(examples) if place % _UNSEEN]
    run = RunFolder(home / "rehearsals" / _name(asked, settings))
    with run.held():
        return _Rehearsal(asked, settings, examples, unseen[: settings.held_out], run, told).whole(
            home / "policies"
        )


def _name(asked: Asked, settings: Settings) -> str:
    """What a run is known by: all that decides its result, but not how long it is let run."""
    said = {
        "reward": asked.reward.model_dump(mode="json"),
        "records": [asked.records, asked.validation],
        "through": asked.through,
        "longest": asked.max_new_tokens,
        **settings.deciding,
    }
    return digest(said)[:16]


class _Rehearsal:
    """The parts of one rehearsal, in their order."""

    def __init__(
        self,
        asked: Asked,
        settings: Settings,
        examples: Sequence[Example],
        unseen: Sequence[Example],
        run: RunFolder,
        told: Progress,
    ) -> None:
        self._asked = asked
        self._settings = settings
        self._examples = examples
        self._unseen = unseen
        self._run = run
        self._told = told
        self._checks: Checks = checks_of(asked.reward, examples)
        self._facts: RewardFacts = facts_of(asked.reward, self._checks)
        self._looked: set[int] = set()

    def whole(self, policies: Path) -> Outcome:
        """All of it."""
        policy, made = self._policy(policies)
        before_s = self._begin()
        foresight = self._foresight(policy, made)
        started = time.process_time()
        with interruptible() as interrupted:
            seconds = self._train(policy, made, before_s, interrupted)
        taken = training.checkpoint_step(self._run.checkpoints)
        if not interrupted.is_set():
            self._look(policy, made, taken, seconds)
        spent = time.process_time() - started
        return self._outcome(made, foresight, seconds, spent, interrupted.is_set())

    def _policy(self, policies: Path) -> tuple[Policy, Made]:
        settings = self._settings
        place: str | Path = settings.policy
        kept, was, started = "", True, time.monotonic()
        if settings.policy == TINY:
            place, was = warmed_up(
                self._examples, settings.warm, settings.seed, policies, self._told.phase
            )
            kept = str(place)
        warm_seconds = 0.0 if was else time.monotonic() - started
        shown = settings.warm.longest_prompt if settings.policy == TINY else None
        policy = load_policy(place, shown)
        count = sum(weights.numel() for weights in policy.model.parameters())
        longest = settings.max_new_tokens or (
            longest_response(self._examples, policy.tokenizer.encode)
            if settings.policy == TINY
            else self._asked.max_new_tokens or _LONGEST
        )
        return policy, Made(settings.policy, count, kept, warm_seconds, longest)

    def _begin(self) -> float:
        """Goes on where a run was stopped, or starts afresh; seconds that were trained before."""
        step = training.checkpoint_step(self._run.checkpoints)
        known = self._run.steps()
        done = max((one.seconds for one in known), default=0.0)
        if 0 < step < self._settings.steps and done < 60 * self._settings.minutes:
            self._run.go_on_from(step)
            known = self._run.steps()
            self._looked = {one.number for one in known if one.held_out}
            return max((one.seconds for one in known), default=0.0)
        reward = digest(self._asked.reward)
        known_as = self._asked.known_as or reward
        self._run.begin(
            {
                **asdict(self._settings),
                "through": self._asked.through,
                "reward": known_as,
                "judges_replaced": known_as != reward,
            }
        )
        return 0.0

    def _foresight(self, policy: Policy, made: Made) -> Foresight:
        """By rollouts of the policy as it is; where a run goes on, as it was."""
        kept = self._run.kept("forecast")
        if kept is not None:
            return Foresight(**kept)
        self._told.phase("forecast", 0, 1)
        group = self._settings.group
        prompts = self._examples[:_FORECAST_PROMPTS]
        places = [place for place in range(len(prompts)) for _ in range(group)]
        examples = [prompts[place] for place in places]
        batch = self._batch(policy, made, examples, places, "forecast")
        self._run.keep_before(
            rows_of(
                event_of("forecast", examples, batch.responses),
                batch.graded,
                places,
                [term.name for term in self._asked.reward.terms],
                at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                # No digest of the reward: what a stand-in wrote says nothing to whoever submits.
                policy=self._settings.policy,
            )
        )
        found = foresee(batch, self._facts)
        self._run.keep("forecast", found.as_dict())
        return found

    def _batch(
        self,
        policy: Policy,
        made: Made,
        examples: Sequence[Example],
        groups: Sequence[int],
        label: str,
    ) -> Batch:
        settings = self._settings
        said = policy.sample(
            examples,
            longest=made.longest,
            temperature=settings.temperature,
            seed=settings.seed,
            batch=settings.batch,
        )
        responses = [text for text, _ in said]
        event = event_of(label, examples, responses)
        graded = grade(self._asked.call, event)
        checks = self._checks.values(event, graded)
        return Batch(responses, groups, graded, checks, [tokens for _, tokens in said])

    def _train(
        self, policy: Policy, made: Made, before_s: float, interrupted: threading.Event
    ) -> float:
        settings = self._settings
        tiny = settings.policy == TINY
        plan = training.Plan(
            examples=self._examples,
            call=self._asked.call,
            checks=self._checks,
            seed=settings.seed,
            batch=settings.batch,
            group=settings.group,
            learning_rate=settings.learning_rate or RATES[tiny],
            longest=made.longest,
            temperature=settings.temperature,
            steps=settings.steps,
            seconds=60 * settings.minutes,
            before_s=before_s,
            folder=self._run.checkpoints,
        )
        due = {
            round(look * settings.steps / (settings.looks - 1))
            for look in range(settings.looks - 1)
        }

        def before(taken: int, seconds: float) -> None:
            if taken in due:
                self._look(policy, made, taken, seconds)

        hooks = training.Hooks(self._took, before, interrupted.is_set)
        return training.train(policy, plan, hooks)

    def _took(self, step: Step, batch: Batch) -> None:
        self._run.add_step(step)
        self._told.step(step)
        self._told.phase("training", step.number + 1, self._settings.steps)

    def _look(self, policy: Policy, made: Made, taken: int, seconds: float) -> None:
        """Measures the policy on held-out prompts, and keeps some responses to be read."""
        if taken in self._looked:
            return
        self._looked.add(taken)
        places = list(range(len(self._unseen)))
        batch = self._batch(policy, made, self._unseen, places, f"look-{taken}")
        # One rollout of each prompt: there are no groups.
        figures = {name: value for name, value in figures_of(batch).items() if name != "tied"}
        step = Step(taken, figures, len(places), held_out=True, seconds=seconds)
        self._run.add_step(step)
        self._told.step(step)
        for place in places[:_READ]:
            checked = list(batch.checks[place].values())
            self._run.add_sample(
                Sample(
                    taken,
                    self._unseen[place].prompt[-1].text,
                    batch.responses[place],
                    batch.graded[place].reward,
                    sum(checked) / len(checked) if checked else None,
                )
            )

    def _outcome(
        self, made: Made, foresight: Foresight, seconds: float, spent: float, interrupted: bool
    ) -> Outcome:
        steps = self._run.steps()
        verdict = judge(steps, self._facts)
        found = Outcome(
            settings=self._settings,
            facts=self._facts,
            checks=self._checks.names,
            policy=made,
            verdict=verdict,
            advice=what_to_change(verdict, steps, self._facts),
            foresight=foresight,
            steps=steps,
            samples=self._run.samples(),
            seconds=seconds,
            processor_seconds=spent,
            interrupted=interrupted,
            folder=self._run.place,
            through=self._asked.through,
        )
        self._run.end(found.as_dict())
        return found
