"""Terms made from what a spec says of them; a reward loads only those that it has."""

from __future__ import annotations

from collections.abc import Sequence

from nova_rft.reward._resources import Resources
from nova_rft.reward._term import Follower, Term
from nova_rft.spec import (
    AnswerStuffingTerm,
    ChoiceTerm,
    CitationsTerm,
    CodeTerm,
    CopyingTerm,
    CosineLengthTerm,
    FlatteryTerm,
    FollowingTerm,
    HedgingTerm,
    JsonSchemaTerm,
    JuryTerm,
    KimiLengthTerm,
    LanguageTerm,
    LengthWindowTerm,
    LinearLengthTerm,
    MatchTerm,
    MathTerm,
    NumberTerm,
    OpenAIGraderTerm,
    PreferenceTerm,
    PythonTerm,
    QuizTerm,
    RefusalTerm,
    RepetitionTerm,
    RougeLTerm,
    RubricLeakTerm,
    RubricTerm,
    SoftOverlongTerm,
    TagsTerm,
    TermSpec,
    TokenF1Term,
    TrlTerm,
    VerifiersTerm,
    WrongFormatTerm,
    WrongLanguageTerm,
)


def build_term(spec: TermSpec, resources: Resources, beside: Sequence[TermSpec] = ()) -> Term:
    """The term.

    Args:
        spec: What the spec says of it; no term that follows another.
        resources: What it is made with.
        beside: All terms of the reward, for one that looks at the others' settings.

    Raises:
        UsageError: it cannot be made as asked: a judge model, a file, a pattern, a function.
    """
    match spec:
        case RubricTerm() | PreferenceTerm() | QuizTerm() | JuryTerm():
            return _judge(spec, resources)
        case PythonTerm() | TrlTerm() | VerifiersTerm() | OpenAIGraderTerm():
            return _function(spec, resources)
        case (
            SoftOverlongTerm()
            | LinearLengthTerm()
            | RepetitionTerm()
            | CopyingTerm()
            | RubricLeakTerm()
            | RefusalTerm()
            | HedgingTerm()
            | FlatteryTerm()
            | AnswerStuffingTerm()
            | WrongLanguageTerm()
            | WrongFormatTerm()
        ):
            return _penalty(spec, resources, beside)
        case KimiLengthTerm() | CosineLengthTerm():
            raise TypeError(f"{spec.name} follows {spec.of}; build_follower makes it")
        case _:
            return _verifier(spec, resources)


def build_follower(spec: FollowingTerm, resources: Resources) -> Follower:
    """A term that looks at another term's results.

    Raises:
        UsageError: it cannot be made as asked.
    """
    from nova_rft.reward.penalties.length import CosineLength, KimiLength

    if isinstance(spec, CosineLengthTerm):
        return CosineLength(spec, resources.folder)
    return KimiLength(spec, resources.folder)


def _judge(spec: RubricTerm | PreferenceTerm | QuizTerm | JuryTerm, resources: Resources) -> Term:
    match spec:
        case RubricTerm():
            from nova_rft.judge.rubric import RubricJudge

            return RubricJudge(spec, resources.models(spec.model))
        case PreferenceTerm():
            from nova_rft.judge.preference import PreferenceJudge

            return PreferenceJudge(spec, resources.models(spec.model))
        case QuizTerm():
            from nova_rft.judge.quiz import QuizJudge

            writer = resources.models(spec.writer or spec.model)
            return QuizJudge(spec, resources.models(spec.model), writer)
        case JuryTerm():
            from nova_rft.judge import Jury

            return Jury(spec, {judge.name: _judge(judge, resources) for judge in spec.judges})


def _verifier(spec: TermSpec, resources: Resources) -> Term:
    match spec:
        case MathTerm():
            from nova_rft.reward.verifiers.math import MathVerifier

            return MathVerifier(spec)
        case MatchTerm():
            from nova_rft.reward.verifiers.match import Match

            return Match(spec)
        case ChoiceTerm():
            from nova_rft.reward.verifiers.match import Choice

            return Choice(spec)
        case NumberTerm():
            from nova_rft.reward.verifiers.number import Number

            return Number(spec)
        case JsonSchemaTerm():
            from nova_rft.reward.verifiers.json_schema import JsonSchema

            return JsonSchema(spec, resources.folder)
        case TagsTerm():
            from nova_rft.reward.verifiers.tags import Tags

            return Tags(spec)
        case RougeLTerm():
            from nova_rft.reward.verifiers.overlap import RougeL

            return RougeL(spec)
        case TokenF1Term():
            from nova_rft.reward.verifiers.overlap import TokenF1

            return TokenF1(spec)
        case LanguageTerm():
            from nova_rft.reward.verifiers.language import Language

            return Language(spec)
        case LengthWindowTerm():
            from nova_rft.reward.verifiers.length import LengthWindow

            return LengthWindow(spec, resources.folder)
        case CitationsTerm():
            from nova_rft.reward.verifiers.citations import Citations

            return Citations(spec)
        case CodeTerm():
            from nova_rft.reward.verifiers.code import Code

            return Code(spec, resources.code)
    raise TypeError(f"{type(spec).__name__} is no verifier")


def _penalty(spec: TermSpec, resources: Resources, beside: Sequence[TermSpec]) -> Term:
    match spec:
        case SoftOverlongTerm() | LinearLengthTerm():
            from nova_rft.reward.penalties.length import LinearLength, SoftOverlong

            if isinstance(spec, LinearLengthTerm):
                return LinearLength(spec, resources.folder)
            return SoftOverlong(spec, resources.folder)
        case RepetitionTerm():
            from nova_rft.reward.penalties.repetition import Repetition

            return Repetition(spec, resources.folder)
        case CopyingTerm() | RubricLeakTerm():
            from nova_rft.reward.penalties.copying import Copying, RubricLeak

            return Copying(spec) if isinstance(spec, CopyingTerm) else RubricLeak(spec, beside)
        case RefusalTerm() | HedgingTerm() | FlatteryTerm():
            from nova_rft.reward.penalties import phrases

            if isinstance(spec, RefusalTerm):
                return phrases.NeedlessRefusal(spec)
            return (
                phrases.Hedging(spec) if isinstance(spec, HedgingTerm) else phrases.Flattery(spec)
            )
        case AnswerStuffingTerm():
            from nova_rft.reward.penalties.stuffing import AnswerStuffing

            return AnswerStuffing(spec)
        case WrongLanguageTerm():
            from nova_rft.reward.penalties.inverted import Inverted
            from nova_rft.reward.verifiers.language import Language

            return Inverted(Language(spec))
        case WrongFormatTerm():
            from nova_rft.reward.penalties.inverted import Inverted

            return Inverted(_verifier(spec.format, resources))
    raise TypeError(f"{type(spec).__name__} is no penalty")


def _function(
    spec: PythonTerm | TrlTerm | VerifiersTerm | OpenAIGraderTerm, resources: Resources
) -> Term:
    match spec:
        case PythonTerm():
            from nova_rft.reward.functions.python import PythonFunction

            return PythonFunction(spec, resources.folder)
        case TrlTerm():
            from nova_rft.reward.functions.trl import TrlFunction

            return TrlFunction(spec, resources.folder)
        case VerifiersTerm():
            from nova_rft.reward.functions.verifiers import VerifiersFunction

            return VerifiersFunction(spec, resources.folder)
        case OpenAIGraderTerm():
            from nova_rft.reward.functions.openai_grader import OpenAIGrader

            return OpenAIGrader(spec, resources)
