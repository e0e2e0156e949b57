"""Who grades: not the judge that trained, unless the user says so; how far it agrees with people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from nova_rft.calibrate import Fitness, standing
from nova_rft.calibrate.bias._self import family
from nova_rft.errors import UsageError
from nova_rft.evaluate._contender import Contender, same_model
from nova_rft.spec import JudgeModelSpec, RewardSpec, Spec, judge_models_of, with_models

_SAME: Final = (
    "The judge that trained also graded (--same-judge): a gain by its measures may be what that judge "
    "likes, not what is better."
)


@dataclass(frozen=True, slots=True)
class JudgeFacts:
    """The evaluation's judge.

    Attributes:
        name: As its service names it; empty where none judges.
        trained: Whether it is one that trained.
        fitness: Of its calibration: fit, fit with warnings, unfit; empty where there is none.
        limits: What a reader must know of it, in sentences.
    """

    name: str
    trained: bool
    fitness: str
    limits: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As documented for `--json`."""
        return {**asdict(self), "limits": list(self.limits)}


def grading(
    spec: Spec, wanted: JudgeModelSpec | None, *, same_judge: bool
) -> JudgeModelSpec | None:
    """The model that grades; None where neither is one named nor any needed.

    Args:
        spec: Its reward's judges are those that trained.
        wanted: The evaluation's judge.
        same_judge: Whether a judge that trained may grade.

    Raises:
        UsageError: it is one that trained, or the reward has judges and none is named.
    """
    trained = list(judge_models_of(spec.measured_reward.terms))
    if wanted is None:
        if trained and not same_judge:
            raise UsageError(
                "the reward has judges, and a judge should not grade what it trained: name another "
                "with --judge MODEL or evaluation.judge, or take the same with --same-judge"
            )
        return trained[0] if trained else None
    if any(same_model(wanted, one) for one in trained) and not same_judge:
        name = getattr(wanted, "id", wanted.provider)
        raise UsageError(
            f"{name} is a judge of the reward: what was trained by it is made to please it. Name "
            "another judge, or take it all the same with --same-judge"
        )
    return wanted


def graded_by(reward: RewardSpec, judge: JudgeModelSpec | None) -> RewardSpec:
    """The reward with the evaluation's judge in every judge's place."""
    if judge is None:
        return reward
    terms = tuple(with_models(term, lambda _: judge) for term in reward.terms)
    return reward.model_copy(update={"terms": terms})


def facts_of(
    spec: Spec, judge: JudgeModelSpec | None, contenders: Iterable[Contender], folder: Path
) -> JudgeFacts:
    """What is known of the judge: whether it trained, its calibration, whose kin it is.

    Raises:
        UsageError: the calibration beside the spec cannot be read.
    """
    if judge is None:
        return JudgeFacts("", False, "", ())
    name = str(getattr(judge, "id", judge.provider))
    trained = any(same_model(judge, one) for one in judge_models_of(spec.measured_reward.terms))
    stands = standing(_graded(spec, judge), folder)
    limits = [_SAME] if trained else []
    limits += [
        f"The judge {name}, {one.term}: {problem}"
        if one.fitness
        else f"How far the judge {name} agrees with people ({one.term}) is not known: it {problem}."
        for one in stands.terms
        for problem in one.problems
    ]
    kin = [one.name for one in contenders if _kin(name, one)]
    if kin and judge.provider != "scripted":
        limits.append(
            f"The judge is of the family of {', '.join(kin)}; judges prefer their own family's answers."
        )
    if judge.provider == "scripted":
        limits.append("The judge is scripted: surface rules, no model has read an answer.")
    return JudgeFacts(name, trained, _worst(one.fitness for one in stands.terms), tuple(limits))


def _graded(spec: Spec, judge: JudgeModelSpec) -> Spec:
    return spec.model_copy(update={"reward": graded_by(spec.measured_reward, judge)})


def _kin(judge: str, one: Contender) -> bool:
    return family(judge) == family(one.id)


def _worst(found: Iterable[Fitness | None]) -> str:
    order = (None, Fitness.UNFIT, Fitness.WARNING, Fitness.FIT)
    known = sorted(found, key=order.index)
    return str(known[0]) if known and known[0] is not None else ""
