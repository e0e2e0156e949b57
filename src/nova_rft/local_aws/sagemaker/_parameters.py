"""Which hyperparameters each recipe takes, and in which ranges.

Source: aws/sagemaker-hyperpod-recipes, commit 2631995 (2026-06-23): names, types, ranges and defaults of
the recipes' parameters. Where a list of values depends on the instance, all of them are allowed here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Parameter:
    """One hyperparameter.

    Attributes:
        type: `integer`, `float`, `boolean` or `string`.
        default: What a job has that leaves it out.
        low: The least value.
        high: The greatest value.
        enum: The only values, where it is a choice.
        required: Whether the recipe cannot do without; its default will do.
    """

    type: str
    default: Any
    low: float | None = None
    high: float | None = None
    enum: tuple[int, ...] = ()
    required: bool = True

    def read(self, text: str) -> Any:
        """The value that a job's text says.

        Raises:
            ValueError: it is none, or not allowed; the message says what is.
        """
        value = _READ[self.type](text)
        if self.enum and value not in self.enum:
            raise ValueError(f"is {text}; allowed are {', '.join(map(str, self.enum))}")
        if self.low is not None and not self.low <= value <= (self.high or math.inf):
            raise ValueError(f"is {text}; allowed is {self.low:,g} to {self.high:,g}")
        return value

    def as_override(self) -> dict[str, Any]:
        """As the hub's override parameters write it."""
        shown: dict[str, Any] = {"type": self.type, "required": self.required}
        if self.enum:
            shown["enum"] = list(self.enum)
        if self.low is not None:
            shown |= {"min": self.low, "max": self.high}
        return {**shown, "default": self.default}


def _integer(text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise ValueError(f"is {text!r}, no whole number")
    return int(text)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"is {text!r}, no number")
    return value


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"is {text!r}, neither true nor false")
    return text.lower() == "true"


_READ: Final[Mapping[str, Any]] = {
    "integer": _integer,
    "float": _number,
    "boolean": _truth,
    "string": str,
}
_Table = dict[str, Parameter]
_ALPHAS: Final = (32, 64, 96, 128, 160, 192)
_MANY: Final = 100_000


def _text(default: str = "", *, required: bool = True) -> Parameter:
    return Parameter("string", default, required=required)


def _whole(default: int, low: int, high: int, *, required: bool = True) -> Parameter:
    return Parameter("integer", default, low, high, required=required)


def _choice(default: int, *enum: int) -> Parameter:
    return Parameter("integer", default, enum=enum)


def _real(default: float, low: float, high: float, *, required: bool = True) -> Parameter:
    return Parameter("float", default, low, high, required=required)


def _lora(alpha: int, ratio: float) -> _Table:
    return {
        "lora_alpha": _choice(alpha, *_ALPHAS),
        "learning_rate_ratio": _real(ratio, 1.0, 70.0, required=False),
    }


def _run(name: str, rate: float, warmup: int) -> _Table:
    """What every recipe of SFT and DPO has."""
    return {
        "name": _text(name),
        "data_s3_path": _text(),
        "output_s3_path": _text(),
        "namespace": _text("kubeflow"),
        "mlflow_tracking_uri": _text(required=False),
        "mlflow_experiment_name": _text(required=False),
        "mlflow_run_name": _text(required=False),
        "max_context_length": _whole(8192, 1, 131_072),
        "learning_rate": _real(rate, 0, 1),
        "warmup_steps": _whole(warmup, 0, 100),
        "min_lr": _real(1e-6, 1e-7, 1.0),
        "weight_decay": _real(0.0, 0.0, 1.0),
    }


def _nova_2_sft(steps: int) -> _Table:
    return {
        **_run("my-lora-run", 1e-5, 15),
        "replicas": _choice(4, 4, 8, 16, 32),
        "reasoning_enabled": Parameter("boolean", default=True),
        "global_batch_size": _choice(32, 32, 64, 128, 256),
        "max_steps": _whole(steps, 4, _MANY),
        "save_steps": _whole(steps, 1, _MANY),
        "fine_tuned_model": _real(1.0, 0.0, 1.0, required=False),
        "validation_s3_path": _text(required=False),
        "val_check_interval": _whole(2500, 1, _MANY, required=False),
        "limit_val_batches": _whole(2, 0, _MANY, required=False),
    }


def _nova_1(name: str, rate: float, batch: Parameter, epochs: int) -> _Table:
    return {
        **_run(name, rate, 10),
        "replicas": _choice(1, 1, 2, 4, 6, 8, 12, 16, 24),
        "global_batch_size": batch,
        "max_epochs": _whole(epochs, 1, 100),
    }


def _rewarded(largest_batch: int) -> _Table:
    return {
        "name": _text("my-rft-run"),
        "data_s3_path": _text(),
        "reward_lambda_arn": _text(),
        "learning_rate": _real(1e-5, 1e-7, 1e-3),
        "max_steps": _whole(10, 5, _MANY),
        "save_steps": _whole(10, 0, _MANY),
        "global_batch_size": _whole(64, 16, largest_batch),
        "max_length": _whole(8192, 4096, 32_768),
    }


_BETA: Final = {"adam_beta": _real(0.1, 0.001, 0.1, required=False)}
# By the recipes' own names.
PARAMETERS: Final[Mapping[str, Mapping[str, Parameter]]] = {
    "nova_lora_sft_2_0": {**_nova_2_sft(10), **_lora(64, 64.0)},
    "nova_sft_2_0": _nova_2_sft(100),
    "nova_lora_sft": {
        **_nova_1("my-lora-run", 1e-5, _choice(64, 16, 32, 64), 2),
        **_lora(128, 16.0),
    },
    "nova_sft": _nova_1("my-fullrank-run", 5e-6, _choice(16, 16, 32, 64), 2),
    "nova_lora_dpo": {
        **_nova_1("my-lora-dpo-run", 1e-5, _choice(32, 16, 32, 64), 2),
        **_lora(128, 16.0),
        **_BETA,
    },
    "nova_dpo": {
        **_nova_1("my-fullrank-run", 1e-5, _choice(32, 16, 32, 64, 128), 3),
        **_BETA,
    },
    "nova_smtj_lora_rft": {
        **_rewarded(128),
        "lora_alpha": _choice(32, 16, 32, 64),
        "learning_rate_ratio": _real(64.0, 0.0, 100.0, required=False),
    },
    "nova_smtj_rft": _rewarded(256),
}
