"""A report's content as plain data; nothing here computes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from nova_rft.report._judged import Judged
from nova_rft.report._measured import Advised, CostSummary, Measured

Tone = Literal["plain", "good", "warning"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence or two for people."""

    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that must be known before anything else on the page is read."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A hyperparameter: what the spec asks for and what the job says; None: not stated.

    Attributes:
        name: The service's name for it.
        plain: What it is.
        asked: What the spec says.
        default: What holds where the spec says nothing, as far as the service says it.
        used: What the job holds.
    """

    name: str
    plain: str
    asked: str | None
    default: str | None
    used: str | None


@dataclass(frozen=True, slots=True)
class AskedReward:
    """What the spec says of the reward."""

    range: tuple[float, float]
    composition: str
    on_abstain: str
    on_abstain_plain: str
    trace_share: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What the spec asks for; its reward is None where nothing is rewarded."""

    project: str
    stage: str
    technique: str
    technique_plain: str
    backend: str
    backend_plain: str
    model: str
    adapter: str
    teacher: str | None
    resume_from: str | None
    region: str | None
    train: str
    validation: str | None
    settings: list[Setting]
    reward: AskedReward | None


@dataclass(frozen=True, slots=True)
class JobSummary:
    """What is known of the job; times are ISO 8601 UTC."""

    name: str
    arn: str
    backend: str
    status: str
    created: str
    ended: str | None
    duration_s: float | None
    base_model: str
    custom_model_arn: str | None
    failure: str | None
    reward_version: str | None
    attempt: int
    hyperparameters: dict[str, str]
    tags: dict[str, str]
    model_tags: dict[str, str]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts between neighbouring edges; one more edge than counts."""

    edges: list[float]
    counts: list[int]


@dataclass(frozen=True, slots=True)
class Spread:
    """Where a set of numbers lies; deviation with Bessel's correction, None for one number."""

    count: int
    mean: float
    deviation: float | None
    low: float
    quartile_1: float
    median: float
    quartile_3: float
    high: float


@dataclass(frozen=True, slots=True)
class Signal:
    """`nova_rft.grpo.GroupSignal` as plain data."""

    groups: int
    single: int
    compared: int
    without_signal: int
    share_without_signal: float | None
    at_highest: int
    at_lowest: int
    mean_deviation: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """A few consecutive reward events; None where none of their rollouts was scored."""

    event: float
    at: str
    rollouts: int
    mean: float | None
    quartile_1: float | None
    quartile_3: float | None
    length: float
    repeated: float


@dataclass(frozen=True, slots=True)
class OverTime:
    """The reward from event to event, and its change from the first fifth to the last.

    Attributes:
        events: How many reward events there were.
        events_per_point: How many of them make one point.
        points: In order of time.
        first: Mean of the groups' mean rewards in the first fifth of the events.
        last: The same for the last fifth.
        noise: Twice the standard error of their difference, taken over groups. First, last and
            noise are None where there are too few events or groups to say.
    """

    events: int
    events_per_point: int
    points: list[Point]
    first: float | None
    last: float | None
    noise: float | None


@dataclass(frozen=True, slots=True)
class CriterionSummary:
    """One criterion of a rubric, and how often the judge found it met; of records' own no weight."""

    name: str
    question: str
    weight: float | None
    verdicts: int
    met_share: float | None


@dataclass(frozen=True, slots=True)
class TermSummary:
    """One term of the reward.

    Attributes:
        name: The spec's name for it.
        type: The spec's type, such as `math`; `unknown` where rollouts carry a term that the spec
            does not have.
        weight: How many times its value counts.
        plain: What it rewards, in plain words.
        judge: The judge models that the spec names, for a judge.
        answered_by: The judges that answered, by their own names.
        low: Least possible value.
        high: Greatest possible value.
        values: Raw values, before the weight.
        histogram: Of the raw values.
        trend: Mean raw value at each point of the reward over time; None where there is none.
        at_low: Share of the values at `low`.
        at_high: Share of the values at `high`.
        variance_share: Its share in the variance of the weighted sum over all rollouts.
        variance_share_within: The same inside groups, where advantages are taken.
        signal: Groups that this term alone could not tell apart.
        abstained: Rollouts for which it had no score.
        criteria: For a rubric.
        input_tokens: What the judges read.
        output_tokens: What the judges wrote.
    """

    name: str
    type: str
    weight: float | None
    plain: str
    judge: str | None
    answered_by: list[str]
    low: float | None
    high: float | None
    values: Spread | None
    histogram: Histogram | None
    trend: list[float | None]
    at_low: float | None
    at_high: float | None
    variance_share: float | None
    variance_share_within: float | None
    signal: Signal
    abstained: int
    criteria: list[CriterionSummary]
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Beside:
    """A judge beside a verifier, over rollouts that both have told.

    Attributes:
        judge: The judge's name.
        verifier: The verifier's name.
        rollouts: How many both have told.
        correlation: Inside groups (Pearson); None where one of them does not vary there.
        when_right: The judge's mean value where the verifier gives its best.
        when_wrong: The same where it gives less.
    """

    judge: str
    verifier: str
    rollouts: int
    correlation: float | None
    when_right: float | None
    when_wrong: float | None


