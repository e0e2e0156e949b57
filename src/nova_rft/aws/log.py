"""What the reward Lambda writes into its log: one line of JSON for each event, and for what went wrong.

Powertools' logger, so that lines carry the request and the version, and Logs Insights can search them.
Texts of prompts and responses are in it only where the spec says `log_text: true`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools import Logger

from nova_rft.data import Rollout
from nova_rft.judge.models import Totals
from nova_rft.outcome import Abstention
from nova_rft.reward import Item, Scored


def event_logger(project: str, version: str) -> Logger:
    """The logger of the function, which the package's own messages go through as well."""
    logger = Logger(service=f"nova_rft:{project}", level="INFO")
    logger.append_keys(version=version)
    ours = logging.getLogger("nova_rft")
    ours.handlers = list(logger.handlers)
    ours.propagate = False
    return logger


def log_event(
    logger: Logger,
    items: Sequence[Item],
    scored: Sequence[Scored],
    *,
    seconds: float,
    judged: Totals,
    texts: bool,
) -> None:
    """Says what came of one event: how many, how long, what could not be scored and why."""
    causes = Counter(
        str(one.outcome.cause) for one in scored if isinstance(one.outcome, Abstention)
    )
    examples = [
        {"id": str(one.id)[:200], "why": f"{one.outcome.cause}: {one.outcome.detail}"[:300]}
        for one in scored
        if isinstance(one.outcome, Abstention)
    ]
    logger.info(
        "event scored",
        extra={
            "rollouts": len(scored),
            "abstentions": dict(causes),
            "abstained": examples[:3] if texts else [example["id"] for example in examples[:3]],
            "seconds": round(seconds, 3),
            "judge_calls": judged.calls,
            "judge_kept": judged.kept,
            "judge_input_tokens": judged.usage.input_tokens,
            "judge_output_tokens": judged.usage.output_tokens,
            "judge_cost": judged.cost,
            "judge_unpriced": judged.unpriced,
        },
    )
    if texts:
        for item, one in zip(items, scored, strict=True):
            if isinstance(item, Rollout):
                logger.info("rollout scored", extra=_texts(item, one))


def _texts(rollout: Rollout, one: Scored) -> dict[str, Any]:
    return {
        "id": rollout.id,
        "prompt": rollout.prompt_text,
        "response": rollout.response,
        "reward": one.wire,
    }
