"""Specs, rows and jobs made by hand, with figures that can be checked by head."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nova_rft.report import JobFacts
from nova_rft.spec import Spec

NOTICE = "scripted judge: surface rules, no model has read this"


def make_spec(**reward: Any) -> Spec:
    criterion = {"name": "clear", "question": "Is the response <clear> & short?"}
    return Spec.model_validate(
        {
            "project": "adding",
            "model": "amazon.nova-2-lite-v1:0:256k",
            "data": {"train": "train.jsonl"},
            "training": {"epochs": 2, "batch_size": 16},
            "reward": {
                "range": [-1, 1.5],
                "terms": [
                    {"name": "math", "type": "math"},
                    {
                        "name": "style",
                        "type": "rubric",
                        "weight": 0.5,
                        "model": {"provider": "bedrock", "id": "judge-model"},
                        "criteria": [criterion],
                    },
                ],
                **reward,
            },
        }
    )


def make_plain_spec(**changes: Any) -> Spec:
    """A spec of supervised fine-tuning: nothing is rewarded."""
    return Spec.model_validate(
        {
            "project": "support",
            "technique": "sft",
            "model": "amazon.nova-lite-v1:0:300k",
            "data": {"train": "train.jsonl", "validation": "held-out.jsonl"},
            "training": {"epochs": 3},
            **changes,
        }
    )


def losses(*training: float, every: int = 2) -> list[dict[str, float]]:
    """Steps of these losses; validation is measured at every second, 1 above."""
    steps: list[dict[str, float]] = []
    for number, loss in enumerate(training, start=1):
        held_out = {"validation_loss": loss + 1} if number % every == 0 else {}
        steps.append({"step": number, "loss": loss, "learning_rate": 1e-05 / number, **held_out})
    return steps


def make_row(
    number: int,
    *,
    group: str = "g",
    right: float = 1.0,
    style: float | None = 1.0,
    event: int = 0,
    response: str = "2 + 2 = 4",
    prompt: str = "What is 2 + 2?",
    said: str = "",
    judge: str = "bedrock:judge-model",
    **extra: Any,
) -> dict[str, Any]:
    """A row as `trace_rows` writes it; style None: the judge did not answer."""
    terms: dict[str, Any] = {
        "math": {
            "value": right,
            "weighted": right,
            "details": {"answer": "4", "reference": "4"},
        }
    }
    abstained = None
    if style is None:
        terms["style"] = {"abstained": {"cause": "judge_unavailable", "detail": "throttled"}}
        abstained = {"cause": "judge_unavailable", "detail": "style: throttled"}
    else:
        verdict = {
            "criterion": "clear",
            "met": style > 0,
            "reason": "It is short.",
            "evidence": "= 4",
        }
        terms["style"] = {
            "value": style,
            "weighted": 0.5 * style,
            "details": {
                "judge": judge,
                "verdicts": [verdict],
                "said": said,
                "input_tokens": 10,
                "output_tokens": 2,
            },
        }
    return {
        "at": f"2026-03-01T10:{event:02d}:00.000+00:00",
        "version": "3",
        "request": f"r{event}",
        "id": f"{group}-{number}",
        "group": group,
        "prompt": [{"role": "user", "content": prompt}],
        "response": response,
        "reference": "4",
        "reward": right + 0.5 * (style or 0.0),
        "abstained": abstained,
        "terms": terms,
        **extra,
    }


def make_job(**changes: Any) -> JobFacts:
    facts: dict[str, Any] = {
        "name": "adding-dev-1",
        "arn": "arn:aws:bedrock:us-east-1:123456789012:model-customization-job/x",
        "status": "Completed",
        "created": datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
        "ended": datetime(2026, 3, 1, 10, 2, 5, tzinfo=UTC),
        "custom_model_arn": "arn:aws:bedrock:us-east-1:123456789012:custom-model/y",
        "hyperparameters": {"epochCount": "2", "batchSize": "16", "odd": "<b>"},
        "reward_version": "3",
    }
    return JobFacts(**{**facts, **changes})
