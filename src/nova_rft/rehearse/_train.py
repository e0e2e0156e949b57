"""Training by reward with TRL's GRPOTrainer; what each step measured is told as it happens."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nova_rft.rehearse._checks import Checks
from nova_rft.rehearse._examples import Example
from nova_rft.rehearse._grade import event_of, grade
from nova_rft.rehearse._measure import Batch, Step, figures_of
from nova_rft.rehearse._policy import Policy
from nova_rft.reward.contract import Call

# TRL's names of what only the trainer knows, and ours.
_TRAINERS: Final = {
    "entropy": "entropy",
    "grad_norm": "grad_norm",
    "completions/clipped_ratio": "truncated",
}
_SAVE_EVERY: Final = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained, and until when.

    Attributes:
        examples: The training records.
        call: The reward.
        checks: What is measured beside it.
        seed: Of order and sampling.
        batch: Rollouts in one step.
        group: Rollouts of one prompt.
        learning_rate: Constant.
        longest: Tokens of a response, at most.
        temperature: Of sampling.
        steps: Training ends after so many, counted from the very first.
        seconds: Or after so long, counted from the very first.
        before_s: How long was trained before this run, where it goes on from a checkpoint.
        folder: Where checkpoints lie.
    """

    examples: Sequence[Example]
    call: Call
    checks: Checks
    seed: int
    batch: int
    group: int
    learning_rate: float
    longest: int
    temperature: float
    steps: int
    seconds: float
    before_s: float
    folder: Path


@dataclass(frozen=True, slots=True)
class Hooks:
    """What is told while it trains.

    Attributes:
        step: Each step, and the rollouts that it was measured on.
        before: Called before a step with the steps taken so far, and the seconds.
        stopping: Asked after each step whether to stop there.
    """

    step: Callable[[Step, Batch], None]
    before: Callable[[int, float], None]
    stopping: Callable[[], bool]


def train(policy: Policy, plan: Plan, hooks: Hooks) -> float:
    """Trains, or goes on where a checkpoint lies; a checkpoint lies there afterwards.

    Returns:
        Seconds of training, counted from the very first step.

    Raises:
        RewardFailed: the reward failed.
    """
    with warnings.catch_warnings():
        # What the libraries deprecate of each other is theirs to mend.
        warnings.simplefilter("ignore", FutureWarning)
        return _train(policy, plan, hooks)


def _train(policy: Policy, plan: Plan, hooks: Hooks) -> float:
    from datasets import Dataset
    from trl import GRPOTrainer

    meter = _Meter(plan, hooks)
    rows = [{"prompt": policy.shown(one), "row": row} for row, one in enumerate(plan.examples)]
    trainer = GRPOTrainer(
        model=policy.model,
        reward_funcs=meter.rewards,
        args=_arguments(plan),
        train_dataset=Dataset.from_list(rows),
        processing_class=policy.tokenizer,
        callbacks=[_callback(meter)],
    )
    _drop_printer(trainer)
    last = last_checkpoint(plan.folder)
    meter.start()
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    return meter.seconds


def last_checkpoint(folder: Path) -> Path | None:
    """The checkpoint to go on from; None where there is none.

    Its state is written last: where a run was killed while it saved, the one before is taken.
    """
    found = sorted(
        (path.parent for path in folder.glob("checkpoint-*/trainer_state.json")),
        key=lambda path: int(path.name.split("-")[1]),
    )
    return found[-1] if found else None


def checkpoint_step(folder: Path) -> int:
    """How many steps the checkpoint to go on from has; 0 without one."""
    last = last_checkpoint(folder)
    return int(last.name.split("-")[1]) if last else 0


class _Meter:
    """The reward function of the trainer, which remembers what it saw until the step is over."""

    def __init__(self, plan: Plan, hooks: Hooks) -> None:
        self.plan = plan
        self.hooks = hooks
        self._started = 0.0
        self._seen: tuple[int, Batch] | None = None

    def start(self) -> None:
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Of training, from the very first step."""
        return self.plan.before_s + time.monotonic() - self._started

    def rewards(
        self,
        *,
        completions: Sequence[Sequence[dict[str, str]]],
        completion_ids: Sequence[Sequence[int]],
        row: Sequence[int],
        trainer_state: Any,
        **_: Any,
    ) -> list[float]:
        """TRL's `reward_funcs`: one reward for each completion, by the answer to the event."""
        said = [turns[-1]["content"] for turns in completions]
        examples = [self.plan.examples[place] for place in row]
        event = event_of(f"step-{trainer_state.global_step}", examples, said)
        graded = grade(self.plan.call, event)
        checks = self.plan.checks.values(event, graded)
        lengths = [len(ids) for ids in completion_ids]
        batch = Batch(said, list(row), graded, checks, lengths)
        self._seen = trainer_state.global_step, batch
        return [one.reward for one in graded]

    def logged(self, logs: dict[str, float]) -> None:
        """The trainer's own figures, which come last in a step."""
        if self._seen is None:
            return
        number, seen = self._seen
        self._seen = None
        more = {ours: float(logs[theirs]) for theirs, ours in _TRAINERS.items() if theirs in logs}
        whole = Batch(seen.responses, seen.groups, seen.graded, seen.checks, seen.tokens, more)
        step = Step(number, figures_of(whole), len(seen.responses), seconds=self.seconds)
        self.hooks.step(step, whole)


def _callback(meter: _Meter) -> Any:
    from transformers import TrainerCallback

    class Told(TrainerCallback):  # type: ignore[misc] # transformers is not seen by the type checker
        def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            meter.hooks.before(state.global_step, meter.seconds)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if meter.seconds >= meter.plan.seconds or meter.hooks.stopping():
                control.should_training_stop = True
            if control.should_training_stop:
                # Here and not at the end, so that the same command can go on from it.
                control.should_save = True

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
            meter.logged(logs or {})

    return Told()


def _arguments(plan: Plan) -> Any:
    import torch
    from trl import GRPOConfig

    gpu = torch.cuda.is_available()
    return GRPOConfig(
        output_dir=str(plan.folder),
        per_device_train_batch_size=plan.batch,
        num_generations=plan.group,
        max_completion_length=plan.longest,
        temperature=plan.temperature,
        learning_rate=plan.learning_rate,
        lr_scheduler_type="constant",
        max_steps=plan.steps,
        seed=plan.seed,
        data_seed=plan.seed,
        bf16=gpu,
        gradient_checkpointing=gpu,
        use_cpu=not gpu,
        logging_steps=1,
        save_steps=_SAVE_EVERY,
        save_total_limit=1,
        # TRL leaves 1.0, at which so small a policy swings once it is nearly always right.
        max_grad_norm=0.2,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=gpu,
    )


def _drop_printer(trainer: Any) -> None:
    """Figures are told by us."""
    from transformers.trainer_callback import PrinterCallback

    trainer.remove_callback(PrinterCallback)
