"""Summaries of rows whose figures are known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from nova_rft.errors import UsageError
from nova_rft.grpo import diagnose
from nova_rft.report import JobFacts, ReportInput, Summary, summarise

from .making import NOTICE, make_job, make_row, make_spec


def summary_of(rows: Sequence[Mapping[str, Any]], job: JobFacts | None = None) -> Summary:
    return summarise(ReportInput(make_spec(), job, rows))


def said(summary: Summary) -> str:
    return "\n".join(statement.text for statement in summary.says).replace("\u00a0", " ")


FOUR = [
    make_row(1, group="a", right=1.0, style=1.0),
    make_row(2, group="a", right=0.0, style=1.0),
    make_row(3, group="b", right=0.0, style=0.0, response="five"),
    make_row(4, group="b", right=0.0, style=0.0, response="I do not know at all"),
]


def test_reward_and_terms() -> None:
    summary = summary_of(FOUR)
    assert (summary.rollouts, summary.scored, summary.prompts) == (4, 4, 2)
    assert summary.reward is not None
    assert (summary.reward.mean, summary.reward.low, summary.reward.high) == (0.5, 0.0, 1.5)
    math, style = summary.terms
    assert math.values is not None
    assert (math.values.mean, math.at_low, math.at_high) == (0.25, 0.75, 0.25)
    assert (style.input_tokens, style.output_tokens) == (40, 8)
    assert style.criteria[0].met_share == 0.5
    assert style.judge == "judge-model on Amazon Bedrock"
    assert style.answered_by == ["bedrock:judge-model"]
    assert summary.histogram is not None
    assert sum(summary.histogram.counts) == 4


def test_shares_of_variance_add_up() -> None:
    math, style = summary_of(FOUR).terms
    # Centred sums are 1, 0, -.5, -.5; math's part of their squares is .75, style's .25 over 1.5.
    assert math.variance_share == pytest.approx(2 / 3)
    assert style.variance_share == pytest.approx(1 / 3)
    assert (math.variance_share_within, style.variance_share_within) == (1.0, 0.0)


def test_groups_without_signal() -> None:
    summary = summary_of(FOUR)
    assert summary.signal.share_without_signal == 0.5
    assert (summary.signal.at_highest, summary.signal.at_lowest) == (0, 1)
    math, style = summary.terms
    assert (math.signal.without_signal, style.signal.without_signal) == (1, 2)
    assert "50 % of groups carry no signal: in 1 of 2 groups" in said(summary)


def test_how_much_to_sample_is_advised() -> None:
    summary = summary_of(FOUR)
    advice = diagnose([1.5, 0.5, 0, 0], "aabb", reward_range=(0, 2)).advice
    assert advice is not None
    told = f"{advice.samples_per_prompt} rollouts of each and {advice.batch_size} prompts in a step"
    assert f"For prompts like these, {told} are advised" in said(summary)
    assert "advised" not in said(summary_of([make_row(n, style=None) for n in range(3)]))


def test_a_prompt_in_a_later_event_is_another_group() -> None:
    rows = [
        make_row(n, right=r, event=e) for n, (r, e) in enumerate([(1, 0), (1, 0), (0, 1), (0, 1)])
    ]
    summary = summary_of(rows)
    assert (summary.prompts, summary.signal.groups, summary.signal.without_signal) == (1, 2, 2)


def test_lengths_and_rollouts_to_read() -> None:
    summary = summary_of(FOUR)
    assert summary.lengths is not None
    assert summary.lengths.unit == "words"
    assert [one.id for one in summary.lengths.longest] == ["b-4", summary.lengths.longest[1].id]
    assert summary.lengths.shortest[0].id == "b-3"
    assert (summary.best[0].id, summary.best_ties) == ("a-1", 1)
    assert summary.worst_ties == 2
    # One rollout of each prompt.
    assert len(summary.worst) == 2


def test_abstentions_are_counted_and_in_no_mean() -> None:
    rows = [*FOUR, make_row(5, group="b", right=1.0, style=None)]
    summary = summary_of(rows)
    assert (summary.rollouts, summary.scored) == (5, 4)
    assert summary.reward is not None
    assert summary.reward.mean == 0.5
    (found,) = summary.abstentions
    assert (found.cause, found.count, found.plain) == (
        "judge_unavailable",
        1,
        "The judge did not answer.",
    )
    assert found.examples[0].abstained == "judge_unavailable: style: throttled"
    assert summary.terms[1].abstained == 1
    assert summary.terms[0].values is not None
    assert summary.terms[0].values.count == 5
    assert "1 rollout (20 %) could not be scored" in said(summary)


def test_nothing_but_abstentions() -> None:
    summary = summary_of([make_row(n, style=None) for n in range(3)])
    assert summary.reward is None
    assert summary.best == []
    assert "None of 3 rollouts of 1 prompt could be scored." in said(summary)


def test_no_rows() -> None:
    summary = summary_of([])
    assert (summary.rollouts, summary.reward, summary.over_time, summary.lengths) == (
        0,
        None,
        None,
        None,
    )
    assert summary.signal.share_without_signal is None
    assert "nothing can be said of the reward" in said(summary)
    assert [term.name for term in summary.terms] == ["math", "style"]


def test_recorded_rollouts_are_noticed_on_job_or_model() -> None:
    tag = {"nova-rft:policy": "recorded"}
    for job in (make_job(tags=tag), make_job(model_tags=tag)):
        assert [notice.title for notice in summary_of(FOUR, job).notices] == ["Nothing was trained"]
    assert summary_of(FOUR, make_job(tags={"nova-rft:policy": "live"})).notices == []


def test_a_scripted_judge_is_noticed_behind_any_name() -> None:
    rows = [make_row(1, said=NOTICE), make_row(2, said=NOTICE)]
    (notice,) = summary_of(rows).notices
    assert notice.title == "No model has judged this"
    assert NOTICE in notice.text
    (notice,) = summary_of([*rows, make_row(3, said="Done.")]).notices
    assert notice.title == "A script judged part of this"
    assert notice.text.startswith("2 of 3 judged rollouts")


def test_rewards_beyond_the_range_are_counted() -> None:
    rows = [make_row(1, reward=1.0), make_row(2, right=0.0)]
    summary = summarise(ReportInput(make_spec(range=[-1, 1]), None, rows))
    assert summary.clipped == (0, 1)
    assert "The range cut off 1 reward: 0 at its low end, 1 at its high end" in said(summary)


def test_change_over_time_is_measured_against_chance() -> None:
    steady = [make_row(n, group=f"g{n}", right=float(n % 3 == 0), event=n // 6) for n in range(120)]
    rising = [
        make_row(n, group=f"g{n}", right=float(n % 10 < n / 12), event=n // 6) for n in range(120)
    ]
    assert "no change can be claimed" in said(summary_of(steady))
    assert "The mean reward rose from" in said(summary_of(rising))
    # Too few events to say.
    assert "mean reward rose" not in said(summary_of(rising[:30]))
    assert "mean reward went" not in said(summary_of(rising[:30]))


def test_events_follow_time_and_share_points_when_many() -> None:
    rows = [make_row(n, group=f"g{n}", request=f"r{n}", event=n % 50) for n in range(150)]
    time = summary_of(rows[::-1]).over_time
    assert time is not None
    assert (time.events, time.events_per_point, len(time.points)) == (150, 3, 50)
    assert [point.at for point in time.points] == sorted(point.at for point in time.points)
    assert sum(point.rollouts for point in time.points) == 150


def test_job_beside_what_was_asked() -> None:
    summary = summary_of(FOUR, make_job())
    assert summary.job is not None
    assert (summary.job.duration_s, summary.job.ended) == (3725.0, "2026-03-01T10:02:05Z")
    settings = {setting.name: setting for setting in summary.asked.settings}
    assert (settings["epochCount"].asked, settings["epochCount"].used) == ("2", "2")
    assert (settings["learningRate"].asked, settings["learningRate"].used) == (None, None)
    assert settings["odd"].used == "<b>"
    assert "completed after 1 h 2 min 5 s and made a custom model" in said(summary)


def test_a_failure_is_said_first() -> None:
    job = make_job(status="Failed", failure="The reward function timed out.", custom_model_arn=None)
    first = summary_of(FOUR, job).says[0]
    assert (first.tone, first.text) == (
        "warning",
        "The job ended Failed: The reward function timed out.",
    )


def test_every_setting_of_the_spec_names_the_services_own() -> None:
    names = {setting.name for setting in summary_of([]).asked.settings}
    assert {"epochCount", "batchSize", "trainingSamplePerPrompt", "evalInterval"} <= names
    assert not [name for name in names if "_" in name]


def test_the_summary_is_json() -> None:
    summary = summary_of([*FOUR, make_row(9, style=None)], make_job())
    again = json.loads(json.dumps(summary.as_dict(), allow_nan=False))
    assert again["signal"]["single"] == 1


def test_a_row_of_another_kind_is_named() -> None:
    broken = {key: value for key, value in FOUR[1].items() if key != "reward"}
    with pytest.raises(UsageError, match="trace row 2 has no reward"):
        summary_of([FOUR[0], broken])


def test_validation_prompts_are_in_no_other_figure() -> None:
    from nova_rft.report import prompt_digest

    held_out = prompt_digest([{"role": "user", "content": "Held out?"}])
    rows = [make_row(n, event=n) for n in range(4)]
    rows += [make_row(n, event=n, right=0.0, style=0.0, prompt="Held out?") for n in range(2)]
    given = ReportInput(make_spec(), make_job(), rows, frozenset({held_out}))
    summary = summarise(given)
    assert summary.rollouts == 4
    assert summary.reward is not None and summary.reward.mean == 1.5
    assert summary.validation is not None and summary.validation.rollouts == 2
    assert summary.validation.reward is not None and summary.validation.reward.mean == 0.0
    assert any("2 rollouts of validation prompts got 0" in one.text for one in summary.says)
    without = summarise(ReportInput(make_spec(), make_job(), rows))
    assert (without.rollouts, without.validation) == (6, None)


def test_a_judge_that_pays_what_is_proved_wrong_is_named() -> None:
    rows = [
        make_row(2 * n + wrong, group=f"g{n}", right=1.0 - wrong, style=float(wrong), event=n)
        for n in range(5)
        for wrong in (0, 1)
    ]
    (beside,) = summarise(ReportInput(make_spec(), None, rows)).beside
    assert (beside.judge, beside.verifier, beside.rollouts) == ("style", "math", 10)
    assert (beside.when_right, beside.when_wrong) == (0.0, 1.0)
    assert beside.correlation == pytest.approx(-1.0)
    said = list(summarise(ReportInput(make_spec(), None, rows)).says)
    assert any("it hardly tells them apart" in one.text for one in said if one.tone == "warning")
    agreeing = [make_row(n, group=f"g{n // 2}", right=n % 2, style=n % 2) for n in range(10)]
    said = summarise(ReportInput(make_spec(), None, agreeing)).says
    assert not any("hardly tells them apart" in one.text for one in said)


def test_jobs_that_share_a_version_are_named_first() -> None:
    job = make_job(shared_with=("adding-dev-2",))
    summary = summarise(ReportInput(make_spec(), job, [make_row(1)]))
    assert summary.notices[0].title == "These rollouts are of more than one job"
    assert "adding-dev-2" in summary.notices[0].text


def test_repetition_that_grows_is_a_warning() -> None:
    rows = [
        make_row(n, group=f"g{n}", event=n, response="one two three four " * (1 + n // 4))
        for n in range(20)
    ]
    summary = summarise(ReportInput(make_spec(), None, rows))
    assert summary.over_time is not None
    shares = [point.repeated for point in summary.over_time.points]
    assert shares[0] == 0.0 < shares[-1]
    assert any("repeat themselves more and more" in one.text for one in summary.says)


def test_each_term_has_its_trend() -> None:
    rows = [make_row(n, group=f"g{n}", event=n, right=n / 10, style=None) for n in range(3)]
    summary = summarise(ReportInput(make_spec(), None, rows))
    trends = {term.name: term.trend for term in summary.terms}
    assert trends == {"math": [0.0, 0.1, 0.2], "style": [None, None, None]}


@pytest.mark.parametrize(
    ("reward", "said"),
    [
        ({"combine": "gated_product", "range": [0, 1]}, "product of the values"),
        ({"combine": "lexicographic", "range": [0, 1]}, "decide in their order, each in 11 levels"),
        ({"scale": "linear"}, "stretched to the range from \u22121 to 1.5"),
        ({}, "clipped to the range from \u22121 to 1.5"),
    ],
)
def test_the_rule_of_composition_is_said(reward: dict[str, Any], said: str) -> None:
    spec = make_spec()
    terms = [term.model_dump(mode="json") for term in spec.required_reward.terms]
    if reward.get("combine") == "lexicographic":
        terms[1]["weight"] = 1
    changed = make_spec(**reward, terms=terms)
    summary = summarise(ReportInput(changed, None, [make_row(1), make_row(2, right=0.0)]))
    assert summary.asked.reward is not None
    assert said in summary.asked.reward.composition
    assert summary.clipped == (0, 0)
