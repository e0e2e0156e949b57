"""TRL's own advantages of given rewards: its trainer's method, on a trainer that generates nothing."""

from __future__ import annotations

import collections
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from trl import GRPOTrainer

from tests.rehearse.trl_loss import double_precision

Floats = NDArray[np.float64]


class RewardTrainer:
    """What TRL's scoring reads of its trainer, without a model: settings, given rollouts and rewards."""

    def __init__(
        self, rewards_NK: Floats, weights_K: Floats, size: int, scale: str, combine: str
    ) -> None:
        self._given = torch.tensor(rewards_NK)
        self.reward_weights = torch.tensor(weights_K)
        self.reward_funcs = self.reward_func_names = [str(k) for k in range(len(weights_K))]
        self.num_generations = size
        self.scale_rewards, self.multi_objective_aggregation = scale, combine
        self.accelerator = Accelerator(cpu=True)
        self.model = SimpleNamespace(training=True, is_gradient_checkpointing=False)
        self.args = SimpleNamespace(
            per_device_train_batch_size=size,
            gradient_checkpointing_kwargs=None,
            gradient_accumulation_steps=1,
            steps_per_generation=1,
        )
        self.num_iterations, self.beta = 1, 0.0
        self._tokenizer = SimpleNamespace(pad_token_id=0)
        self.environment_factories = self.environments = self.tools = None
        self.pad_to_multiple_of = None
        self.mask_truncated_completions = self.use_vllm = self.log_multimodal = False
        self._metrics: Any = {"train": collections.defaultdict(list)}
        self._logs: Any = collections.defaultdict(list)
        self._logs["rewards"] = collections.defaultdict(list)
        self._pending_extra_logs: dict[str, Any] = {}
        self._pending_metrics: dict[str, Any] = {}

    def _generate(self, prompts: list[Any]) -> Any:
        ids = [[1]] * len(prompts)
        return ids, ids, None, [""] * len(prompts), None, {}, None, None

    def _calculate_rewards(self, *_: Any) -> torch.Tensor:
        return self._given


def trl_advantages(
    rewards_NK: Floats, weights_K: Floats, size: int, scale: str, combine: str
) -> Floats:
    """TRL's advantages of rollouts in groups of one size."""
    trainer = RewardTrainer(rewards_NK, weights_K, size, scale, combine)
    with double_precision():
        found = GRPOTrainer._generate_and_score_completions(
            trainer, [{"prompt": "?"}] * len(rewards_NK)
        )
    made: Floats = found["advantages"].numpy()
    return made
