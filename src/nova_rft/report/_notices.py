"""What must be known before a figure is read: a training that was none, a judge that is a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nova_rft.report._columns import Columns
from nova_rft.report._input import JobFacts
from nova_rft.report._measured import advised
from nova_rft.report._readings import is_script, readings
from nova_rft.report._summary import Notice
from nova_rft.report._wording import counted

POLICY_TAG: Final = "nova-rft:policy"
RECORDED: Final = "recorded"
# What the embedded AWS trains on texts in a model's place.
STAND_IN: Final = "bigram"
# What it trains by reward in a model's place, and what that says.
_IN_PLACE: Final = {
    "tiny": "a transformer of less than a million weights, warmed up on the job\u2019s records",
    "folder": "the model in the folder that it was started with",
}
# What each rule of thumb is about.
_RULES: Final = {
    "baseline_too_good": "The base model is good enough",
    "baseline_zero": "The base model earns nothing",
    "reward_sparse": "The reward is sparse",
    "plateau": "The reward does not rise",
    "variance_rises": "Training grows unstable",
    "validation_falls": "Training and validation part",
    "overfitting": "The records are learnt by heart",
}


def notices(job: JobFacts | None, columns: Columns) -> list[Notice]:
    """The notices that hold, gravest first."""
    return [
        *_recorded(job),
        *_stand_in(job),
        *_in_place(job),
        *_shared(job),
        *_scripted(columns),
        *(_advice(job) if job else ()),
    ]


def was_recorded(job: JobFacts | None) -> bool:
    """Whether tags of the job or its model say that its rollouts were recorded beforehand."""
    return RECORDED in _policies(job)


def pretended(job: JobFacts | None) -> bool:
    """Whether the model that was asked for was trained by nobody."""
    return not _policies(job).isdisjoint((RECORDED, STAND_IN, *_IN_PLACE))


def _policies(job: JobFacts | None) -> set[str | None]:
    return {tags.get(POLICY_TAG) for tags in (job.tags, job.model_tags)} if job else set()


def _recorded(job: JobFacts | None) -> Iterator[Notice]:
    if was_recorded(job):
        yield Notice(
            "Nothing was trained",
            "The rollouts of this job were recorded beforehand and replayed "
            f"(tag {POLICY_TAG} = {RECORDED}). The figures describe the recorded rollouts and the "
            "reward they got. They say nothing of what a model would learn, and the model named as "
            "the result holds no new weights.",
        )


def _stand_in(job: JobFacts | None) -> Iterator[Notice]:
    if STAND_IN in _policies(job):
        yield Notice(
            "A stand-in was trained, not the model",
            "The embedded AWS trained a small model of pairs of bytes on the job\u2019s records (tag "
            f"{POLICY_TAG} = {STAND_IN}). The losses are that model\u2019s own: they show that figures "
            "arrive and how they are read. They say nothing of the model named as the base, and the one "
            "named as the result holds no new weights.",
        )


def _in_place(job: JobFacts | None) -> Iterator[Notice]:
    for kind, what in _IN_PLACE.items():
        if kind in _policies(job):
            yield Notice(
                "Another model was trained in this one\u2019s place",
                f"The embedded AWS trained {what} (tag {POLICY_TAG} = {kind}), with the deployed "
                "reward. The figures are of a real training: they show what the reward invites, and "
                "not what the base model will learn. The model named as the result holds no weights.",
            )


def _shared(job: JobFacts | None) -> Iterator[Notice]:
    if job is not None and job.shared_with:
        yield Notice(
            "These rollouts are of more than one job",
            f"{', '.join(job.shared_with)} ran on the same version of the reward function at the same "
            "time. A reward event names no job, so their rollouts cannot be told from this one's: the "
            "figures below are of all of them together.",
        )


def _scripted(columns: Columns) -> Iterator[Notice]:
    judged = scripted = 0
    said = ""
    for row in columns.rows:
        read = [one for term in row["terms"].values() for one in readings(term.get("details", {}))]
        own = [found for found in read if is_script(found)]
        judged += bool(read)
        scripted += bool(own)
        said = said or next((str(found["said"]) for found in own if found.get("said")), "")
    if scripted:
        whose = "All" if scripted == judged else f"{scripted:,} of"
        quoted = f" It says of itself: \u201c{said}\u201d." if said else ""
        yield Notice(
            "No model has judged this" if scripted == judged else "A script judged part of this",
            f"{whose} {counted(judged, 'judged rollout')} got their verdicts from a script that "
            f"follows surface rules.{quoted} Those verdicts show that the pipeline works. "
            "They are no opinion on quality.",
        )


def _advice(job: JobFacts) -> Iterator[Notice]:
    for one in advised(job.advice):
        message = one.message.rstrip(".")
        yield Notice(
            _RULES.get(one.rule, "A rule of thumb speaks"),
            f"{message[:1].upper()}{message[1:]}. (A rule of thumb: {one.rule}, from step "
            f"{one.since:,} on.)",
        )
