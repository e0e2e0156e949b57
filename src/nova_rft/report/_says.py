"""What the figures say, in plain language, and never more than they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nova_rft.report._asked import AskedReward
from nova_rft.report._figures import OverTime, Signal, Spread
from nova_rft.report._job import JobSummary
from nova_rft.report._judged import Judged
from nova_rft.report._measured import CostSummary, Measured
from nova_rft.report._summary import AbstentionSummary, Lengths, Statement, Validation
from nova_rft.report._term import Beside, TermSummary
from nova_rft.report._wording import counted, dollars, duration, figure, number, percent, short

# Below this a correlation is not worth a reader's minute.
_NOTABLE: Final = 0.3
_MANY_TIED: Final = 0.3
_GAP: Final = 0.05
_ENOUGH_POINTS: Final = 10


def about_job(job: JobSummary | None, *, rewarded: bool, trained: bool) -> Iterator[Statement]:
    """How the job stands; trained: whether its result holds weights of the model's own."""
    if job is None:
        rest = "and what was scored by it" if rewarded else "alone"
        yield Statement("plain", f"There is no job: this is about the spec {rest}.")
    elif job.failure:
        yield Statement("warning", f"The job ended {job.status}: {job.failure}")
    elif job.status == "Completed":
        made = " and made a custom model" if job.custom_model_arn and trained else ""
        yield Statement(
            "good" if trained else "plain",
            f"The job completed after {duration(job.duration_s)}{made}.",
        )
    else:
        when = f" after {duration(job.duration_s)}" if job.ended else ""
        yield Statement("plain", f"The job's status is {job.status}{when}.")


def about_measures(
    measured: list[Measured], job: JobSummary | None, *, rewarded: bool
) -> Iterator[Statement]:
    """Where the job's own figures went; what they mean is advice's to say."""
    if job and not measured and not rewarded:
        yet = "" if job.ended else " yet"
        yield Statement(
            "plain",
            f"Training has told no figures of its own{yet}, so nothing can be said of how it went.",
        )
    by_name = {one.name: one for one in measured}
    for name, least in (("loss", True), ("reward", False)):
        own, held = by_name.get(name), by_name.get(f"validation_{name}")
        if own:
            yield Statement("plain", f"{_went(own)}.")
        if held:
            yield Statement("plain", f"{_went(held)}{_best(held, least=least)}.")


def _went(one: Measured) -> str:
    name = one.plain.lower()
    if one.count == 1:
        return f"The job measured {name} once: {figure(one.first)}, at step {one.first_step:,}"
    return (
        f"By the job\u2019s own figures, {name} went from {figure(one.first)} at step "
        f"{one.first_step:,} to {figure(one.last)} at step {one.last_step:,}"
    )


def _best(one: Measured, *, least: bool) -> str:
    step, best = (one.low_step, one.low) if least else (one.high_step, one.high)
    if step in (one.first_step, one.last_step):
        return ""
    return f"; the {'lowest' if least else 'highest'} was {figure(best)}, at step {step:,}"


def about_cost(cost: CostSummary | None, job: JobSummary | None) -> Iterator[Statement]:
    """What training cost, where a price is known."""
    if cost is not None and cost.usd is not None:
        so_far = "" if job is None or job.ended else " so far"
        yield Statement("plain", f"Training cost {dollars(cost.usd)}{so_far} ({cost.how}).")


