"""One set of names for what a job measures, whatever its backend writes."""

from __future__ import annotations

from typing import Any

import pytest

from nova_rft.jobs._measures import Measure, column, from_csv, from_events, from_log, merged


def test_bedrocks_csv() -> None:
    text = "step_number,epoch_number,training_loss,perplexity\n1,1,2.5,12.18\n2,1,2.25,9.49\n"
    assert from_csv(text) == [
        Measure(1, {"loss": 2.5, "perplexity": 12.18}),
        Measure(2, {"loss": 2.25, "perplexity": 9.49}),
    ]


def test_what_is_empty_unknown_or_not_finite_is_no_figure() -> None:
    text = "step,loss,colour,grad\n1,,red,1\n2,nan,red,1\n3,0.5,red,1\nx,0.1,red,1\n"
    assert from_csv(text) == [Measure(3, {"loss": 0.5})]
    assert from_csv("") == []
    assert from_csv("step,loss") == []


def test_verls_log_lines_among_others() -> None:
    lines = [
        "2026-11-01 12:00:00 starting",
        "(TaskRunner pid=1) step:1 - critic/rewards/mean:0.41 - actor/entropy:1.3e0 - x/y:3",
        "step:2 - critic/rewards/mean:0.5 - val-score/rewards/mean@1:0.44",
        "step:2 - actor/grad_norm:0.02",
        "misstep:9 - critic/rewards/mean:9",
    ]
    assert from_log(lines) == [
        Measure(1, {"reward": 0.41, "entropy": 1.3}),
        Measure(2, {"reward": 0.5, "validation_reward": 0.44, "grad_norm": 0.02}),
    ]


def test_events_of_the_openai_compatible_api_in_any_order() -> None:
    events: list[dict[str, Any]] = [
        {"type": "metrics", "data": {"step": 2, "total_steps": 3, "critic_rewards_mean": 0.6}},
        {"type": "message", "message": "running", "data": None},
        {"type": "metrics", "data": {"step": 1, "response_length_mean": 80, "actor_pg_loss": -0.1}},
    ]
    assert from_events(events) == [
        Measure(1, {"length": 80.0, "policy_loss": -0.1}),
        Measure(2, {"reward": 0.6}),
    ]


def test_series_are_merged_step_by_step() -> None:
    both = merged(
        [Measure(1, {"loss": 2.0})],
        [Measure(1, {"validation_loss": 2.1}), Measure(4, {"loss": 1.0})],
    )
    assert both == [Measure(1, {"loss": 2.0, "validation_loss": 2.1}), Measure(4, {"loss": 1.0})]
    assert column(both, "loss") == [(1, 2.0), (4, 1.0)]
    assert column(both, "entropy") == []


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "step_number\n1\n"])
def test_a_file_without_figures_is_no_series(text: str) -> None:
    assert from_csv(text) == []
