"""One grader, or several and a formula, over the rollouts of an event."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

from nova_rft.data import Rollout
from nova_rft.errors import UsageError
from nova_rft.judge import JudgeModel
from nova_rft.judge.grader import Unfilled, ask_graders, fill, names_of, problems_of
from nova_rft.outcome import Abstention, Cause, Outcome, Score
from nova_rft.reward._resources import Resources
from nova_rft.reward._term import late
from nova_rft.reward.functions.openai_grader._formula import BadFormula, Formula
from nova_rft.reward.text.words import words_of
from nova_rft.reward.verifiers.overlap import rouge_l, rouge_n
from nova_rft.sandbox import Case, Kind, Limits
from nova_rft.spec import (
    LabelModel,
    Multi,
    OpenAIGraderTerm,
    PythonGrader,
    ScoreModel,
    SingleGrader,
    StringCheck,
    TextSimilarity,
)

_Names = Mapping[str, Any]


class OpenAIGrader:
    """Grades each rollout as the grader's JSON says; see `OpenAIGraderTerm`."""

    def __init__(self, spec: OpenAIGraderTerm, resources: Resources) -> None:
        """Reads templates and formula.

        Raises:
            UsageError: a template asks for what a reward event does not hold, or the formula is none.
        """
        self._spec = spec
        self._resources = resources
        self._model: JudgeModel | None = resources.models(spec.model) if spec.model else None
        self._formula = None
        grader = spec.grader
        for one in spec.graders:
            for hole in (hole for text in _templates(one) for hole in problems_of(text)):
                raise UsageError(
                    f"reward term {spec.name}: the grader asks for {{{{ {hole} }}}}; carried over are "
                    "item (the record), sample.output_text and sample.output_json"
                )
        if isinstance(grader, Multi):
            try:
                self._formula = Formula(grader.calculate_output, grader.graders.keys())
            except BadFormula as problem:
                raise UsageError(f"reward term {spec.name}: calculate_output: {problem}") from None

    def score(self, rollouts: Sequence[Rollout], *, deadline: float | None = None) -> list[Outcome]:
        """One outcome for each rollout; a grader that could not tell makes the whole abstain."""
        names = [names_of(rollout) for rollout in rollouts]
        grader = self._spec.grader
        if not isinstance(grader, Multi):
            return self._one(grader, names, deadline)
        parts = {key: self._one(one, names, deadline) for key, one in grader.graders.items()}
        return [
            self._calculated({key: found[row] for key, found in parts.items()})
            for row in range(len(rollouts))
        ]

    def _calculated(self, parts: Mapping[str, Outcome]) -> Outcome:
        values = {}
        for key, part in parts.items():
            if isinstance(part, Abstention):
                return Abstention(part.cause, f"{key}: {part.detail}")
            values[key] = part.value
        try:
            value = self._formula.value(values) if self._formula else 0.0
        except (ArithmeticError, ValueError) as error:
            return Abstention(Cause.TERM_FAILED, f"calculate_output: {error}")
        details = {
            key: dict(part.details) for key, part in parts.items() if isinstance(part, Score)
        }
        return Score(value, details, metrics=values)

    def _one(
        self, grader: SingleGrader, names: Sequence[_Names], deadline: float | None
    ) -> list[Outcome]:
        match grader:
            case ScoreModel() | LabelModel() if self._model is not None:
                return ask_graders(grader, self._model, names, deadline)
            case PythonGrader():
                return self._run(grader, names, deadline)
            case StringCheck():
                return [
                    _filled(grader.input, grader.reference, one, _check(grader)) for one in names
                ]
            case TextSimilarity():
                return [
                    _filled(grader.input, grader.reference, one, _alike(grader)) for one in names
                ]
        raise TypeError(f"{type(grader).__name__} cannot be asked")

    def _run(
        self, grader: PythonGrader, names: Sequence[_Names], deadline: float | None
    ) -> list[Outcome]:
        """`grade(sample, item)` of each rollout, in the sandbox: the text is foreign."""
        limits = Limits(**self._spec.limits.model_dump())
        cases = [
            # JSON of these is no Python, but what repr makes of them is.
            Case(grader.source, Kind.CALL, f"grade({one['sample']!r}, {one['item']!r})")
            for one in names
        ]
        self._resources.code.prepare()
        ran = self._resources.code.run(cases, limits, deadline=deadline)
        outcomes: list[Outcome] = []
        for one in ran:
            if one is None:
                outcomes.append(late("this grader"))
            elif one.finished and isinstance(value := json.loads(one.output), int | float):
                outcomes.append(Score(float(value)))
            else:
                why = one.problem or f"grade gave {one.output[:100]}, which is no number"
                outcomes.append(Abstention(Cause.TERM_FAILED, why))
        return outcomes


def _templates(grader: SingleGrader) -> list[str]:
    match grader:
        case StringCheck() | TextSimilarity():
            return [grader.input, grader.reference]
        case ScoreModel() | LabelModel():
            return [turn.content for turn in grader.input]
    return []


def _filled(
    first: str, second: str, names: _Names, compare: Callable[[str, str], float]
) -> Outcome:
    try:
        return Score(compare(fill(first, names), fill(second, names)))
    except Unfilled as problem:
        return Abstention(Cause.NO_REFERENCE, str(problem))


def _check(grader: StringCheck) -> Callable[[str, str], float]:
    match grader.operation:
        case "eq":
            return lambda text, reference: float(text == reference)
        case "ne":
            return lambda text, reference: float(text != reference)
        case "like":
            return lambda text, reference: float(reference in text)
        case "ilike":
            return lambda text, reference: float(reference.casefold() in text.casefold())


def _alike(grader: TextSimilarity) -> Callable[[str, str], float]:
    metric = grader.evaluation_metric
    if metric == "fuzzy_match":
        return lambda text, reference: fuzz.ratio(text, reference) / 100
    if metric == "rouge_l":
        return lambda text, reference: rouge_l(words_of(text), words_of(reference))
    n = int(metric.removeprefix("rouge_"))
    return lambda text, reference: rouge_n(words_of(text), words_of(reference), n)