def about_reward(
    asked: AskedReward, reward: Spread | None, rollouts: int, prompts: int, clipped: tuple[int, int]
) -> Iterator[Statement]:
    """How many were scored, and where the reward lies."""
    if not rollouts:
        yield Statement(
            "plain", "No scored rollouts were found: from them nothing can be said of the reward."
        )
        return
    many = f"{counted(rollouts, 'rollout')} of {counted(prompts, 'prompt')}"
    if reward is None:
        yield Statement("warning", f"None of {many} could be scored.")
        return
    low, high = asked.range
    yield Statement(
        "plain",
        f"{many}: the mean reward is {number(reward.mean)}, half of the rewards lie between "
        f"{number(reward.quartile_1)} and {number(reward.quartile_3)}; "
        f"the spec allows {short(low)} to {short(high)}.",
    )
    if any(clipped):
        yield Statement(
            "warning",
            f"The range cut off {counted(sum(clipped), 'reward')}: {clipped[0]:,} at its low end, "
            f"{clipped[1]:,} at its high end. Differences beyond the range are lost on the policy.",
        )
    if asked.trace_share < 1:
        yield Statement(
            "plain",
            f"The spec keeps the rollouts of {percent(asked.trace_share)} of the prompts, "
            "so these figures are a sample.",
        )


def about_signal(signal: Signal, terms: list[TermSummary]) -> Iterator[Statement]:
    """How many groups teach nothing."""
    share = signal.share_without_signal
    if share is None:
        if signal.groups:
            yield Statement(
                "warning",
                "Every group holds one rollout, so there is nothing to compare inside a group: "
                "a group-relative method learns nothing from these.",
            )
        return
    middle = signal.without_signal - signal.at_highest - signal.at_lowest
    where = f"{signal.at_highest:,} at the highest reward, {signal.at_lowest:,} at the lowest" + (
        f", {middle:,} in between" if middle > 0 else ""
    )
    yield Statement(
        "warning" if share >= _MANY_TIED else "plain",
        f"{percent(share)} of groups carry no signal: in {signal.without_signal:,} of "
        f"{counted(signal.compared, 'group')} all rollouts got the same reward"
        + (f" ({where})" if signal.without_signal else "")
        + ". A policy learns nothing from those.",
    )
    if signal.single:
        yield Statement(
            "warning",
            f"{counted(signal.single, 'group holds', 'groups hold')} a single rollout and could "
            "not be compared; they are left out of that share.",
        )
    still = [t.name for t in terms if t.weight and t.values and t.values.high - t.values.low < 1e-6]
    if still:
        yield Statement(
            "plain",
            f"The {'term' if len(still) == 1 else 'terms'} {_listed(still)} gave every rollout the "
            f"same value, so {'it' if len(still) == 1 else 'they'} made no difference.",
        )


def about_terms(signal: Signal, terms: list[TermSummary]) -> Iterator[Statement]:
    """Which term the differences come from."""
    known = [term for term in terms if term.variance_share_within is not None]
    if len(terms) < 2 or not known:
        return
    most = max(known, key=lambda term: term.variance_share_within or 0)
    yield Statement(
        "plain",
        f"Inside groups, {percent(most.variance_share_within)} of the reward's variance comes from "
        f"the term {most.name}.",
    )
    alone, total = most.signal.share_without_signal, signal.share_without_signal
    if alone is not None and total is not None and alone - total > _GAP:
        yield Statement(
            "plain",
            f"The term {most.name} alone would leave {percent(alone)} of groups without signal. In the "
            "groups between, only the other terms tell rollouts apart; a method that divides "
            "advantages by the group's deviation, as GRPO does, makes those differences count in "
            "full, however small they are.",
        )
    for term in known:
        if (term.variance_share_within or 0) < -0.01:
            yield Statement(
                "warning",
                f"The term {term.name} pulls against the other terms: rollouts that it favours "
                "tend to get less from the rest.",
            )


def about_time(time: OverTime | None, *, recorded: bool) -> Iterator[Statement]:
    """Whether the reward moved."""
    if time is None or time.first is None or time.last is None or time.noise is None:
        return
    change = time.last - time.first
    moved = f"from {number(time.first)} in the first fifth of the events to {number(time.last)}"
    if abs(change) <= time.noise:
        text = (
            f"The mean reward went {moved} in the last. Chance alone gives differences of up to "
            f"{number(time.noise)}, so no change can be claimed."
        )
    else:
        text = (
            f"The mean reward {'rose' if change > 0 else 'fell'} {moved} in the last. Chance "
            f"alone gives differences of up to {number(time.noise)} (two standard errors)."
        )
        if recorded:
            text += " The policy was a recording, so this comes from the order of the prompts."
    yield Statement("plain" if recorded or abs(change) <= time.noise else "good", text)


