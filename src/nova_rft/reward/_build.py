"""Terms made from what a spec says of them, each with the judge models that it names."""

from __future__ import annotations

from nova_rft.reward._models import Models
from nova_rft.reward._term import Term
from nova_rft.spec import (
    JuryTerm,
    MathTerm,
    PreferenceTerm,
    QuizTerm,
    RepetitionTerm,
    RubricTerm,
    SoftOverlongTerm,
    TermSpec,
)


def build_term(spec: TermSpec, models: Models) -> Term:
    """The term; a reward loads only those that it has.

    Raises:
        UsageError: a judge model cannot be made as asked.
    """
    match spec:
        case MathTerm():
            from nova_rft.reward.terms.math import MathVerifier

            return MathVerifier(spec)
        case RubricTerm():
            from nova_rft.judge.rubric import RubricJudge

            return RubricJudge(spec, models(spec.model))
        case PreferenceTerm():
            from nova_rft.judge.preference import PreferenceJudge

            return PreferenceJudge(spec, models(spec.model))
        case QuizTerm():
            from nova_rft.judge.quiz import QuizJudge

            writer = models(spec.writer or spec.model)
            return QuizJudge(spec, models(spec.model), writer)
        case JuryTerm():
            from nova_rft.judge import Jury

            return Jury(spec, {judge.name: build_term(judge, models) for judge in spec.judges})
        case SoftOverlongTerm():
            from nova_rft.reward.terms.length import SoftOverlong

            return SoftOverlong(spec)
        case RepetitionTerm():
            from nova_rft.reward.terms.repetition import Repetition

            return Repetition(spec)