@dataclass(frozen=True, slots=True)
class Validation:
    """Rollouts of validation prompts; they are in no other figure.

    Attributes:
        rollouts: How many.
        reward: Their rewards.
        over_time: Their reward from event to event.
    """

    rollouts: int
    reward: Spread | None
    over_time: OverTime | None


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a prompt, cut to a length that can be read."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class VerdictShown:
    """A judge's verdict on one criterion."""

    criterion: str
    met: bool
    reason: str
    evidence: str


@dataclass(frozen=True, slots=True)
class TermShown:
    """One term's reading of one rollout; value and weighted are None where it abstained."""

    name: str
    value: float | None
    weighted: float | None
    abstained: str | None
    notes: list[str]
    verdicts: list[VerdictShown]


@dataclass(frozen=True, slots=True)
class Example:
    """One rollout to read."""

    id: str
    group: str
    at: str
    reward: float
    abstained: str | None
    length: int
    prompt: list[Turn]
    response: str
    reference: str | None
    terms: list[TermShown]


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths of the responses.

    Attributes:
        unit: What they are counted in.
        values: All responses.
        histogram: All responses.
        correlation: Of length with reward inside groups (Pearson); None where one does not vary.
        longest: To read.
        shortest: To read.
    """

    unit: str
    values: Spread
    histogram: Histogram
    correlation: float | None
    longest: list[Example]
    shortest: list[Example]


@dataclass(frozen=True, slots=True)
class AbstentionSummary:
    """Rollouts that could not be scored for one cause."""

    cause: str
    plain: str
    count: int
    details: list[str]
    examples: list[Example]


@dataclass(frozen=True, slots=True)
class Summary:
    """All that a report says; what is about rollouts is empty where nothing is rewarded.

    Attributes:
        asked: What the spec asks for.
        job: The job, where there is one.
        notices: What must be known first.
        says: What the figures say, in plain language.
        measures: What the job measured of itself: for each step `step`, and figures by name.
        measured: The same in short: each figure from its first step to its last.
        advice: What rules of thumb say of that.
        cost: What training cost; None where that was not asked.
        rollouts: Rows read.
        scored: Of these, those with a reward.
        prompts: Different groups.
        first_at: When the first rollout was scored, as the row says it.
        last_at: When the last was.
        versions: Versions of the reward function that scored them.
        reward: Rewards of the rollouts that were scored.
        histogram: Of the same.
        clipped: Rewards that the range cut off: below, above.
        signal: Groups by what went to the trainer.
        over_time: None without rows.
        terms: In the spec's order.
        beside: Each judge beside each verifier.
        judged: Each judge against people's labels.
        validation: None where no rollout is of a validation prompt.
        lengths: None without rows.
        best: To read.
        best_ties: Rollouts that share the highest reward.
        worst: To read.
        worst_ties: Rollouts that share the lowest reward.
        abstentions: By cause, most frequent first.
    """

    asked: Asked
    job: JobSummary | None
    notices: list[Notice]
    says: list[Statement]
    measures: list[dict[str, float]]
    measured: list[Measured]
    advice: list[Advised]
    cost: CostSummary | None
    rollouts: int
    scored: int
    prompts: int
    first_at: str | None
    last_at: str | None
    versions: list[str]
    reward: Spread | None
    histogram: Histogram | None
    clipped: tuple[int, int]
    signal: Signal
    over_time: OverTime | None
    terms: list[TermSummary]
    beside: list[Beside]
    judged: list[Judged]
    validation: Validation | None
    lengths: Lengths | None
    best: list[Example]
    best_ties: int
    worst: list[Example]
    worst_ties: int
    abstentions: list[AbstentionSummary]

    def as_dict(self) -> dict[str, Any]:
        """The same as dicts, lists, texts and numbers, ready for JSON."""
        return asdict(self)