def about_validation(validation: Validation | None) -> Iterator[Statement]:
    """What validation prompts got, apart from what was trained on."""
    if validation is None or validation.reward is None:
        return
    text = (
        f"{counted(validation.rollouts, 'rollout')} of validation prompts got "
        f"{number(validation.reward.mean)} on average; they are in no other figure."
    )
    time = validation.over_time
    points = [p.mean for p in time.points if p.mean is not None] if time else []
    if len(points) > 1:
        first, last = number(points[0]), number(points[-1])
        text += f" From the first of their events to the last: {first} to {last}."
    yield Statement("plain", text)


def about_repetition(time: OverTime | None) -> Iterator[Statement]:
    """Whether responses come to repeat themselves."""
    if time is None or len(time.points) < _ENOUGH_POINTS:
        return
    fifth = len(time.points) // 5
    first = sum(point.repeated for point in time.points[:fifth]) / fifth
    last = sum(point.repeated for point in time.points[-fifth:]) / fifth
    if last - first > _GAP:
        yield Statement(
            "warning",
            f"Responses repeat themselves more and more: {percent(first)} of their runs of words at "
            f"first, {percent(last)} at last. Read the best rollouts.",
        )


def about_judges(beside: list[Beside]) -> Iterator[Statement]:
    """Whether a judge pays what a verifier proves wrong."""
    for one in beside:
        right, wrong = one.when_right, one.when_wrong
        if right is not None and wrong is not None and right - wrong < _GAP:
            yield Statement(
                "warning",
                f"The judge {one.judge} gives what {one.verifier} proves wrong {number(wrong)} on "
                f"average, and what it proves right {number(right)}: it hardly tells them apart.",
            )


def about_lengths(lengths: Lengths | None) -> Iterator[Statement]:
    """Whether length pays."""
    if lengths is None or lengths.correlation is None or abs(lengths.correlation) < _NOTABLE:
        return
    longer = lengths.correlation > 0
    yield Statement(
        "warning" if longer else "plain",
        f"Inside groups, {'longer' if longer else 'shorter'} responses tend to get more reward "
        f"(correlation {number(lengths.correlation, 2)}). "
        + ("Read the best rollouts: a policy may learn to write more." if longer else ""),
    )


def about_abstentions(
    reward: AskedReward, abstentions: list[AbstentionSummary], rollouts: int
) -> Iterator[Statement]:
    """How many could not be scored."""
    count = sum(found.count for found in abstentions)
    if not rollouts:
        return
    if not count:
        yield Statement("good", "Every rollout could be scored.")
        return
    yield Statement(
        "warning",
        f"{counted(count, 'rollout')} ({percent(count / rollouts)}) could not be scored. For these "
        f"the trainer got {reward.on_abstain_plain}; they are in no mean below.",
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def about_calibration(judges: list[Judged]) -> Iterator[Statement]:
    """Whether what the policy was paid by is what people want."""
    for one in judges:
        if one.fitness is None:
            text = f"The judge {one.term} {'; '.join(one.problems)}."
            yield Statement("warning", text)
            continue
        held = (
            f"The judge {one.term} is {one.fitness} by {counted(one.rows, 'label')} of "
            f"{counted(one.prompts, 'prompt')}{_agreement(one)}"
        )
        worst = f": {'; '.join(one.problems)}" if one.problems else ""
        yield Statement("good" if one.fit else "warning", f"{held}{worst}.")


def _agreement(one: Judged) -> str:
    if one.kappa.value is None:
        return ""
    people = one.people.value
    beside = "" if people is None else f", people among themselves {number(people)}"
    return f" (kappa with people {number(one.kappa.value)}{beside})"
